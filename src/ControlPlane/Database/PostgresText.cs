using System.Text.RegularExpressions;

namespace StreamClips.ControlPlane.Database;

/// <summary>Makes text that came from elsewhere fit for Postgres, which takes every character but U+0000 (manual 8.3, 8.14).</summary>
public static partial class PostgresText
{
    /// <summary>The text without U+0000, at most so long; never cut inside a surrogate pair.</summary>
    public static string Clean(string text, int longest)
    {
        if (text.Length > longest) text = text[..(char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest)];
        return text.Replace('\0', '\uFFFD');
    }

    /// <summary>A pattern of LIKE for all that holds a text (manual 9.7.1).</summary>
    public static string Containing(string text) =>
        $"%{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal)}%";

    /// <summary>JSON whose texts hold no U+0000: such an escape becomes the replacement character.</summary>
    public static string CleanJson(string json) => NullEscape().Replace(json, "${before}\\ufffd");

    // An odd number of backslashes before the u: an even one is text about an escape.
    [GeneratedRegex(@"(?<!\\)(?<before>(\\\\)*)\\u0000", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NullEscape();
}
