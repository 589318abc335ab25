namespace StreamClips.NodeAgent.Host;

/// <summary>How much of the node's disk must stay free for new clips to be made: DISK_FLOOR.</summary>
/// <param name="Bytes">So many bytes; null: only the share counts.</param>
/// <param name="Percent">This share of the disk, 1 to 95; null: only the bytes count.</param>
public sealed record DiskFloor(long? Bytes, int? Percent)
{
    /// <summary>What may be given.</summary>
    public const string Remedy = DiskAmount.Remedy + ", or 0 for no floor";

    // Of a disk's files one in a hundred, but no more than a node with many workers makes in an hour, and no less than a few clips want.
    private const int FileShare = 100;
    private const long MostFiles = 10_000;
    private const long LeastFiles = 64;

    /// <summary>1 GiB, or 5 % of a disk where that is less: below it the control plane gives the node nothing new either.</summary>
    public static DiskFloor Default { get; } = new(1L << 30, 5);

    /// <summary>No floor: DISK_FLOOR is 0.</summary>
    public static DiskFloor None { get; } = new(0, null);

    /// <summary>The bytes that must be free on a disk.</summary>
    public long BytesOn(DiskSpace disk)
    {
        var share = DiskAmount.Share(Percent, disk.TotalBytes);
        return Math.Min(Bytes ?? share ?? 0, share ?? long.MaxValue);
    }

    /// <summary>The files that it must still be possible to make; 0 where there is no floor or nobody counts them.</summary>
    public long FilesOn(DiskSpace disk) => this == None || disk.TotalFiles == 0 ? 0 : Math.Clamp(disk.TotalFiles / FileShare, LeastFiles, MostFiles);

    /// <summary>Reads a floor.</summary>
    /// <returns>Null where it is none: <see cref="Remedy"/>.</returns>
    public static DiskFloor? Parse(string text) => text == "0" ? None : DiskAmount.Parse(text) is { } amount ? new(amount.Bytes, amount.Percent) : null;
}
