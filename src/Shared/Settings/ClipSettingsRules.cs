using System.Text.RegularExpressions;
using StreamClips.Shared.Clips;

namespace StreamClips.Shared.Settings;

/// <summary>Which settings make sense, each by itself and all together. Pure.</summary>
internal static partial class ClipSettingsRules
{
    private const int LongestFileName = 200;

    /// <summary>Every fault, each naming the field, the value and the remedy.</summary>
    public static IReadOnlyList<SettingFault> Faults(ClipSettings s)
    {
        var faults = new List<SettingFault>();
        Seconds("clip_duration", s.ClipDuration, 5, 600);
        Seconds("window_timespan", s.WindowTimespan, 1, 600);
        Seconds("sample_interval", s.SampleInterval, 0.1, 60);
        Seconds("baseline_duration", s.BaselineDuration, 5, 7200);
        Seconds("max_clip_duration", s.MaxClipDuration, 5, 600);
        if (!(s.SurgeThreshold > 1 && s.SurgeThreshold <= 100)) Add("surge_threshold", $"{s.SurgeThreshold}: give a number above 1 and at most 100");
        if (!(s.ClipsPerHour >= 0.1 && s.ClipsPerHour <= 60)) Add("clips_per_hour", $"{s.ClipsPerHour}: give 0.1 to 60 clips an hour");
        Kept("keep_clips_days", s.KeepClipsDays, 36_500, whole: false, "days");
        Kept("keep_clips_count", s.KeepClipsCount, 1_000_000, whole: true, "clips, a whole number");
        Kept("keep_clips_gib", s.KeepClipsGib, 1_000_000, whole: false, "GiB");
        if (!Quality().IsMatch(s.Quality ?? "")) Add("quality", $"'{s.Quality}': give best, worst, or a height as 720p or 720p60");
        if (string.IsNullOrWhiteSpace(s.FileName) || s.FileName.Length > LongestFileName) Add("file_name", $"'{s.FileName}': give 1 to {LongestFileName} characters");
        else if (FileNameTemplate.Fault(s.FileName) is { } fault) Add("file_name", $"'{s.FileName}': {fault}");
        foreach (var choice in SettingDefinition.All.Where(d => d.Choices.Count > 0))
        {
            var value = (string?)choice.Get(s);
            if (value is null || !choice.Choices.Contains(value)) Add(choice.Name, $"'{value}': give {OneOf(choice.Choices)}");
        }

        if (s.WindowTimespan >= s.BaselineDuration)
            Add("window_timespan", $"{s.WindowTimespan} s, not shorter than baseline_duration ({s.BaselineDuration} s): shorten the window or lengthen the baseline");
        if (s.SampleInterval > s.WindowTimespan)
            Add("sample_interval", $"{s.SampleInterval} s, longer than window_timespan ({s.WindowTimespan} s): sample at least once a window");
        return faults;

        void Add(string name, string rest) => faults.Add(new(name, $"{name} is {rest}"));

        void Kept(string name, double value, double most, bool whole, string unit)
        {
            if (!(value >= 0 && value <= most) || (whole && value != Math.Floor(value))) Add(name, $"{value}: give 0 (without end) to {most} {unit}");
        }

        void Seconds(string name, double value, double least, double most)
        {
            if (!(value >= least && value <= most)) Add(name, $"{value} s: give {least} to {most} seconds");
        }
    }

    private static string OneOf(IReadOnlyList<string> choices) => $"{string.Join(", ", choices.SkipLast(1))} or {choices[^1]}";

    [GeneratedRegex(@"\A(best|worst|[1-9][0-9]{2,3}p([1-9][0-9]{1,2})?)\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Quality();
}
