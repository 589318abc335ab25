using System.Globalization;
using System.Text;

namespace StreamClips.ControlPlane.Clips;

/// <summary>Tags as everybody writes them alike. Pure.</summary>
public static class ClipTags
{
    /// <summary>Most tags of a clip.</summary>
    public const int Most = 20;

    /// <summary>Most characters of a tag.</summary>
    public const int Longest = 40;

    /// <summary>
    /// A tag in its one form: lower case, blanks between words single. Without commas, which stand between tags.
    /// </summary>
    /// <returns>The tag, or what is wrong with the text.</returns>
    public static (string? Tag, string? Fault) Normalise(string text)
    {
        // What is far too long is not worth the work.
        if (text.Length > 10 * Longest) return (null, $"a tag has {text.Length} characters: give 1 to {Longest}");
        var tag = string.Join(' ', text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (tag.Length is 0 or > Longest) return (null, $"a tag is '{tag}', {tag.Length} characters: give 1 to {Longest}");
        if (tag.EnumerateRunes().Any(r => r == Rune.ReplacementChar)) return (null, "a tag holds half of a surrogate pair: leave it out");
        if (tag.Any(c => c == ',' || char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.PrivateUse))
            return (null, $"tag '{tag}' holds a comma or a character that is not seen: leave it out");
        return (tag, null);
    }

    /// <summary>Tags that stand in one text, with commas between them.</summary>
    /// <returns>Each of them once in its one form, and every fault.</returns>
    public static (IReadOnlyList<string> Tags, IReadOnlyList<string> Faults) Split(string text) =>
        All(text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    /// <summary>Some tags.</summary>
    /// <inheritdoc cref="Split" path="/returns"/>
    public static (IReadOnlyList<string> Tags, IReadOnlyList<string> Faults) All(IReadOnlyCollection<string> texts)
    {
        var read = texts.Take(Most + 1).Select(Normalise).ToList();
        var tags = read.Select(r => r.Tag).OfType<string>().Distinct().ToList();
        var faults = read.Select(r => r.Fault).OfType<string>().ToList();
        if (texts.Count > Most) faults.Add($"there are {texts.Count} tags: give at most {Most}");
        return (tags, faults);
    }
}
