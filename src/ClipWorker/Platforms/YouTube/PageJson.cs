using System.Text.Json;

namespace StreamClips.ClipWorker.Platforms.YouTube;

/// <summary>
/// Takes data out of a page's scripts: <c>var NAME = {…};</c>, and <c>"NAME":"value"</c>. Linear in the page's length
/// whatever is on it: an object's end is found by counting braces outside of strings, and only so many beginnings are tried.
/// </summary>
internal static class PageJson
{
    /// <summary>How many places with the name are looked at; somebody may have put the name into a title.</summary>
    public const int MaxPlaces = 16;

    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 256 };

    /// <summary>The first object that is assigned to a name; null where there is none that is whole.</summary>
    /// <param name="page">The page, UTF-8.</param>
    /// <param name="name">The variable's name, as <c>ytInitialData</c>.</param>
    public static JsonDocument? Assigned(ReadOnlyMemory<byte> page, ReadOnlySpan<byte> name)
    {
        var at = 0;
        for (var place = 0; place < MaxPlaces && page.Span[at..].IndexOf(name) is var found && found >= 0; place++)
        {
            at += found + name.Length;
            var begin = at + Assignment(page.Span[at..]);
            if (begin <= at || Length(page.Span[begin..]) is not (> 0 and var length)) continue;
            try
            {
                return JsonDocument.Parse(page.Slice(begin, length), Deep);
            }
            catch (JsonException)
            {
                // Text that looks like it; the data stands further on.
            }
        }

        return null;
    }

    /// <summary>The value of <c>"NAME":"value"</c> where it has only letters, digits, points, - and _; null where there is none.</summary>
    public static string? Text(ReadOnlySpan<byte> page, ReadOnlySpan<byte> name, int maxLength)
    {
        for (var place = 0; place < MaxPlaces && page.IndexOf(name) is var found && found >= 0; place++)
        {
            page = page[(found + name.Length)..];
            var rest = page.StartsWith("\""u8) ? page[1..].TrimStart(" \t\r\n"u8) : default;
            rest = rest.StartsWith(":"u8) ? rest[1..].TrimStart(" \t\r\n"u8) : default;
            if (!rest.StartsWith("\""u8)) continue;
            rest = rest[1..Math.Min(rest.Length, maxLength + 2)];
            var end = rest.IndexOf((byte)'"');
            if (end > 0 && rest[..end].IndexOfAnyExcept(Plain) < 0) return System.Text.Encoding.ASCII.GetString(rest[..end]);
        }

        return null;
    }

    private static readonly System.Buffers.SearchValues<byte> Plain =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"u8);

    /// <summary>How far it is to the brace of <c>= {</c>, also after <c>"]</c>; 0: no assignment of an object.</summary>
    private static int Assignment(ReadOnlySpan<byte> after)
    {
        var rest = after.TrimStart("\"']"u8).TrimStart(" \t\r\n"u8);
        if (!rest.StartsWith("="u8)) return 0;
        rest = rest[1..].TrimStart(" \t\r\n"u8);
        return rest.StartsWith("{"u8) ? after.Length - rest.Length : 0;
    }

    /// <summary>The length of the object that begins here; 0: it does not end.</summary>
    private static int Length(ReadOnlySpan<byte> text)
    {
        var (at, depth) = (0, 0);
        while (text[at..].IndexOfAny("{}\""u8) is var next && next >= 0)
        {
            at += next;
            switch (text[at++])
            {
                case (byte)'{':
                    depth++;
                    break;
                case (byte)'}':
                    if (--depth == 0) return at;
                    break;
                default:
                    if (!SkipString(text, ref at)) return 0;
                    break;
            }
        }

        return 0;
    }

    private static bool SkipString(ReadOnlySpan<byte> text, ref int at)
    {
        while (at < text.Length && text[at..].IndexOfAny("\"\\"u8) is var next && next >= 0)
        {
            at += next + 1;
            if (text[at - 1] == '"') return true;
            at++; // What is escaped.
        }

        return false;
    }
}
