using System.Globalization;
using System.Text.RegularExpressions;

namespace StreamClips.NodeAgent.Host;

/// <summary>So much of a disk, as people write it: <c>20GiB</c>, <c>500 MB</c>, <c>5%</c>.</summary>
/// <param name="Bytes">So many; null: only the share counts.</param>
/// <param name="Percent">This share of the disk, 1 to 95; null: only the bytes count.</param>
public sealed partial record DiskAmount(long? Bytes, int? Percent)
{
    /// <summary>What may be given.</summary>
    public const string Remedy = "give bytes from 1MiB to 1000TB, as 20GiB or 500MB, or a share of the disk from 1% to 95%";

    /// <summary>The least that may be given in bytes.</summary>
    public const long LeastBytes = 1 << 20;

    /// <summary>This share of a disk in bytes; null where none was given, or the disk's size is not known.</summary>
    /// <param name="percent">The share.</param>
    /// <param name="diskBytes">The disk's size; 0: not known.</param>
    public static long? Share(int? percent, long diskBytes) => percent is { } share && diskBytes > 0 ? (long)((decimal)diskBytes * share / 100) : null;

    /// <summary>Reads an amount.</summary>
    /// <returns>Null where it is none: <see cref="Remedy"/>.</returns>
    public static DiskAmount? Parse(string text)
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
