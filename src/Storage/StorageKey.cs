using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace StreamClips.Storage;

/// <summary>
/// Where a file lies below the root of a storage: parts of <c>a-z 0-9 . _ -</c> with '/' between them, none of which begins
/// with a dot. No key leads outside the root, on any file system, in any URL, whatever it was made of.
/// </summary>
public sealed partial record StorageKey
{
    /// <summary>Longest part, in characters.</summary>
    public const int MaxPartLength = 200;

    /// <summary>Most parts.</summary>
    public const int MaxParts = 8;

    private StorageKey(string value) => Value = value;

    /// <summary>The key as text.</summary>
    public string Value { get; }

    /// <summary>
    /// Whether its name ends with (the beginning of) a clip's id, as all names do that the setting file_name gives where nobody changed it: <c>…_0193a1b2.mp4</c>, <c>…-preview.jpg</c>.
    /// That is how files of ours are told from those of others in a place that is shared. Eight digits that may be a date are no id.
    /// </summary>
    public bool NamesClip => ClipName().IsMatch(Value);

    /// <summary>The key of a clip's file: <c>{streamer}/{yyyy-MM-dd}/{name}.{extension}</c>, each part made harmless by <see cref="Slug"/>.</summary>
    /// <param name="streamer">The channel's display name; anything.</param>
    /// <param name="start">When the clip begins; its UTC day is used.</param>
    /// <param name="name">The clip's name without extension; anything.</param>
    /// <param name="extension">As <c>mp4</c>, with or without its dot.</param>
    public static StorageKey OfClip(string streamer, DateTimeOffset start, string name, string extension)
    {
        var file = Slug(name, "clip");
        var suffix = Slug(extension, "bin");
        var day = start.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return new($"{Slug(streamer, "streamer")}/{day}/{file}.{suffix}");
    }

    /// <summary>The key of a file that was given a path, each part of it made harmless by <see cref="Slug"/>.</summary>
    /// <param name="path">Parts with '/' between them, without an extension; anything. Parts beyond <see cref="MaxParts"/> are left out.</param>
    /// <param name="suffix">What the last part ends with; empty, or what tells two clips of one name apart.</param>
    /// <param name="extension">As <c>mp4</c>, with or without its dot.</param>
    public static StorageKey OfPath(string path, string suffix, string extension)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries).Take(MaxParts).Select(p => Slug(p, "clip")).DefaultIfEmpty("clip");
        var end = suffix.Length == 0 ? "" : $"-{Slug(suffix, "x")}";
        return new($"{string.Join('/', parts)}{end}.{Slug(extension, "bin")}");
    }

    /// <summary>Reads a key that came from elsewhere.</summary>
    /// <returns>Whether it is one; a key that is not quite right is refused, never mended.</returns>
    public static bool TryParse(string? text, [NotNullWhen(true)] out StorageKey? key)
    {
        key = null;
        if (string.IsNullOrEmpty(text)) return false;
        var parts = text.Split('/');
        if (parts.Length > MaxParts || parts.Any(p => p.Length is 0 or > MaxPartLength || p[0] == '.' || !p.All(IsHarmless))) return false;
        key = new(text);
        return true;
    }

    /// <summary>
    /// A name as a part of a key: lower-case ASCII letters and digits, everything else a single '-', at most 80 characters.
    /// Names that lose letters on the way keep apart by a number made of their text.
    /// </summary>
    /// <param name="name">Anything.</param>
    /// <param name="fallback">What an empty name becomes.</param>
    public static string Slug(string name, string fallback)
    {
        var slug = new StringBuilder();
        var lost = false;
        foreach (var c in name)
        {
            var lower = char.ToLowerInvariant(c);
            if (char.IsAsciiLetterOrDigit(lower) || lower is '_') slug.Append(lower);
            else if (slug.Length > 0 && slug[^1] != '-') slug.Append('-');
            lost |= c > 127;
        }

        var text = slug.ToString().Trim('-');
        lost |= text.Length > 80;
        if (text.Length > 80) text = text[..80].TrimEnd('-');
        if (text.Length == 0) text = fallback;
        return lost ? $"{text}-{Fingerprint(name):x8}" : text;
    }

    /// <inheritdoc/>
    public override string ToString() => Value;

    [GeneratedRegex(@"[_-]([0-9a-f]{32}|(?!(19|20)[0-9]{6}\b)[0-9a-f]{8})(-(preview|vertical))?\.(mp4|webm|jpg|png|webp|json)\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ClipName();

    private static bool IsHarmless(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '-';

    /// <summary>FNV-1a (Fowler, Noll, Vo; 32 bits): the same on every machine, unlike <see cref="string.GetHashCode()"/>.</summary>
    private static uint Fingerprint(string name)
    {
        var hash = 2166136261u;
        foreach (var c in name) hash = (hash ^ c) * 16777619u;
        return hash;
    }
}
