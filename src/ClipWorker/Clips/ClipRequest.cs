using StreamClips.ClipWorker.Recording;
using StreamClips.ClipWorker.Surge;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Settings;
using StreamClips.Shared.Workers;

namespace StreamClips.ClipWorker.Clips;

/// <summary>A clip that shall be made, with what the chat was like when that was decided.</summary>
internal sealed record ClipRequest
{
    /// <summary>The clip.</summary>
    public required Guid ClipId { get; init; }

    /// <summary>Why, and which stretch of the stream.</summary>
    public required DetectedSurge Surge { get; init; }

    /// <summary>The chat's rate before the decision.</summary>
    public required IReadOnlyList<RatePoint> Rates { get; init; }

    /// <summary>What the chat said most.</summary>
    public required IReadOnlyList<WordCount> TopWords { get; init; }

    /// <summary>How far the chat's clock was ahead of this machine's.</summary>
    public required TimeSpan ClockAhead { get; init; }

    /// <summary>The surges that it holds where they are several, in the order in which they were decided.</summary>
    public IReadOnlyList<MergedSurge> Merged { get; init; } = [];

    /// <summary>What its name may be made of.</summary>
    public NamedClip NamedAs(string streamer) => new(streamer, Surge.Start, Surge.Moment, Surge.Score, ClipId);

    /// <summary>Time stamp of this machine's at the decision.</summary>
    public required long DecidedAt { get; init; }
}

/// <summary>The sidecar of a clip, from what was wanted and what was made. Pure.</summary>
internal static class SidecarOf
{
    /// <summary>Makes it.</summary>
    public static ClipSidecar Clip(WorkerSpec spec, ClipRequest request, ClipPlan plan, TimeSource source, CutVideo video, IReadOnlyList<ClipFile> files)
    {
        var surge = request.Surge;
        var (start, duration) = (video.Start, video.Probe.DurationS);
        var end = start + TimeSpan.FromSeconds(duration);
        return new()
        {
            ClipId = request.ClipId,
            ProcessId = spec.ProcessId,
            StreamerId = spec.StreamerId,
            Streamer = spec.Streamer,
            Url = PlaylistText.ForLogs(spec.Url),
            Epoch = spec.Epoch,
            Start = start,
            End = end,
            Moment = Within(surge.Moment),
            Peak = Within(surge.Peak),
            TriggeredAt = surge.TriggeredAt,
            WantedStart = surge.Start,
            WantedEnd = surge.End,
            DurationS = duration,
            LeadS = Math.Round(Math.Max(0, (surge.Start - start).TotalSeconds), 3),
            LostS = Math.Round(plan.LostS + LateBy(plan, start) + video.SkippedS, 3),
            Cut = video.Method,
            Path = FileNameTemplate.Render(spec.Settings.FileName, request.NamedAs(spec.Streamer)),
            Merged = request.Merged,
            TimeSource = source == TimeSource.ProgramDateTime ? "program-date-time" : "arrival",
            UncertaintyS = Uncertainty(plan, source),
            Score = surge.Score,
            Reason = surge.Reason,
            Detector = spec.Settings.Detector,
            Settings = spec.Settings,
            Rates = request.Rates,
            TopWords = request.TopWords,
            Format = video.Probe.Describe(),
            Files = files,
        };

        DateTimeOffset Within(DateTimeOffset at) => at < start ? start : at > end ? end : at;
    }

    /// <summary>Seconds that the plan has, and the video has not, as no keyframe begins them.</summary>
    private static double LateBy(ClipPlan plan, DateTimeOffset start) =>
        Math.Max(0, (start - (plan.Start > plan.WantedStart ? plan.Start : plan.WantedStart)).TotalSeconds);

    // Segments arrive about three segments after they were sent: that is as sure as arrival can be.
    private static double Uncertainty(ClipPlan plan, TimeSource source) =>
        source == TimeSource.ProgramDateTime ? 0 : 3 * plan.Segments.Max(s => s.Segment.Duration.TotalSeconds);
}
