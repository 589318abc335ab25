using System.Text.Json;

namespace StreamClips.ControlPlane.Http;

/// <summary>The JSON object that a request brought, read field by field so that every fault is found and not the first.</summary>
/// <param name="root">The object.</param>
public sealed class RequestBody(JsonElement root)
{
    private readonly HashSet<string> _known = [];

    /// <summary>What is wrong with the fields so far.</summary>
    public Faults Faults { get; } = new();

    /// <summary>The object itself.</summary>
    public JsonElement Root => root;

    /// <summary>Reads a body.</summary>
    /// <returns>The object, or the answer that says what is wrong and where.</returns>
    public static async Task<(RequestBody? Body, IResult? Problem)> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (!request.HasJsonContentType())
            return (null, Problems.Of(415, $"the content type is '{request.ContentType}': send application/json"));
        try
        {
            var root = await JsonSerializer.DeserializeAsync<JsonElement>(request.Body, cancellationToken: cancellation);
            if (!IsText(root)) return (null, Problems.Of(400, "the body holds text that is not valid UTF-8: send it as UTF-8, without halves of surrogate pairs"));
            return root.ValueKind == JsonValueKind.Object
                ? (new RequestBody(root), null)
                : (null, Problems.Of(400, $"the body is {Kind(root)}: send a JSON object"));
        }
        catch (JsonException e)
        {
            return (null, Problems.Of(400, $"the body is not JSON: fault in line {e.LineNumber + 1}, position {e.BytePositionInLine + 1}", Plain(e)));
        }
        catch (BadHttpRequestException e)
        {
            return (null, Problems.Of(e.StatusCode, e.StatusCode == 413 ? "the body is too long: at most 1 MiB" : e.Message));
        }
    }

    /// <summary>A text field; null where it is absent or null. Faults: another type, too long, control characters, absent although required.</summary>
    public string? Text(string name, int longest, bool required = false, bool trim = true)
    {
        if (Value(name) is not { } value)
        {
            if (required) Faults.Add(name, $"{name} is missing");
            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            Faults.Add(name, $"{name} is {Kind(value)}: give a text");
            return null;
        }

        var text = trim ? value.GetString()!.Trim() : value.GetString()!;
        if (text.Length > longest) Faults.Add(name, $"{name} has {text.Length} characters: give at most {longest}");
        else if (text.Any(char.IsControl)) Faults.Add(name, $"{name} holds a control character: leave it out");
        else if (text.Length == 0 && required) Faults.Add(name, $"{name} is empty: give 1 to {longest} characters");
        else return text;
        return null;
    }

    /// <summary>An absolute http or https address; null where it is absent, null, or (where not required) empty.</summary>
    public string? Address(string name, bool required = false)
    {
        if (Text(name, 2000, required) is not { Length: > 0 } text) return null;
        if (WebAddress.Is(text)) return text;
        Faults.Add(name, $"{name} is {WebAddress.Told(text)}: {WebAddress.Remedy}");
        return null;
    }

    /// <summary>A yes or no; null where it is absent or null.</summary>
    public bool? Flag(string name)
    {
        switch (Value(name))
        {
            case null: return null;
            case { ValueKind: JsonValueKind.True }: return true;
            case { ValueKind: JsonValueKind.False }: return false;
            case { } value:
                Faults.Add(name, $"{name} is {Kind(value)}: give true or false");
                return null;
        }
    }

    /// <summary>A whole number; null where it is absent or null.</summary>
    public int? Whole(string name, int least, int most)
    {
        if (Value(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most) return number;
        Faults.Add(name, $"{name} is {Kind(value)}: give a whole number from {least} to {most}");
        return null;
    }

    /// <summary>An object; null where it is absent or null.</summary>
    public JsonElement? Object(string name)
    {
        if (Value(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Object) return value;
        Faults.Add(name, $"{name} is {Kind(value)}: give an object");
        return null;
    }

    /// <summary>A list; null where it is absent or null.</summary>
    public IReadOnlyList<JsonElement>? List(string name, int most)
    {
        if (Value(name) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Array) Faults.Add(name, $"{name} is {Kind(value)}: give a list");
        else if (value.GetArrayLength() > most) Faults.Add(name, $"{name} has {value.GetArrayLength()} items: give at most {most}");
        else return [.. value.EnumerateArray()];
        return null;
    }

    /// <summary>A text as it came, with its lines; null where it is absent or null. Whoever asks checks it.</summary>
    public string? RawText(string name)
    {
        if (Value(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String) return value.GetString();
        Faults.Add(name, $"{name} is {Kind(value)}: give a text");
        return null;
    }

    /// <summary>Whether a field is there, and null: in a merge patch (RFC 7396) it becomes what it was at first.</summary>
    public bool IsNull(string name) => root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Null;

    /// <summary>Names every field that was not asked for; call it last.</summary>
    public void RefuseUnknown()
    {
        foreach (var property in root.EnumerateObject().Where(p => !_known.Contains(p.Name)))
            Faults.Add(property.Name, $"there is no field '{property.Name}': the fields are {string.Join(", ", _known)}");
    }

    private JsonElement? Value(string name)
    {
        _known.Add(name);
        return root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    /// <summary>Whether every name and text can be read: the parser leaves them as they came until somebody asks (RFC 8259 sections 8.1 and 8.2).</summary>
    internal static bool IsText(JsonElement value)
    {
        try
        {
            return value.ValueKind switch
            {
                JsonValueKind.String => value.GetString() is not null,
                JsonValueKind.Array => value.EnumerateArray().All(IsText),
                JsonValueKind.Object => value.EnumerateObject().All(p => p.Name is not null && IsText(p.Value)),
                _ => true,
            };
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => $"'{value.GetString()}'",
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        _ => value.GetRawText(),
    };

    /// <summary>The parser's words without its own notation of the place.</summary>
    private static string Plain(JsonException e) => e.Message.Split(" Path: ", 2)[0].Split(" LineNumber: ", 2)[0];
}
