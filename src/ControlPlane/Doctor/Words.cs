using System.Globalization;

namespace StreamClips.ControlPlane.Doctor;

/// <summary>Numbers in words.</summary>
internal static class Words
{
    private const int MostNamed = 5;

    /// <summary>A size in bytes.</summary>
    public static string Size(long bytes) => bytes >= 1L << 30
        ? $"{(bytes / (double)(1L << 30)).ToString("0.0", CultureInfo.InvariantCulture)} GiB"
        : $"{(bytes / (double)(1L << 20)).ToString("0", CultureInfo.InvariantCulture)} MiB";

    /// <summary>How a clock stands to another.</summary>
    public static string Aside(TimeSpan ahead)
    {
        var by = Length(ahead.Duration());
        return ahead.Duration() < TimeSpan.FromMilliseconds(1) ? "with" : ahead > TimeSpan.Zero ? $"{by} ahead of" : $"{by} behind";
    }

    /// <summary>A length of time in its greatest unit.</summary>
    public static string Length(TimeSpan span) => span switch
    {
        { TotalSeconds: < 1 } => $"{span.TotalMilliseconds:0} ms",
        { TotalMinutes: < 2 } => $"{span.TotalSeconds:0} s",
        { TotalHours: < 2 } => $"{span.TotalMinutes:0} min",
        { TotalDays: < 2 } => $"{span.TotalHours:0} h",
        _ => $"{Math.Floor(span.TotalDays)} d",
    };

    /// <summary>Some names, and how many more there are.</summary>
    public static string Some(IReadOnlyCollection<string> names) =>
        names.Count <= MostNamed ? string.Join(", ", names) : $"{string.Join(", ", names.Take(MostNamed))} and {names.Count - MostNamed} more";
}
