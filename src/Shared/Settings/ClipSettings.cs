using System.Text.Json;
using System.Text.Json.Serialization;

namespace StreamClips.Shared.Settings;

/// <summary>
/// How clips of a streamer are made. The five parameters keep the names, defaults and meaning of the manager that this
/// project replaces. All times are seconds.
/// </summary>
/// <param name="ClipDuration">Length of a clip in seconds, 5 to 600.</param>
/// <param name="WindowTimespan">The seconds of chat that are counted and compared with the baseline, 1 to 600.</param>
/// <param name="SampleInterval">Seconds between two counts, 0.1 to 60; at most the window.</param>
/// <param name="BaselineDuration">Seconds over which the counts are averaged to the baseline, 5 to 7200; longer than the window.</param>
/// <param name="SurgeThreshold">A count of so many times the baseline is a surge; above 1, at most 100.</param>
/// <param name="Detector">Which detector decides: <c>surge</c>, the rule of that manager, or <c>highlight</c>.</param>
/// <param name="ClipsPerHour">About so many clips an hour detector <c>highlight</c> makes, 0.1 to 60; a real burst is clipped all the same.</param>
/// <remarks>The defaults are those of the constructor: the serialiser that is made at build time passes over a property's own.</remarks>
public sealed record ClipSettings(
    [property: JsonPropertyName("clip_duration")] double ClipDuration = 60,
    [property: JsonPropertyName("window_timespan")] double WindowTimespan = 30,
    [property: JsonPropertyName("sample_interval")] double SampleInterval = 1,
    [property: JsonPropertyName("baseline_duration")] double BaselineDuration = 180,
    [property: JsonPropertyName("surge_threshold")] double SurgeThreshold = 2.0,
    [property: JsonPropertyName("detector")] string Detector = ClipSettings.SurgeDetector,
    [property: JsonPropertyName("clips_per_hour")] double ClipsPerHour = 10)
{
    /// <summary>The detector that scores how much the chat looks like a highlight.</summary>
    public const string HighlightDetector = "highlight";

    /// <summary>The detector that compares the chat's rate with its baseline.</summary>
    public const string SurgeDetector = "surge";

    /// <summary>The defaults.</summary>
    public static ClipSettings Default { get; } = new();

    /// <summary>The names of the settings, as in JSON, the API and <c>--set</c>.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["clip_duration", "window_timespan", "sample_interval", "baseline_duration", "surge_threshold", "detector", "clips_per_hour"];

    /// <summary>Whether the setting of this name is a text; all others are numbers.</summary>
    public static bool IsText(string name) => name == "detector";

    /// <summary>Every fault of these settings, each naming the field, the value and the remedy; empty where there is none.</summary>
    public IReadOnlyList<SettingFault> Validate()
    {
        var faults = new List<SettingFault>();
        Range("clip_duration", ClipDuration, 5, 600);
        Range("window_timespan", WindowTimespan, 1, 600);
        Range("sample_interval", SampleInterval, 0.1, 60);
        Range("baseline_duration", BaselineDuration, 5, 7200);
        if (!(SurgeThreshold > 1 && SurgeThreshold <= 100))
            faults.Add(new("surge_threshold", $"surge_threshold is {SurgeThreshold}: give a number above 1 and at most 100"));
        if (Detector is not (HighlightDetector or SurgeDetector))
            faults.Add(new("detector", $"detector is '{Detector}': give {HighlightDetector} or {SurgeDetector}"));
        if (!(ClipsPerHour >= 0.1 && ClipsPerHour <= 60))
            faults.Add(new("clips_per_hour", $"clips_per_hour is {ClipsPerHour}: give 0.1 to 60 clips an hour"));
        if (WindowTimespan >= BaselineDuration)
            faults.Add(new("window_timespan", $"window_timespan is {WindowTimespan} s, not shorter than baseline_duration ({BaselineDuration} s): shorten the window or lengthen the baseline"));
        if (SampleInterval > WindowTimespan)
            faults.Add(new("sample_interval", $"sample_interval is {SampleInterval} s, longer than window_timespan ({WindowTimespan} s): sample at least once a window"));
        return faults;

        void Range(string name, double value, double least, double most)
        {
            if (!(value >= least && value <= most))
                faults.Add(new(name, $"{name} is {value} s: give {least} to {most} seconds"));
        }
    }

    /// <summary>These settings as one JSON object.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, SettingsJson.Default.ClipSettings);

    /// <summary>Reads settings from a JSON object; fields that are absent keep their defaults.</summary>
    /// <exception cref="JsonException">The text is not such an object, or has an unknown field.</exception>
    public static ClipSettings FromJson(string json) =>
        JsonSerializer.Deserialize(json, SettingsJson.Default.ClipSettings) ?? throw new JsonException("the settings are null");

    /// <summary>
    /// These settings with one of them replaced, as in <c>--set surge_threshold=3</c>.
    /// </summary>
    /// <returns>The new settings, or the fault: an unknown name or a value that is no number.</returns>
    public (ClipSettings Settings, SettingFault? Fault) With(string name, string value)
    {
        if (IsText(name)) return (this with { Detector = value }, null); // Validate says which there are.
        if (!double.TryParse(value, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var number))
            return (this, new(name, $"{name} is '{value}': give a number"));
        return name switch
        {
            "clip_duration" => (this with { ClipDuration = number }, null),
            "window_timespan" => (this with { WindowTimespan = number }, null),
            "sample_interval" => (this with { SampleInterval = number }, null),
            "baseline_duration" => (this with { BaselineDuration = number }, null),
            "surge_threshold" => (this with { SurgeThreshold = number }, null),
            "clips_per_hour" => (this with { ClipsPerHour = number }, null),
            _ => (this, new(name, $"there is no setting '{name}': the settings are {string.Join(", ", Names)}")),
        };
    }
}

/// <summary>One fault of a setting.</summary>
/// <param name="Field">The setting's name.</param>
/// <param name="Message">The value and the remedy, for people.</param>
public sealed record SettingFault(string Field, string Message);

/// <summary>Serialisation of settings, made at build time.</summary>
[JsonSourceGenerationOptions(UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ClipSettings))]
public sealed partial class SettingsJson : JsonSerializerContext;
