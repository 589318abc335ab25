using System.Text;

namespace StreamClips.ClipWorker.Recording;

/// <summary>
/// Variables of a playlist (EXT-X-DEFINE, draft-pantos-hls-rfc8216bis 4.3): <c>{$name}</c> in addresses and attributes is
/// replaced. Those with a value of their own and those of the playlist's query are supported; IMPORT is refused, as what the
/// master playlist defined is not known here. What all replacements make together is bounded.
/// </summary>
/// <param name="playlist">The playlist's address, for QUERYPARAM.</param>
internal sealed class PlaylistVariables(Uri playlist)
{
    private const int MaxVariables = 100;
    private readonly Dictionary<string, string> _values = [];
    private int _made;

    /// <summary>Takes in the attributes of an EXT-X-DEFINE.</summary>
    /// <returns>What is wrong with them, or null.</returns>
    public string? Define(IReadOnlyDictionary<string, string> attributes)
    {
        if (attributes.ContainsKey("IMPORT")) return "variables of the master playlist (IMPORT) are not supported";
        string? name, value;
        if (attributes.TryGetValue("QUERYPARAM", out name)) value = OfQuery(name);
        else if (attributes.TryGetValue("NAME", out name)) value = attributes.GetValueOrDefault("VALUE");
        else return "it defines no variable: it has no NAME, QUERYPARAM or IMPORT";
        if (name.Length == 0 || !name.All(IsOfName)) return "the variable's name is none";
        if (value is null) return "the variable has no value";
        if (_values.Count == MaxVariables) return $"more than {MaxVariables} variables are defined";
        return _values.TryAdd(name, value) ? null : "the variable is defined twice";
    }

    /// <summary>A text with its variables replaced; without any definition before it, it stays as it is.</summary>
    /// <param name="text">The text.</param>
    /// <param name="fault">What is wrong, or null.</param>
    public string Replace(string text, out string? fault)
    {
        fault = null;
        if (_values.Count == 0 || !text.Contains("{$", StringComparison.Ordinal)) return text;
        var replaced = new StringBuilder();
        var rest = text.AsSpan();
        while (rest.IndexOf("{$") is var at && at >= 0)
        {
            var end = rest[at..].IndexOf('}');
            if (end < 0) break;
            var name = rest.Slice(at + 2, end - 2).ToString();
            if (!_values.TryGetValue(name, out var value)) fault ??= $"the variable {PlaylistText.Quote(name)} is not defined before";
            replaced.Append(rest[..at]).Append(value);
            rest = rest[(at + end + 1)..];
            if (replaced.Length > PlaylistLines.MaxChars || (_made += value?.Length ?? 0) > PlaylistText.MaxBytes)
            {
                fault = "its variables make it too long";
                return "";
            }
        }

        return replaced.Append(rest).ToString();
    }

    private string? OfQuery(string name)
    {
        foreach (var pair in playlist.Query.TrimStart('?').Split('&'))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && Uri.UnescapeDataString(pair[..equals]) == name) return Uri.UnescapeDataString(pair[(equals + 1)..]);
        }

        return null;
    }

    private static bool IsOfName(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';
}
