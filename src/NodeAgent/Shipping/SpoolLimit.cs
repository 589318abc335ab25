using StreamClips.NodeAgent.Host;

namespace StreamClips.NodeAgent.Shipping;

/// <summary>How many bytes may wait on a node for the storage before no new clips are made: SPOOL_LIMIT.</summary>
/// <param name="Bytes">So many; null: only the share counts.</param>
/// <param name="Percent">This share of the disk, 1 to 95; null: only the bytes count.</param>
public sealed record SpoolLimit(long? Bytes, int? Percent)
{
    /// <summary>What a faulty or tiny one would be: not one clip.</summary>
    public const long LeastBytes = DiskAmount.LeastBytes;

    // Where the disk's size cannot be told.
    private const long UsualBytes = 20L << 30;

    /// <summary>Half of the disk, or 20 GiB where that is less: more than a day of some hundred clips an hour, and room for all else.</summary>
    public static SpoolLimit Default { get; } = new(UsualBytes, 50);

    /// <summary>The bytes on a disk.</summary>
    /// <param name="diskBytes">Its size; 0: not known.</param>
    public long On(long diskBytes)
    {
        var share = DiskAmount.Share(Percent, diskBytes);
        return Math.Max(LeastBytes, Math.Min(Bytes ?? share ?? UsualBytes, share ?? long.MaxValue));
    }

    /// <summary>Reads a limit.</summary>
    /// <returns>Null where it is none: <see cref="DiskAmount.Remedy"/>.</returns>
    public static SpoolLimit? Parse(string text) => DiskAmount.Parse(text) is { } amount ? new(amount.Bytes, amount.Percent) : null;
}
