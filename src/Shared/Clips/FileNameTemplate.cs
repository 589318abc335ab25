using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace StreamClips.Shared.Clips;

/// <summary>What a clip's name may be made of.</summary>
/// <param name="Streamer">The channel's display name; anything.</param>
/// <param name="Start">Where the clip was wanted to begin; its UTC date and time are used.</param>
/// <param name="Moment">Where the highlight is thought to begin.</param>
/// <param name="Score">The surge's score.</param>
/// <param name="ClipId">The clip.</param>
public sealed record NamedClip(string Streamer, DateTimeOffset Start, DateTimeOffset Moment, double Score, Guid ClipId);

/// <summary>
/// The setting <c>file_name</c>: a path of parts with '/' between them, words in braces stand for facts of the clip. Whatever the
/// template and the facts are, the path is relative, leads into no other folder, and each part is a name that every common file
/// system takes: no control characters, none of <c>\ : * ? " &lt; &gt; |</c>, no dot or blank at either end, no name that Windows keeps
/// for devices, no accents apart from their letters (file systems disagree about those), at most <see cref="MaxPartBytes"/> bytes. Pure.
/// </summary>
public static partial class FileNameTemplate
{
    /// <summary>Most parts of a path.</summary>
    public const int MaxParts = 6;

    /// <summary>Longest part in bytes of UTF-8; file systems take 255, and an extension and a number still have to fit.</summary>
    public const int MaxPartBytes = 180;

    private const string Refused = "\\:*?\"<>|";

    /// <summary>The words that may stand in braces.</summary>
    public static IReadOnlyList<string> Words { get; } = ["streamer", "date", "time", "score", "id", "moment"];

    /// <summary>What is wrong with a template, with the remedy; null where nothing is.</summary>
    public static string? Fault(string template)
    {
        var literal = Word().Replace(template, "");
        foreach (Match word in Word().Matches(template))
            if (!Words.Contains(word.Groups["word"].Value)) return $"there is no {word.Value}: the words are {string.Join(", ", Words.Select(w => $"{{{w}}}"))}";
        if (literal.AsSpan().IndexOfAny('{', '}') >= 0) return "a brace stands alone: write words as {streamer}";
        foreach (var c in literal)
            if (char.IsControl(c) || Refused.Contains(c, StringComparison.Ordinal)) return $"it has the character {(char.IsControl(c) ? $"U+{(int)c:X4}" : c)}: file systems refuse it, take it out";
        var parts = template.Split('/');
        if (parts.Length > MaxParts) return $"it has {parts.Length} parts: give at most {MaxParts}";
        if (Array.Exists(parts, p => p.Trim(' ', '.').Length == 0)) return "one of its parts is empty, or dots alone: give each part between two '/' a name";
        return null;
    }

    /// <summary>The path of a clip, without an extension.</summary>
    public static string Render(string template, NamedClip clip)
    {
        var parts = template.Split('/').Take(MaxParts).Select(part => SafePart(Word().Replace(part, w => ValueOf(w.Groups["word"].Value, clip))));
        return string.Join('/', parts);
    }

    /// <summary>A text as a name that every common file system takes.</summary>
    public static string SafePart(string text)
    {
        var safe = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            // A surrogate that stands alone is enumerated as U+FFFD.
            if (rune == Rune.ReplacementChar || rune.Value is >= 0x300 and <= 0x36F || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned) continue;
            if (Rune.IsWhiteSpace(rune)) safe.Append(' ');
            else if (rune.Value == '/' || (rune.IsAscii && Refused.Contains((char)rune.Value, StringComparison.Ordinal))) safe.Append('-');
            else safe.Append(rune);
        }

        var name = Trim(Shortened(Trim(safe.ToString())));
        if (name.Length == 0) return "clip";
        return Device().IsMatch(name) ? $"_{name}" : name;
    }

    private static string ValueOf(string word, NamedClip clip) => word switch
    {
        "streamer" => clip.Streamer,
        "date" => clip.Start.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        "time" => clip.Start.UtcDateTime.ToString("HHmmss", CultureInfo.InvariantCulture),
        "moment" => clip.Moment.UtcDateTime.ToString("HHmmss", CultureInfo.InvariantCulture),
        "score" => string.Create(CultureInfo.InvariantCulture, $"x{Math.Clamp(clip.Score, -9999, 9999):0.0}"),
        "id" => clip.ClipId.ToString("N")[..8],
        _ => "",
    };

    // A leading hyphen would be an option to many a command.
    private static string Trim(string name) => name.Trim(' ', '.').TrimStart('-', ' ', '.');

    private static string Shortened(string name)
    {
        // One byte is left for what tells a name from a device's.
        if (Encoding.UTF8.GetByteCount(name) < MaxPartBytes) return name;
        var (kept, bytes) = (0, 0);
        var elements = StringInfo.GetTextElementEnumerator(name);
        while (elements.MoveNext())
        {
            // Whole letters with their accents; one that is a thousand accents long is no letter.
            bytes += Encoding.UTF8.GetByteCount(elements.GetTextElement());
            if (bytes >= MaxPartBytes) break;
            kept = elements.ElementIndex + elements.GetTextElement().Length;
        }

        return name[..kept];
    }

    [GeneratedRegex(@"\{(?<word>[^{}/]*)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();

    // Windows keeps these names for devices, also with an extension.
    [GeneratedRegex(@"\A(CON|PRN|AUX|NUL|COM[0-9¹²³]|LPT[0-9¹²³]|CONIN\$|CONOUT\$)\s*(\.|\z)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Device();
}
