using System.Globalization;
using System.Text.Json.Nodes;
using StreamClips.Cli.Output;
using StreamClips.Shared.Settings;

namespace StreamClips.Cli.Settings;

/// <summary>Changes settings as JSON objects, and compares them. Pure.</summary>
public static class SettingEdits
{
    /// <summary>What is wrong with <c>KEY=VALUE</c>, and how to write it; null: nothing.</summary>
    public static string? Fault(string text)
    {
        var parts = text.Split('=', 2);
        if (parts.Length < 2) return $"'{text}' has no '=': give it as surge_threshold=2.5";
        return NameFault(parts[0]) ?? SettingDefinition.Find(parts[0])!.Read(ClipSettings.Default, parts[1]).Fault?.Message;
    }

    /// <summary>What is wrong with a setting's name; null: there is one of that name.</summary>
    public static string? NameFault(string name) =>
        SettingDefinition.Find(name) is null ? $"there is no setting '{name}'.{Words.DidYouMean(name, ClipSettings.Names)}" : null;

    /// <summary>Settings with some of them set.</summary>
    public static JsonObject Set(JsonObject settings, IEnumerable<string> some)
    {
        foreach (var parts in some.Select(s => s.Split('=', 2)))
        {
            var definition = SettingDefinition.Find(parts[0])!;
            settings[parts[0]] = Node(definition.Get(definition.Read(ClipSettings.Default, parts[1]).Settings));
        }

        return settings;
    }

    /// <summary>Settings without some of them.</summary>
    public static JsonObject Unset(JsonObject settings, IEnumerable<string> some)
    {
        foreach (var name in some) settings.Remove(name);
        return settings;
    }

    /// <summary>The program's own settings.</summary>
    public static JsonObject Program() => new(SettingDefinition.All.Select(d => KeyValuePair.Create(d.Name, (JsonNode?)Node(d.Get(ClipSettings.Default)))));

    /// <summary>What differs, an object a setting with <c>setting</c>, <c>before</c> and <c>after</c>; what is not set is the default.</summary>
    public static JsonArray Differences(JsonObject before, JsonObject after, JsonObject defaults)
    {
        var names = defaults.Select(d => d.Key).Concat(before.Select(b => b.Key)).Concat(after.Select(a => a.Key)).Distinct(StringComparer.Ordinal);
        return [.. names.Select(n => (Name: n, Before: before[n] ?? defaults[n], After: after[n] ?? defaults[n])).Where(d => !JsonNode.DeepEquals(d.Before, d.After))
            .Select(d => (JsonNode)new JsonObject { ["setting"] = d.Name, ["before"] = d.Before?.DeepClone(), ["after"] = d.After?.DeepClone() })];
    }

    private static JsonValue Node(IConvertible value) => value switch
    {
        double number => JsonValue.Create(number),
        bool flag => JsonValue.Create(flag),
        _ => JsonValue.Create(value.ToString(CultureInfo.InvariantCulture))!,
    };
}
