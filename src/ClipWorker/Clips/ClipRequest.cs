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

    /// <summary>Time stamp of this machine's at the decision.</summary>
    public required long DecidedAt { get; init; }
}

/// <summary>The sidecar of a clip, from what was wanted and what was made. Pure.</summary>
internal static class SidecarOf
{
    /// <summary>Makes it.</summary>
    public static ClipSidecar Clip(WorkerSpec spec, ClipRequest request, ClipPlan plan, TimeSource source, MediaProbe probe, IReadOnlyList<ClipFile> files)
    {
        var surge = request.Surge;
        var end = plan.Start + TimeSpan.FromSeconds(probe.DurationS);
        return new()
        {
            ClipId = request.ClipId,
            ProcessId = spec.ProcessId,
            StreamerId = spec.StreamerId,
            Streamer = spec.Streamer,
            Url = PlaylistText.ForLogs(spec.Url),
            Epoch = spec.Epoch,
            Start = plan.Start,
            End = end,
            Moment = Within(surge.Moment),
            Peak = Within(surge.Peak),
            TriggeredAt = surge.TriggeredAt,
            WantedStart = surge.Start,
            WantedEnd = surge.End,
            DurationS = probe.DurationS,
            LostS = Math.Round(plan.LostS, 3),
            TimeSource = source == TimeSource.ProgramDateTime ? "program-date-time" : "arrival",
            UncertaintyS = Uncertainty(plan, source),
            Score = surge.Score,
            Reason = surge.Reason,
            Detector = spec.Settings.Detector,
            Settings = spec.Settings,
            Rates = request.Rates,
            TopWords = request.TopWords,
            Format = probe.Describe(),
            Files = files,
        };

        DateTimeOffset Within(DateTimeOffset at) => at < plan.Start ? plan.Start : at > end ? end : at;
    }

    // Segments arrive about three segments after they were sent: that is as sure as arrival can be.
    private static double Uncertainty(ClipPlan plan, TimeSource source) =>
        source == TimeSource.ProgramDateTime ? 0 : 3 * plan.Segments.Max(s => s.Segment.Duration.TotalSeconds);
}
