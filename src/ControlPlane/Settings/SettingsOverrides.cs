using System.Text.Json;
using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Http;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Settings;

/// <summary>A streamer's own settings: an object that holds only what differs from the defaults.</summary>
public static class SettingsOverrides
{
    /// <summary>The settings in force: the defaults with the overrides laid over them.</summary>
    /// <param name="defaults">The defaults.</param>
    /// <param name="overrides">A JSON object as the database holds it.</param>
    public static ClipSettings Apply(ClipSettings defaults, string overrides) =>
        JsonNode.Parse(overrides) is JsonObject { Count: > 0 } some ? ClipSettings.FromJson(Merge(defaults, some)) : defaults;

    /// <summary>The settings in force; null where the overrides cannot be read, as when another build wrote them.</summary>
    /// <inheritdoc cref="Apply"/>
    public static ClipSettings? TryApply(ClipSettings defaults, string overrides)
    {
        try
        {
            return Apply(defaults, overrides);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Settings as the database holds them; null where they cannot be read, as when another build wrote them.</summary>
    public static ClipSettings? TryRead(string json)
    {
        try
        {
            return ClipSettings.FromJson(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Checks overrides, each by itself and all together with the defaults.</summary>
    /// <param name="given">What a request brought; null: none.</param>
    /// <param name="defaults">The defaults.</param>
    /// <param name="prefix">Goes before a setting's name in the faults, as <c>settings.</c>.</param>
    /// <param name="faults">Where the faults go.</param>
    /// <returns>The overrides as JSON, as good as they are; only of use where there is no fault.</returns>
    public static string Check(JsonElement? given, ClipSettings defaults, string prefix, Faults faults)
    {
        var kept = new JsonObject();
        var sound = true;
        foreach (var property in given is { } some ? some.EnumerateObject().Where(p => p.Value.ValueKind != JsonValueKind.Null) : [])
        {
            var fault = Fault(property);
            if (fault is null) kept[property.Name] = JsonNode.Parse(property.Value.GetRawText());
            else faults.Add(prefix + fault.Field, fault.Message);
            sound &= fault is null;
        }

        if (!sound) return "{}";
        foreach (var fault in ClipSettings.FromJson(Merge(defaults, kept)).Validate()) faults.Add(prefix + fault.Field, fault.Message);
        return kept.ToJsonString();
    }

    private static SettingFault? Fault(JsonProperty property)
    {
        var kind = property.Value.ValueKind switch
        {
            JsonValueKind.String => SettingKind.Text,
            JsonValueKind.True or JsonValueKind.False => SettingKind.Flag,
            _ => SettingKind.Number,
        };
        var text = kind == SettingKind.Text ? property.Value.GetString()! : property.Value.GetRawText();
        return SettingDefinition.Find(property.Name) is { } definition && definition.Kind != kind
            ? new(property.Name, $"{property.Name} is {Words(property.Value)}: give {Wanted(definition.Kind)}")
            : ClipSettings.Default.With(property.Name, text).Fault;
    }

    private static string Words(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => "a text",
        JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        JsonValueKind.Number => "a number",
        _ => "a list or an object",
    };

    private static string Wanted(SettingKind kind) => kind switch
    {
        SettingKind.Text => "a text in quotation marks",
        SettingKind.Flag => "true or false, without quotation marks",
        _ => "a number, without quotation marks",
    };

    private static string Merge(ClipSettings defaults, JsonObject overrides)
    {
        var merged = JsonNode.Parse(defaults.ToJson())!.AsObject();
        foreach (var (name, value) in overrides) merged[name] = value?.DeepClone();
        return merged.ToJsonString();
    }
}
