using System.Globalization;

namespace StreamClips.Shared.Settings;

/// <summary>What values a setting takes.</summary>
public enum SettingKind
{
    /// <summary>A number.</summary>
    Number,

    /// <summary>A text.</summary>
    Text,

    /// <summary>True or false.</summary>
    Flag,
}

/// <summary>How a change of a setting comes to a worker that runs.</summary>
public enum SettingEffect
{
    /// <summary>The worker takes it up where it is, and forgets nothing.</summary>
    Live,

    /// <summary>The worker begins anew with it, between two clips.</summary>
    Restart,

    /// <summary>Not at all: it is the control plane's.</summary>
    None,
}

/// <summary>One setting: its name, what values it takes, and how it is read and written. The table of all of them is here.</summary>
public sealed record SettingDefinition
{
    private SettingDefinition(string name, SettingKind kind, Func<ClipSettings, IConvertible> get, Func<ClipSettings, IConvertible, ClipSettings> set) =>
        (Name, Kind, Get, _set) = (name, kind, get, set);

    private readonly Func<ClipSettings, IConvertible, ClipSettings> _set;

    /// <summary>The name, as in JSON, the API and <c>--set</c>.</summary>
    public string Name { get; }

    /// <summary>What values it takes.</summary>
    public SettingKind Kind { get; }

    /// <summary>Its value: a <see cref="double"/>, a <see cref="string"/> or a <see cref="bool"/>.</summary>
    public Func<ClipSettings, IConvertible> Get { get; }

    /// <summary>The texts that it may be; empty where any text or none may stand.</summary>
    public IReadOnlyList<string> Choices { get; private init; } = [];

    /// <summary>How a change of it comes to a worker that runs.</summary>
    public SettingEffect Effect { get; private init; } = SettingEffect.Live;

    /// <summary>All settings, in the order in which people read them.</summary>
    public static IReadOnlyList<SettingDefinition> All { get; } =
    [
        Number("clip_duration", s => s.ClipDuration, (s, v) => s with { ClipDuration = v }) with { Effect = SettingEffect.Restart },
        Number("window_timespan", s => s.WindowTimespan, (s, v) => s with { WindowTimespan = v }),
        Number("sample_interval", s => s.SampleInterval, (s, v) => s with { SampleInterval = v }),
        Number("baseline_duration", s => s.BaselineDuration, (s, v) => s with { BaselineDuration = v }),
        Number("surge_threshold", s => s.SurgeThreshold, (s, v) => s with { SurgeThreshold = v }),
        Text("detector", s => s.Detector, (s, v) => s with { Detector = v }, ClipSettings.HighlightDetector, ClipSettings.SurgeDetector) with { Effect = SettingEffect.Restart },
        Number("clips_per_hour", s => s.ClipsPerHour, (s, v) => s with { ClipsPerHour = v }),
        Number("max_clip_duration", s => s.MaxClipDuration, (s, v) => s with { MaxClipDuration = v }) with { Effect = SettingEffect.Restart },
        Text("recording", s => s.Recording, (s, v) => s with { Recording = v }, [.. RecordingModes.All]) with { Effect = SettingEffect.Restart },
        Text("quality", s => s.Quality, (s, v) => s with { Quality = v }) with { Effect = SettingEffect.Restart },
        Flag("exact", s => s.Exact, (s, v) => s with { Exact = v }),
        Flag("vertical", s => s.Vertical, (s, v) => s with { Vertical = v }),
        Text("file_name", s => s.FileName, (s, v) => s with { FileName = v }),
        Number("keep_clips_days", s => s.KeepClipsDays, (s, v) => s with { KeepClipsDays = v }) with { Effect = SettingEffect.None },
        Number("keep_clips_count", s => s.KeepClipsCount, (s, v) => s with { KeepClipsCount = v }) with { Effect = SettingEffect.None },
        Number("keep_clips_gib", s => s.KeepClipsGib, (s, v) => s with { KeepClipsGib = v }) with { Effect = SettingEffect.None },
    ];

    /// <summary>The setting of this name; null where there is none.</summary>
    public static SettingDefinition? Find(string name) => All.FirstOrDefault(d => d.Name == name);

    /// <summary>Some settings with this one read from a text.</summary>
    /// <returns>The new settings, or the fault: the text is of another kind. Which values are sensible is said by <see cref="ClipSettings.Validate"/>.</returns>
    public (ClipSettings Settings, SettingFault? Fault) Read(ClipSettings settings, string text)
    {
        IConvertible? value = Kind switch
        {
            SettingKind.Number => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null,
            SettingKind.Flag => bool.TryParse(text, out var flag) ? flag : null,
            _ => text,
        };
        return value is not null ? (_set(settings, value), null) : (settings, new(Name, $"{Name} is '{text}': give {(Kind == SettingKind.Number ? "a number, as 2.5" : "true or false")}"));
    }

    private static SettingDefinition Number(string name, Func<ClipSettings, double> get, Func<ClipSettings, double, ClipSettings> set) =>
        new(name, SettingKind.Number, s => get(s), (s, v) => set(s, v.ToDouble(CultureInfo.InvariantCulture)));

    private static SettingDefinition Flag(string name, Func<ClipSettings, bool> get, Func<ClipSettings, bool, ClipSettings> set) =>
        new(name, SettingKind.Flag, s => get(s), (s, v) => set(s, v.ToBoolean(CultureInfo.InvariantCulture)));

    private static SettingDefinition Text(string name, Func<ClipSettings, string> get, Func<ClipSettings, string, ClipSettings> set, params string[] choices) =>
        new(name, SettingKind.Text, get, (s, v) => set(s, v.ToString(CultureInfo.InvariantCulture))) { Choices = choices };
}
