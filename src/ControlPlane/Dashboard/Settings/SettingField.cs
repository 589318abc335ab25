using System.Globalization;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Dashboard.Settings;

/// <summary>A setting as a field of a form.</summary>
/// <param name="Name">The setting.</param>
/// <param name="Label">What it is called for people.</param>
/// <param name="Hint">What may stand there, or what it does.</param>
public sealed record SettingField(string Name, string Label, string Hint)
{
    /// <summary>All of them, the ones that are changed most first.</summary>
    public static IReadOnlyList<SettingField> All { get; } =
    [
        new("clip_duration", "Clip length", "Seconds, 5 to 600."),
        new("max_clip_duration", "Longest clip", "Seconds that overlapping surges may make, up to 600."),
        new("detector", "Detector", "highlight, or surge: the plain rule, which four of these are for."),
        new("clips_per_hour", "Clips an hour", "About so many from highlight: 0.1 to 60."),
        new("quality", "Quality", "best, worst, or a height as 720p60."),
        new("recording", "Recording", "lazy fetches only what clips need, eager all; auto as the origin demands."),
        new("exact", "Exact start", "To the frame, which costs some encoding; otherwise from the keyframe before."),
        new("vertical", "Vertical too", "A 9:16 rendition of each clip, made afterwards."),
        new("file_name", "Name in storage", "Words in braces stand for facts of the clip."),
        new("surge_threshold", "Surge from", "Times the usual chat: above 1, at most 100."),
        new("window_timespan", "Chat window", "Seconds that are counted: 1 to 600."),
        new("baseline_duration", "Usual chat over", "Seconds, 5 to 7200; longer than the window."),
        new("sample_interval", "Count every", "Seconds, 0.1 to 60."),
        new("keep_clips_days", "Keep clips for", "Days; 0: without end."),
        new("keep_clips_count", "Keep so many clips", "Of a streamer; 0: all."),
        new("keep_clips_gib", "Keep clips up to", "GiB of a streamer's; 0: any."),
    ];

    private SettingDefinition Definition => SettingDefinition.Find(Name)!;

    /// <summary>What values it takes.</summary>
    public SettingKind Kind => Definition.Kind;

    /// <summary>The values that may be chosen; none where any may be typed.</summary>
    public IReadOnlyList<(string Value, string Word)> Choices => Kind == SettingKind.Flag ? [("true", "yes"), ("false", "no")] : [.. Definition.Choices.Select(c => (c, c))];

    /// <summary>How a change of it comes to workers that run.</summary>
    public string Reaches => Definition.Effect switch
    {
        SettingEffect.Live => "taken up at once",
        SettingEffect.Restart => "taken up between two clips",
        _ => "of no concern to workers",
    };

    /// <summary>Its value for people.</summary>
    public string Of(ClipSettings settings) => Definition.Get(settings) switch
    {
        bool flag => flag ? "yes" : "no",
        var value => value.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>What a setting is called for people; its own name where it is of another build.</summary>
    public static string LabelOf(string name) => All.FirstOrDefault(f => f.Name == name)?.Label ?? name;
}
