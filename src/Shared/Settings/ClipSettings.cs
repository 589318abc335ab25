using System.Text.Json;
using System.Text.Json.Serialization;

namespace StreamClips.Shared.Settings;

/// <summary>
/// How clips of a streamer are made. The first five parameters keep the names, defaults and meaning of the manager that
/// this project replaces. All times are seconds.
/// </summary>
/// <param name="ClipDuration">Length of a clip in seconds, 5 to 600.</param>
/// <param name="WindowTimespan">The seconds of chat that are counted and compared with the baseline, 1 to 600.</param>
/// <param name="SampleInterval">Seconds between two counts, 0.1 to 60; at most the window.</param>
/// <param name="BaselineDuration">Seconds over which the counts are averaged to the baseline, 5 to 7200; longer than the window.</param>
/// <param name="SurgeThreshold">To detector <c>surge</c> a count of so many times the baseline is a surge; above 1, at most 100.</param>
/// <param name="Detector">Which detector decides: <c>highlight</c>, or <c>surge</c>, the rule of that manager.</param>
/// <param name="ClipsPerHour">About so many clips an hour detector <c>highlight</c> makes, 0.1 to 60; a real burst is clipped all the same.</param>
/// <param name="MaxClipDuration">What overlapping surges may make of one clip, seconds, up to 600; never less than <paramref name="ClipDuration"/>.</param>
/// <param name="Recording">Whether all of the stream is fetched (<c>eager</c>), only what clips need (<c>lazy</c>), or what the origin demands (<c>auto</c>).</param>
/// <param name="Quality"><c>best</c>, <c>worst</c>, or a height with or without a frame rate, as <c>720p60</c>.</param>
/// <param name="Exact">Whether clips begin at the wanted frame, which costs some encoding, or at the keyframe before it.</param>
/// <param name="Vertical">Whether a 9:16 rendition is made of each clip afterwards.</param>
/// <param name="FileName">What clips are called in storage; words in braces stand for facts of the clip.</param>
/// <param name="KeepClipsDays">For how many days clips are kept, up to 36,500; 0: without end.</param>
/// <param name="KeepClipsCount">How many clips of a streamer are kept, whole, up to 1,000,000; 0: all.</param>
/// <param name="KeepClipsGib">How much of the storage a streamer's clips may take up, GiB, up to 1,000,000; 0: any.</param>
/// <remarks>The defaults are those of the constructor: the serialiser that is made at build time passes over a property's own.</remarks>
public sealed record ClipSettings(
    [property: JsonPropertyName("clip_duration")] double ClipDuration = 60,
    [property: JsonPropertyName("window_timespan")] double WindowTimespan = 30,
    [property: JsonPropertyName("sample_interval")] double SampleInterval = 1,
    [property: JsonPropertyName("baseline_duration")] double BaselineDuration = 180,
    [property: JsonPropertyName("surge_threshold")] double SurgeThreshold = 2.0,
    [property: JsonPropertyName("detector")] string Detector = ClipSettings.HighlightDetector,
    [property: JsonPropertyName("clips_per_hour")] double ClipsPerHour = 10,
    [property: JsonPropertyName("max_clip_duration")] double MaxClipDuration = 180,
    [property: JsonPropertyName("recording")] string Recording = RecordingModes.Auto,
    [property: JsonPropertyName("quality")] string Quality = "best",
    [property: JsonPropertyName("exact")] bool Exact = false,
    [property: JsonPropertyName("vertical")] bool Vertical = false,
    [property: JsonPropertyName("file_name")] string FileName = "{streamer}/{date}/{time}_{score}_{id}",
    [property: JsonPropertyName("keep_clips_days"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] double KeepClipsDays = 0,
    [property: JsonPropertyName("keep_clips_count"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] double KeepClipsCount = 0,
    [property: JsonPropertyName("keep_clips_gib"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] double KeepClipsGib = 0)
{
    /// <summary>The detector that scores how much the chat looks like a highlight.</summary>
    public const string HighlightDetector = "highlight";

    /// <summary>The detector that compares the chat's rate with its baseline.</summary>
    public const string SurgeDetector = "surge";

    /// <summary>The defaults.</summary>
    public static ClipSettings Default { get; } = new();

    /// <summary>The names of the settings, as in JSON, the API and <c>--set</c>.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. SettingDefinition.All.Select(d => d.Name)];

    /// <summary>Every fault of these settings, each naming the field, the value and the remedy; empty where there is none.</summary>
    public IReadOnlyList<SettingFault> Validate() => ClipSettingsRules.Faults(this);

    /// <summary>These settings without those that no worker needs: what they are is then no reason to touch one.</summary>
    public ClipSettings ForWorker() => this with { KeepClipsDays = 0, KeepClipsCount = 0, KeepClipsGib = 0 };

    /// <summary>These settings as one JSON object. Those that no worker needs are left out where they say nothing.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, SettingsJson.Default.ClipSettings);

    /// <summary>Reads settings from a JSON object; fields that are absent keep their defaults.</summary>
    /// <exception cref="JsonException">The text is not such an object, or has an unknown field.</exception>
    public static ClipSettings FromJson(string json) =>
        JsonSerializer.Deserialize(json, SettingsJson.Default.ClipSettings) ?? throw new JsonException("the settings are null");

    /// <summary>
    /// These settings with one of them replaced, as in <c>--set surge_threshold=3</c>.
    /// </summary>
    /// <returns>The new settings, or the fault: an unknown name or a value of another kind.</returns>
    public (ClipSettings Settings, SettingFault? Fault) With(string name, string value) => SettingDefinition.Find(name) is { } definition
        ? definition.Read(this, value)
        : (this, new(name, $"there is no setting '{name}': the settings are {string.Join(", ", Names)}"));
}

/// <summary>How much of a stream is fetched.</summary>
public static class RecordingModes
{
    /// <summary>As the origin demands: lazily where it keeps its segments long enough.</summary>
    public const string Auto = "auto";

    /// <summary>Only what clips need.</summary>
    public const string Lazy = "lazy";

    /// <summary>All of it, all the time.</summary>
    public const string Eager = "eager";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Auto, Lazy, Eager];
}

/// <summary>One fault of a setting.</summary>
/// <param name="Field">The setting's name.</param>
/// <param name="Message">The value and the remedy, for people.</param>
public sealed record SettingFault(string Field, string Message);

/// <summary>Serialisation of settings, made at build time.</summary>
[JsonSourceGenerationOptions(UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ClipSettings))]
public sealed partial class SettingsJson : JsonSerializerContext;
