using System.Globalization;
using System.Text.Json.Nodes;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Settings;

/// <summary>A value that is another one than before.</summary>
/// <param name="Setting">The setting's name.</param>
/// <param name="Before">What it was; null: it was not set.</param>
/// <param name="After">What it is; null: it is not set.</param>
public sealed record ValueChange(string Setting, JsonNode? Before, JsonNode? After);

/// <summary>A setting of a streamer, and where it comes from.</summary>
/// <param name="Value">The value in force.</param>
/// <param name="Source"><c>default</c> or <c>override</c>.</param>
/// <param name="Default">What the default is.</param>
public sealed record EffectiveValue(JsonNode Value, string Source, JsonNode Default);

/// <summary>Settings as JSON objects: what they hold and how they differ. Pure; names that are of another build stay visible.</summary>
public static class SettingValues
{
    /// <summary>Comes from the defaults.</summary>
    public const string FromDefault = "default";

    /// <summary>Is the streamer's own.</summary>
    public const string FromOverride = "override";

    /// <summary>All settings with their values, in the order in which people read them.</summary>
    public static JsonObject All(ClipSettings settings) =>
        new(SettingDefinition.All.Select(d => KeyValuePair.Create(d.Name, (JsonNode?)Node(d.Get(settings)))));

    /// <summary>A JSON object with the members of another laid over it.</summary>
    public static JsonObject Over(JsonObject below, string above)
    {
        foreach (var (name, value) in Read(above)) below[name] = value?.DeepClone();
        return below;
    }

    /// <summary>What differs between two JSON objects, in the order in which people read settings.</summary>
    public static IReadOnlyList<ValueChange> Differences(JsonObject before, JsonObject after)
    {
        var names = ClipSettings.Names.Concat(before.Select(b => b.Key)).Concat(after.Select(a => a.Key)).Distinct(StringComparer.Ordinal);
        return [.. names.Where(n => !JsonNode.DeepEquals(before[n], after[n])).Select(n => new ValueChange(n, before[n]?.DeepClone(), after[n]?.DeepClone()))];
    }

    /// <summary>Every setting of a streamer with its source.</summary>
    /// <param name="defaults">The defaults.</param>
    /// <param name="overrides">What it has of its own, a JSON object as the database holds it.</param>
    public static IReadOnlyDictionary<string, EffectiveValue> Effective(ClipSettings defaults, string overrides)
    {
        var (all, own) = (All(defaults), Read(overrides));
        return all.ToDictionary(a => a.Key, a => own[a.Key] is { } value
            ? new EffectiveValue(value.DeepClone(), FromOverride, a.Value!.DeepClone())
            : new EffectiveValue(a.Value!.DeepClone(), FromDefault, a.Value!.DeepClone()));
    }

    /// <summary>A value for people, as <c>0.5</c>, <c>best</c> or <c>true</c>.</summary>
    public static string Text(JsonNode? value) => value switch
    {
        null => "",
        JsonValue known when known.TryGetValue<bool>(out var flag) => flag ? "true" : "false",
        JsonValue known when known.TryGetValue<double>(out var number) => number.ToString(CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    /// <summary>A value of a setting as JSON.</summary>
    public static JsonValue Node(IConvertible value) => value switch
    {
        double number => JsonValue.Create(number),
        bool flag => JsonValue.Create(flag),
        _ => JsonValue.Create(value.ToString(CultureInfo.InvariantCulture))!,
    };

    private static JsonObject Read(string json) => JsonNode.Parse(json) as JsonObject ?? [];
}
