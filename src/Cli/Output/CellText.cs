using System.Globalization;
using System.Text;

namespace StreamClips.Cli.Output;

/// <summary>Text as a terminal shows it.</summary>
public static class CellText
{
    private const char Ellipsis = '…';

    /// <summary>
    /// Text of others (names, titles, log lines) on one line and without control characters: what came from a stream's page must
    /// neither break a table nor tell the terminal what to do.
    /// </summary>
    public static string Clean(string text) => text.AsSpan().ContainsAnyInRange('\0', '\u001f') || text.Any(Harmful)
        ? string.Concat(text.ReplaceLineEndings(" ").Select(c => c == '\t' ? ' ' : Harmful(c) ? '\ufffd' : c))
        : text;

    /// <summary>How many cells a text takes up: wide letters and emoji two (Unicode Standard Annex 11), marks that join none.</summary>
    public static int Width(string text)
    {
        var ascii = true;
        foreach (var c in text) ascii &= c < 0x7f;
        if (ascii) return text.Length;
        var width = 0;
        foreach (var rune in text.EnumerateRunes()) width += Width(rune);
        return width;
    }

    /// <summary>As much of a text as fits, with … where something is left out.</summary>
    public static string Cut(string text, int cells)
    {
        return Width(text) <= cells ? text : Head(text, cells - 1).TrimEnd() + Ellipsis;
    }

    /// <summary>A text filled up with spaces.</summary>
    public static string Pad(string text, int cells, bool right)
    {
        var spaces = new string(' ', Math.Max(0, cells - Width(text)));
        return right ? spaces + text : text + spaces;
    }

    /// <summary>A text in lines that fit, broken at spaces where there are some.</summary>
    public static IEnumerable<string> Wrap(string text, int cells)
    {
        var line = "";
        foreach (var word in text.Split(' '))
        {
            var longer = line.Length == 0 ? word : $"{line} {word}";
            if (Width(longer) <= cells)
            {
                line = longer;
                continue;
            }

            if (line.Length > 0) yield return line;
            var rest = word;
            while (Width(rest) > cells)
            {
                var head = Head(rest, cells);
                if (head.Length == 0) break;
                yield return head;
                rest = rest[head.Length..];
            }

            line = rest;
        }

        yield return line;
    }

    /// <summary>The beginning of a text that fits.</summary>
    private static string Head(string text, int cells)
    {
        var (kept, width) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            width += Width(rune);
            if (width > cells) break;
            kept += rune.Utf16SequenceLength;
        }

        return text[..kept];
    }

    /// <summary>Control characters, and those that turn the direction of what follows (Unicode Standard Annex 9).</summary>
    private static bool Harmful(char c) => char.IsControl(c) || c is (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') or '\u2028' or '\u2029';

    private static int Width(Rune rune) => rune.Value switch
    {
        < 0x300 => 1,
        _ when Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format => 0,
        (>= 0x1100 and <= 0x115f) or (>= 0x2e80 and <= 0xa4cf) or (>= 0xac00 and <= 0xd7a3) or (>= 0xf900 and <= 0xfaff) or (>= 0xfe30 and <= 0xfe6f)
            or (>= 0xff00 and <= 0xff60) or (>= 0xffe0 and <= 0xffe6) or (>= 0x1f300 and <= 0x1faff) or (>= 0x20000 and <= 0x3fffd) => 2,
        _ => 1,
    };
}
