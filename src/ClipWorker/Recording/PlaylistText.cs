using System.Globalization;
using System.Text;

namespace StreamClips.ClipWorker.Recording;

/// <summary>What all playlists have in common: lines, tags, attributes (RFC 8216 section 4).</summary>
internal static class PlaylistText
{
    /// <summary>The largest playlist that is read, in bytes.</summary>
    public const int MaxBytes = 2 << 20;

    /// <summary>The lines of a playlist; the fault quotes what is there instead.</summary>
    public static Parsed<string[]> Lines(ReadOnlySpan<byte> body)
    {
        if (body.Length > MaxBytes) return Parsed<string[]>.Failed($"it has {body.Length} bytes, more than a playlist may have ({MaxBytes})");
        if (body.StartsWith("\uFEFF"u8)) body = body[3..];
        var lines = Encoding.UTF8.GetString(body).Split('\n');
        for (var i = 0; i < lines.Length; i++) lines[i] = lines[i].Trim();
        if (lines.FirstOrDefault(l => l.Length > 0) is not { } first) return Parsed<string[]>.Failed("it is empty, not an HLS playlist");
        return lines[0] == "#EXTM3U"
            ? lines
            : Parsed<string[]>.Failed($"it is not an HLS playlist: it begins with {Quote(first)}, not with \"#EXTM3U\"");
    }

    /// <summary>A line in quotation marks, shortened, with a dot for what cannot be printed.</summary>
    public static string Quote(string line)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in line.AsSpan(0, Math.Min(line.Length, 80)))
            quoted.Append(char.IsControl(c) || c == '\uFFFD' || char.IsSurrogate(c) ? '·' : c);
        return quoted.Append(line.Length > 80 ? "…\"" : "\"").ToString();
    }

    /// <summary>The value of a tag, as <c>6</c> of <c>#EXT-X-TARGETDURATION:6</c>; false where the line is another one.</summary>
    public static bool TryTag(string line, string tag, out string value)
    {
        value = "";
        if (!line.StartsWith(tag, StringComparison.Ordinal)) return false;
        if (line.Length == tag.Length) return true;
        if (line[tag.Length] != ':') return false;
        value = line[(tag.Length + 1)..];
        return true;
    }

    /// <summary>An address in a playlist, made absolute; null where it is none that can be fetched.</summary>
    public static Uri? Resolve(Uri playlist, string reference) =>
        Uri.TryCreate(playlist, reference, out var uri) && uri.Scheme is "http" or "https" ? uri : null;

    /// <summary>A decimal number from 0 up.</summary>
    public static bool TryNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    /// <summary>A length in seconds, to the nearest 100 ns.</summary>
    public static TimeSpan Length(double seconds) => TimeSpan.FromTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond));

    /// <summary>A decimal integer from 0 to 2⁶³-1.</summary>
    public static bool TryInteger(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    /// <summary>A date and time of ISO 8601; without an offset it is UTC. Outside of 1970 to 2200 it is nonsense, and none.</summary>
    public static DateTimeOffset? Date(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date)
        && date.Year is >= 1970 and < 2200 ? date : null;

    /// <summary>An attribute list (4.2): values without their quotation marks. What is damaged ends the list; of a name given twice the first counts.</summary>
    public static Dictionary<string, string> Attributes(string list)
    {
        var attributes = new Dictionary<string, string>();
        var rest = list.AsSpan();
        while (rest.IndexOf('=') is var equals && equals > 0)
        {
            var name = rest[..equals].Trim().ToString();
            rest = rest[(equals + 1)..];
            var quoted = rest is ['"', ..];
            if (quoted) rest = rest[1..];
            var end = rest.IndexOf(quoted ? '"' : ',');
            if (end < 0 && quoted) break;
            attributes.TryAdd(name, (end < 0 ? rest : rest[..end]).ToString());
            rest = end < 0 ? default : rest[(end + 1)..].TrimStart(',');
        }

        return attributes;
    }

    /// <summary>
    /// An address for people, logs and sidecars: without user, password, query and fragment. Of a part of the path with more than
    /// 40 characters only the first 8 and the extension stay, for it may be a signature, as in the media playlists of Twitch.
    /// </summary>
    public static string ForLogs(Uri uri) => $"{uri.Scheme}://{uri.Authority}{string.Join('/', uri.AbsolutePath.Split('/').Select(Shortened))}";

    /// <inheritdoc cref="ForLogs(Uri)"/>
    /// <param name="given">What somebody gave for an address; where it holds nothing to hide, or is no address, it stays as it is.</param>
    public static string ForLogs(string given)
    {
        if (!Uri.TryCreate(given, UriKind.Absolute, out var uri) || uri.Host.Length == 0) return given;
        var shown = ForLogs(uri);
        return shown.TrimEnd('/') == given.TrimEnd('/') ? given : shown;
    }

    private static string Shortened(string segment)
    {
        if (segment.Length <= LongestSegment) return segment;
        var extension = Path.GetExtension(segment);
        return $"{segment[..8]}…{(extension.Length <= LongestExtension ? extension : "")}";
    }

    private const int LongestSegment = 40;
    private const int LongestExtension = 6;
}
