using System.Globalization;
using System.Text.Json;

namespace StreamClips.ClipWorker;

/// <summary>
/// Reads JSON whose form nobody promises: what is missing or of another kind is null, never an exception. JSON may hold halves
/// of surrogate pairs, <c>"\ud800"</c>, in texts and in names: the methods of <see cref="JsonElement"/> throw where they meet one.
/// </summary>
internal static class JsonPath
{
    /// <summary>Reads a document; null where it is no JSON, or deeper than this.</summary>
    public static JsonElement? Read(ReadOnlySpan<byte> json, int maxDepth)
    {
        var reader = new Utf8JsonReader(json, new() { MaxDepth = maxDepth });
        try
        {
            var element = JsonElement.ParseValue(ref reader);
            return reader.Read() ? null : element;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What is at the end of a path of names; null where a part of it is missing.</summary>
    public static JsonElement? At(this JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
            if (!TryGet(element, name, out element)) return null;
        return element;
    }

    /// <summary>The text at the end of a path of names.</summary>
    public static string? Text(this JsonElement element, params ReadOnlySpan<string> path)
    {
        try
        {
            return element.At(path) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // Half of a surrogate pair, or bytes that are no UTF-8.
        }
    }

    /// <summary>The whole number at the end of a path of names.</summary>
    public static long? Number(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : null;

    /// <summary>The text or the whole number at the end of a path of names, as a text: ids are given as either.</summary>
    public static string? Id(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.Text(path) ?? element.Number(path)?.ToString(CultureInfo.InvariantCulture);

    /// <summary>The items of the array at the end of a path of names; none where there is no array.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];

    /// <summary>The first value of a name anywhere inside, in the order of the document.</summary>
    public static JsonElement? Anywhere(this JsonElement element, string name)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            if (TryGet(element, name, out var found)) return found;
            foreach (var property in element.EnumerateObject())
                if (property.Value.Anywhere(name) is { } inside) return inside;
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray())
                if (item.Anywhere(name) is { } inside) return inside;
        }

        return null;
    }

    private static bool TryGet(JsonElement element, string name, out JsonElement value)
    {
        value = default;
        try
        {
            return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out value);
        }
        catch (InvalidOperationException)
        {
            return false; // A name beside it that is no text.
        }
    }
}
