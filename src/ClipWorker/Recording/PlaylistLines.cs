using System.Text;

namespace StreamClips.ClipWorker.Recording;

/// <summary>
/// The lines of a playlist, one after the other (RFC 8216 section 4.1): without line ends, blank lines and comments. Linear
/// in time; one line is held at a time.
/// </summary>
internal sealed class PlaylistLines
{
    /// <summary>The longest line that is read, in characters. Comments may be longer.</summary>
    public const int MaxChars = 16 << 10;

    private readonly string _text;
    private int _at;

    private PlaylistLines(string text) => _text = text;

    /// <summary>The number of the line that was read last, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>Whether the line that was read last is too long; its text is then cut.</summary>
    public bool TooLong { get; private set; }

    /// <summary>Opens a playlist; the fault quotes what is there instead. A byte order mark is passed over: servers send it.</summary>
    public static Parsed<PlaylistLines> Open(ReadOnlySpan<byte> body)
    {
        if (body.Length > PlaylistText.MaxBytes)
            return Parsed<PlaylistLines>.Failed($"it has {body.Length} bytes, more than a playlist may have ({PlaylistText.MaxBytes})");
        if (body.StartsWith("\uFEFF"u8)) body = body[3..];
        var text = Encoding.UTF8.GetString(body);
        var first = text.AsSpan().TrimStart();
        if (first.Length == 0) return Parsed<PlaylistLines>.Failed("it is empty, not an HLS playlist");
        var lines = new PlaylistLines(text);
        return lines.Next() == "#EXTM3U" && lines.Number == 1
            ? lines
            : Parsed<PlaylistLines>.Failed($"it is not an HLS playlist: it begins with {PlaylistText.Quote(FirstOf(first))}, not with \"#EXTM3U\"");
    }

    /// <summary>The next tag or address; null: there is none.</summary>
    public string? Next()
    {
        while (_at < _text.Length)
        {
            var rest = _text.AsSpan(_at);
            var end = rest.IndexOf('\n');
            _at += end < 0 ? rest.Length : end + 1;
            Number++;
            var line = (end < 0 ? rest : rest[..end]).Trim();
            if (line.Length == 0 || (line[0] == '#' && !line.StartsWith("#EXT", StringComparison.Ordinal))) continue;
            TooLong = line.Length > MaxChars;
            return (TooLong ? line[..MaxChars] : line).ToString();
        }

        return null;
    }

    private static string FirstOf(ReadOnlySpan<char> text)
    {
        var end = text.IndexOf('\n');
        var line = end < 0 ? text : text[..end];
        return line[..Math.Min(line.Length, PlaylistText.MaxQuoted + 1)].TrimEnd().ToString();
    }
}
