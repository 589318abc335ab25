using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Settings;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Dashboard.Settings;

/// <summary>The form of the defaults: what stands in its fields, and what is wrong with them. A field that is empty follows the program's own.</summary>
public sealed record SettingsForm
{
    /// <summary>The field that holds the version that the form was made from.</summary>
    public const string Version = "version";

    /// <summary>What stands in the fields.</summary>
    public required IReadOnlyDictionary<string, string> Values { get; init; }

    /// <summary>What is wrong, by field.</summary>
    public IReadOnlyDictionary<string, string[]> Faults { get; init; } = new Dictionary<string, string[]>();

    /// <summary>What is said above the form; null: nothing.</summary>
    public string? Banner { get; init; }

    /// <summary>What stands in a field.</summary>
    public string this[string field] => Values.GetValueOrDefault(field, "");

    /// <summary>The form of the defaults as they are.</summary>
    public static SettingsForm Of(DefaultSettings settings)
    {
        var (all, program) = (SettingValues.All(settings.Value), SettingValues.All(ClipSettings.Default));
        var values = all.Where(a => !JsonNode.DeepEquals(a.Value, program[a.Key])).ToDictionary(a => a.Key, a => SettingValues.Text(a.Value));
        values[Version] = $"{settings.Version}";
        return new SettingsForm { Values = values };
    }

    /// <summary>This form with what somebody sent.</summary>
    public static SettingsForm Sent(IFormCollection sent) => new() { Values = ClipSettings.Names.Append(Version).ToDictionary(n => n, n => sent[n].ToString()) };

    /// <summary>This form with faults.</summary>
    public SettingsForm With(params Faults[] faults) => this with
    {
        Faults = FormFaults.Of(faults), Banner = $"Not saved: {Words.Many(FormFaults.Of(faults).Count, "field")} {(FormFaults.Of(faults).Count == 1 ? "wants" : "want")} another look.",
    };

    /// <summary>The version that the form was made from; null where it names none.</summary>
    public long? From => long.TryParse(this[Version], out var version) ? version : null;

    /// <summary>The fields as the API would have got them; and what is not even a number.</summary>
    public (JsonObject Body, Faults Faults) ToBody()
    {
        var (body, faults) = (new JsonObject(), new Faults());
        foreach (var definition in SettingDefinition.All)
        {
            var text = this[definition.Name].Trim();
            if (text.Length == 0) continue;
            var (read, fault) = definition.Read(ClipSettings.Default, text);
            if (fault is null) body[definition.Name] = SettingValues.Node(definition.Get(read));
            else faults.Add(definition.Name, fault.Message);
        }

        return (body, faults);
    }
}
