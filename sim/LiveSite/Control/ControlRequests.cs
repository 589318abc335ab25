using System.Text.Json;

namespace StreamClips.LiveSite.Control;

/// <summary>Reads the fields of a JSON body and gathers every fault under the field's name.</summary>
/// <param name="body">The body, an object.</param>
public sealed class FieldReader(JsonElement body)
{
    private readonly Dictionary<string, string[]> _faults = [];
    private readonly HashSet<string> _known = [];

    /// <summary>The faults so far; call after all fields were read, then unknown fields are among them.</summary>
    public IDictionary<string, string[]> Faults()
    {
        foreach (var field in body.EnumerateObject().Where(f => !_known.Contains(f.Name)))
            Fault(field.Name, $"is unknown here; known are: {string.Join(", ", _known.Order())}.");
        return _faults;
    }

    /// <summary>Notes a fault.</summary>
    /// <param name="field">The field.</param>
    /// <param name="text">What is wrong with it.</param>
    public void Fault(string field, string text) => _faults[field] = [$"{field} {text}"];

    /// <summary>A number; the default where the field is absent.</summary>
    /// <param name="field">The field.</param>
    /// <param name="least">The smallest possible value.</param>
    /// <param name="most">The greatest possible value.</param>
    /// <param name="absent">The default; null: there is none and null is returned.</param>
    public double? Number(string field, double least, double most, double? absent = null)
    {
        _known.Add(field);
        if (!body.TryGetProperty(field, out var value)) return absent;
        if (value.ValueKind == JsonValueKind.Number && value.GetDouble() is var number && number >= least && number <= most) return number;
        Fault(field, $"is {value.GetRawText()}; it has to be a number from {least} to {most}.");
        return absent;
    }

    /// <summary>One of several words.</summary>
    /// <param name="field">The field.</param>
    /// <param name="words">The words.</param>
    /// <param name="required">Whether it is a fault when the field is absent.</param>
    public string? Word(string field, IReadOnlyList<string> words, bool required = true)
    {
        _known.Add(field);
        if (!body.TryGetProperty(field, out var value))
        {
            if (required) Fault(field, $"is missing; it has to be one of: {string.Join(", ", words)}.");
            return null;
        }
        if (value.ValueKind == JsonValueKind.String && words.Contains(value.GetString())) return value.GetString();
        Fault(field, $"is {value.GetRawText()}; it has to be one of: {string.Join(", ", words)}.");
        return null;
    }

    /// <summary>A text of at most 500 characters.</summary>
    /// <param name="field">The field.</param>
    /// <param name="absent">The default.</param>
    public string Text(string field, string absent)
    {
        _known.Add(field);
        if (!body.TryGetProperty(field, out var value)) return absent;
        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and <= 500 } text) return text.ReplaceLineEndings(" ");
        Fault(field, "has to be a text of 1 to 500 characters.");
        return absent;
    }
}
