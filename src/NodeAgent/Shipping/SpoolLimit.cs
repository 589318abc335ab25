using System.Globalization;
using System.Text.RegularExpressions;

namespace StreamClips.NodeAgent.Shipping;

/// <summary>How many bytes may wait on a node for the storage before no new clips are made: SPOOL_LIMIT.</summary>
/// <param name="Bytes">So many; null: only the share counts.</param>
/// <param name="Percent">This share of the disk, 1 to 95; null: only the bytes count.</param>
public sealed partial record SpoolLimit(long? Bytes, int? Percent)
{
    /// <summary>What a faulty or tiny one would be: not one clip.</summary>
    public const long LeastBytes = 1 << 20;

    /// <summary>What may be given.</summary>
    public const string Remedy = "give bytes from 1MiB to 1000TB, as 20GiB or 500MB, or a share of the disk from 1% to 95%";

    // Where the disk's size cannot be told.
    private const long UsualBytes = 20L << 30;

    /// <summary>Half of the disk, or 20 GiB where that is less: more than a day of some hundred clips an hour, and room for all else.</summary>
    public static SpoolLimit Default { get; } = new(UsualBytes, 50);

    /// <summary>The bytes on a disk.</summary>
    /// <param name="diskBytes">Its size; 0: not known.</param>
    public long On(long diskBytes)
    {
        var share = Percent is { } percent && diskBytes > 0 ? (long)((decimal)diskBytes * percent / 100) : (long?)null;
        return Math.Max(LeastBytes, Math.Min(Bytes ?? share ?? UsualBytes, share ?? long.MaxValue));
    }

    /// <summary>Reads a limit.</summary>
    /// <returns>Null where it is none: <see cref="Remedy"/>.</returns>
    public static SpoolLimit? Parse(string text)
    {
        if (text.Length > 24 || Written().Match(text) is not { Success: true } match) return null;
        var number = decimal.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture);
        if (match.Groups["unit"].Value == "%") return number is >= 1 and <= 95 ? new(null, (int)number) : null;
        decimal unit = match.Groups["unit"].Value switch
        {
            "KB" => 1_000, "MB" => 1_000_000, "GB" => 1_000_000_000, "TB" => 1_000_000_000_000,
            "KiB" => 1 << 10, "MiB" => 1 << 20, "GiB" => 1 << 30, "TiB" => 1L << 40,
            _ => 1,
        };
        return number * unit is >= LeastBytes and <= 1_000_000_000_000_000 and var bytes ? new((long)bytes, null) : null;
    }

    [GeneratedRegex(@"^(?<number>[0-9]{1,15}) ?(?<unit>%|B|[KMGT]i?B)?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Written();
}
