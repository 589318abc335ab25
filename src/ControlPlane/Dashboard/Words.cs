using System.Globalization;

namespace StreamClips.ControlPlane.Dashboard;

/// <summary>Numbers and times as people read them.</summary>
public static class Words
{
    /// <summary>How long ago, coarsely, so that it changes seldom: <c>just now</c>, <c>4 min ago</c>. The script counts on in the same words.</summary>
    public static string Ago(TimeSpan age) => age.TotalSeconds < 60 ? "just now" : $"{Coarse(age)} ago";

    /// <summary>How long, coarsely: <c>under 1 min</c>, <c>12 min</c>, <c>3 h 20 min</c>, <c>2 d 4 h</c>.</summary>
    public static string Span(TimeSpan span) => span switch
    {
        { TotalMinutes: < 1 } => "under 1 min",
        { TotalHours: < 1 } => $"{span.Minutes} min",
        { TotalDays: < 1 } => $"{span.Hours} h {span.Minutes} min",
        _ => $"{(int)span.TotalDays} d {span.Hours} h",
    };

    /// <summary>Seconds of a video as <c>0:42</c> or <c>1:02:03</c>.</summary>
    public static string Length(double seconds)
    {
        var whole = (long)Math.Round(Math.Max(0, seconds));
        return whole < 3600 ? $"{whole / 60}:{whole % 60:00}" : $"{whole / 3600}:{whole / 60 % 60:00}:{whole % 60:00}";
    }

    /// <summary>Bytes in binary units: <c>812 KiB</c>, <c>4.2 GiB</c>.</summary>
    public static string Size(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        double value = bytes;
        var unit = 0;
        while (value >= 1000 && unit < units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value.ToString(unit > 0 && value < 10 ? "0.0" : "0", CultureInfo.InvariantCulture)} {units[unit]}");
    }

    /// <summary>A rate: two figures where it is small, none after the point where it is large.</summary>
    public static string Rate(double perSecond) =>
        perSecond.ToString(perSecond switch { < 10 => "0.0", _ => "0" }, CultureInfo.InvariantCulture);

    /// <summary>How many times the baseline: <c>×3.4</c>.</summary>
    public static string Score(double score) => $"×{score.ToString("0.0", CultureInfo.InvariantCulture)}";

    /// <summary>A whole number with thin spaces between thousands.</summary>
    public static string Count(long number) => number.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', '\u202f');

    /// <summary>A number with its noun: <c>1 clip</c>, <c>3 clips</c>.</summary>
    public static string Many(long number, string one, string? several = null) => $"{Count(number)} {(number == 1 ? one : several ?? one + "s")}";

    /// <summary>Time of day, UTC.</summary>
    public static string ClockTime(DateTimeOffset at) => at.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>Day and time, UTC.</summary>
    public static string Full(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>A day, UTC: <c>12 Dec 2026</c>.</summary>
    public static string Day(DateTimeOffset at) => at.UtcDateTime.ToString("d MMM yyyy", CultureInfo.InvariantCulture);

    /// <summary>A coordinate for SVG: short, with a point whatever the culture.</summary>
    public static string Svg(double value) => Math.Round(value, 2).ToString(CultureInfo.InvariantCulture);

    private static string Coarse(TimeSpan age) => age switch
    {
        { TotalHours: < 1 } => $"{age.Minutes} min",
        { TotalDays: < 1 } => $"{age.Hours} h",
        _ => $"{(int)age.TotalDays} d",
    };
}
