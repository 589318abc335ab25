using System.Globalization;

namespace StreamClips.ClipWorker.Recording;

/// <summary>
/// Dates in playlists: ISO 8601 as RFC 8216 4.3.2.6 shows it, <c>2026-01-02T03:04:05.678+01:00</c>, and the zones that
/// servers write instead: <c>+0100</c>, <c>+01</c>, <c>Z</c>, none (UTC).
/// </summary>
internal static class PlaylistDate
{
    private const int LongestText = 64;

    /// <summary>Reads a date. Outside of 1970 to 2200 it is nonsense, and none, as is what is no date.</summary>
    public static DateTimeOffset? Read(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        if (text.Length > LongestText || !Day(ref text, out var time) || text.Length == 0 || text[0] is not ('T' or 't' or ' ')) return null;
        text = text[1..];
        if (!Two(ref text, 23, out var hours) || !Skip(ref text, ':') || !Two(ref text, 59, out var minutes)) return null;
        var seconds = 0;
        if (Skip(ref text, ':') && !Two(ref text, 60, out seconds)) return null; // 60: a leap second
        time = time.AddTicks(new TimeSpan(hours, minutes, seconds).Ticks + Fraction(ref text));
        return Zone(text) is { } zone && time - zone is { Year: >= 1970 and < 2200 } utc ? new DateTimeOffset(utc, TimeSpan.Zero) : null;
    }

    private static bool Day(ref ReadOnlySpan<char> text, out DateTime day)
    {
        day = default;
        if (text.Length < 10 || !DateTime.TryParseExact(text[..10], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day)) return false;
        text = text[10..];
        return day.Year is >= 1969 and <= 2200;
    }

    // To the nearest 100 ns; more digits than that are passed over.
    private static long Fraction(ref ReadOnlySpan<char> text)
    {
        if (text.Length < 2 || text[0] is not ('.' or ',') || !char.IsAsciiDigit(text[1])) return 0;
        text = text[1..];
        var (ticks, unit) = (0L, TimeSpan.TicksPerSecond / 10);
        for (; text.Length > 0 && char.IsAsciiDigit(text[0]); text = text[1..], unit /= 10) ticks += unit * (text[0] - '0');
        return ticks;
    }

    private static TimeSpan? Zone(ReadOnlySpan<char> text)
    {
        if (text.Length == 0 || text is "Z" or "z") return TimeSpan.Zero;
        var west = text[0] == '-';
        if (!west && text[0] != '+') return null;
        text = text[1..];
        if (!Two(ref text, 23, out var hours)) return null;
        var minutes = 0;
        _ = Skip(ref text, ':');
        if (text.Length > 0 && !Two(ref text, 59, out minutes)) return null;
        var zone = new TimeSpan(hours, minutes, 0);
        return text.Length > 0 ? null : west ? -zone : zone;
    }

    private static bool Two(ref ReadOnlySpan<char> text, int most, out int number)
    {
        number = 0;
        if (text.Length < 2 || !char.IsAsciiDigit(text[0]) || !char.IsAsciiDigit(text[1])) return false;
        number = 10 * (text[0] - '0') + text[1] - '0';
        text = text[2..];
        return number <= most;
    }

    private static bool Skip(ref ReadOnlySpan<char> text, char one)
    {
        if (text.Length == 0 || text[0] != one) return false;
        text = text[1..];
        return true;
    }
}
