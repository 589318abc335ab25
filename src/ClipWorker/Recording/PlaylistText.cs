using System.Globalization;
using System.Text;
using StreamClips.Shared;

namespace StreamClips.ClipWorker.Recording;

/// <summary>What all playlists have in common: lines, tags, attributes (RFC 8216 section 4).</summary>
internal static class PlaylistText
{
    /// <summary>The largest playlist that is read, in bytes.</summary>
    public const int MaxBytes = 2 << 20;

    /// <summary>The most characters of a line that are quoted.</summary>
    public const int MaxQuoted = 80;

    /// <summary>The most attributes that a tag may have.</summary>
    public const int MaxAttributes = 100;

    /// <summary>
    /// A line in quotation marks, shortened, with a dot for what cannot be printed. Queries of addresses and what is so long that it
    /// may be a signature are left out: faults go to the logs.
    /// </summary>
    public static string Quote(string line)
    {
        line = WithoutSecrets(line.Length > MaxQuotable ? line[..MaxQuotable] : line);
        var quoted = new StringBuilder("\"");
        foreach (var c in line.AsSpan(0, Math.Min(line.Length, MaxQuoted)))
            quoted.Append(char.IsControl(c) || c == '\uFFFD' || char.IsSurrogate(c) ? '·' : c);
        return quoted.Append(line.Length > MaxQuoted ? "…\"" : "\"").ToString();
    }

    /// <summary>A tag's name and value: <c>#EXT-X-TARGETDURATION</c> and <c>6</c> of <c>#EXT-X-TARGETDURATION:6</c>.</summary>
    public static (string Name, string Value) Tag(string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (line, "") : (line[..colon], line[(colon + 1)..]);
    }

    /// <summary>An address in a playlist, made absolute; null where it is none that can be fetched.</summary>
    public static Uri? Resolve(Uri playlist, string reference) =>
        reference.Length > 0 && !reference.Any(c => char.IsControl(c) || c == '\uFFFD')
        && Uri.TryCreate(playlist, reference, out var uri) && uri.Scheme is "http" or "https" ? uri : null;

    /// <summary>A decimal number from 0 up.</summary>
    public static bool TryNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    /// <summary>A length in seconds, to the nearest 100 ns.</summary>
    public static TimeSpan Length(double seconds) => TimeSpan.FromTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond));

    /// <summary>A decimal integer from 0 to 2⁶³-1.</summary>
    public static bool TryInteger(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    /// <summary>A hexadecimal number of 128 bits, as <c>0x0123</c> (4.2); false where it is none.</summary>
    public static bool TryHex(string text, out UInt128 number)
    {
        number = default;
        return text.Length is > 2 and <= 34 && text[0] == '0' && text[1] is 'x' or 'X'
            && UInt128.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>An attribute list (4.2): values without their quotation marks. What is damaged ends the list; of a name given twice the first counts.</summary>
    /// <param name="list">The list.</param>
    /// <param name="fault">What is wrong with it, or null.</param>
    public static Dictionary<string, string> Attributes(string list, out string? fault)
    {
        fault = null;
        var attributes = new Dictionary<string, string>();
        var rest = list.AsSpan().Trim();
        while (rest.Length > 0)
        {
            var equals = rest.IndexOf('=');
            var name = equals > 0 ? rest[..equals].Trim().ToString() : "";
            var quoted = equals >= 0 && rest[(equals + 1)..] is ['"', ..];
            if (equals >= 0) rest = rest[(equals + (quoted ? 2 : 1))..];
            var end = rest.IndexOf(quoted ? '"' : ',');
            if (equals <= 0 || name.Length == 0 || (end < 0 && quoted) || attributes.Count == MaxAttributes)
            {
                fault ??= attributes.Count == MaxAttributes ? $"it has more than {MaxAttributes} attributes" : "its attributes are damaged";
                break;
            }

            if (!attributes.TryAdd(name, (end < 0 ? rest : rest[..end]).ToString())) fault ??= $"the attribute {Quote(name)} is given twice";
            rest = (end < 0 ? default : rest[(end + (quoted ? 1 : 0))..]).TrimStart();
            if (rest.Length > 0 && rest[0] != ',') fault ??= "its attributes are damaged";
            rest = rest.TrimStart(", ");
        }

        return attributes;
    }

    /// <summary>
    /// An address for people, logs and sidecars: without user, password, query and fragment. Of a part of the path with more than
    /// 40 characters only the first 8 and the extension stay, for it may be a signature, as in the media playlists of Twitch.
    /// </summary>
    public static string ForLogs(Uri uri) => RtmpAddress.Is(uri) ? RtmpAddress.Masked(uri) : $"{uri.Scheme}://{uri.Authority}{string.Join('/', uri.AbsolutePath.Split('/').Select(Shortened))}";

    /// <inheritdoc cref="ForLogs(Uri)"/>
    /// <param name="given">What somebody gave for an address; where it holds nothing to hide, or is no address, it stays as it is.</param>
    public static string ForLogs(string given)
    {
        if (!Uri.TryCreate(given, UriKind.Absolute, out var uri) || uri.Host.Length == 0) return given;
        var shown = ForLogs(uri);
        return shown.TrimEnd('/') == given.TrimEnd('/') ? given : shown;
    }

    private static string WithoutSecrets(string line)
    {
        var told = new StringBuilder();
        for (var at = 0; at < line.Length;)
        {
            // "a.ts?sig=…", but not "<?xml …?>".
            var query = line[at] == '?' && at > 0 && (char.IsAsciiLetterOrDigit(line[at - 1]) || line[at - 1] == '/');
            var end = at;
            while (end < line.Length && (query ? line[end] is not ('"' or ' ' or '\t') : char.IsAsciiLetterOrDigit(line[end]) || line[end] is '_' or '-' or '%')) end++;
            if (query) told.Append("?…");
            else if (end - at > LongestSegment) told.Append(line.AsSpan(at, ShownOfSegment)).Append('…');
            else told.Append(line.AsSpan(at, Math.Max(1, end - at)));
            at = Math.Max(at + 1, end);
        }

        return told.ToString();
    }

    private static string Shortened(string segment)
    {
        if (segment.Length <= LongestSegment) return segment;
        var extension = Path.GetExtension(segment);
        return $"{segment[..ShownOfSegment]}…{(extension.Length <= LongestExtension ? extension : "")}";
    }

    // More than is shown, as what is left out makes room.
    private const int MaxQuotable = 2000;
    private const int LongestSegment = 40;
    private const int ShownOfSegment = 8;
    private const int LongestExtension = 6;
}
