using System.Text.Json;

namespace StreamClips.ClipWorker.Platforms.YouTube;

/// <summary>Reads deep answers whose form nobody promises: what is missing or of another kind is null, never an exception.</summary>
internal static class JsonPath
{
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

    /// <summary>The items of the array at the end of a path of names; none where there is no array.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];

    /// <summary>The text of YouTube's runs: <c>{"runs":[{"text":…}]}</c> or <c>{"simpleText":…}</c>; empty where there is none.</summary>
    public static string Runs(this JsonElement? element) =>
        element is not { } text ? "" : text.Text("simpleText") ?? string.Concat(text.Items("runs").Select(r => r.Text("text")));

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
