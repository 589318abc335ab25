using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Clips;

/// <summary>Where the times of segments come from.</summary>
internal enum TimeSource
{
    /// <summary>The playlist's own dates (EXT-X-PROGRAM-DATE-TIME).</summary>
    ProgramDateTime,

    /// <summary>When the segments came: late by the stream's delay.</summary>
    Arrival,
}

/// <summary>A segment, and when its first frame was sent by the clock of the chat.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="Start">Its start.</param>
internal readonly record struct TimedSegment(IndexedSegment Segment, DateTimeOffset Start)
{
    /// <summary>Its end.</summary>
    public DateTimeOffset End => Start + Segment.Duration;
}

/// <summary>Which segments make a clip.</summary>
internal sealed record ClipPlan
{
    /// <summary>The segments, oldest first, all of one part; at least one.</summary>
    public required IReadOnlyList<TimedSegment> Segments { get; init; }

    /// <summary>The first frame: the keyframe that begins the first segment, at or before the wanted start.</summary>
    public DateTimeOffset Start => Segments[0].Start;

    /// <summary>The last frame: the wanted end, or where the segments end.</summary>
    public required DateTimeOffset End { get; init; }

    /// <summary>Seconds of the wanted time that no segment of the plan covers.</summary>
    public required double LostS { get; init; }
}

/// <summary>Chooses the segments of a clip. Pure.</summary>
internal static class ClipWindow
{
    /// <summary>A hole of at most so long is kept as a still picture; at a longer one the clip is cut.</summary>
    public static readonly TimeSpan MaxHole = TimeSpan.FromSeconds(5);

    /// <summary>Dates that are further from the present than this are no dates of a live stream.</summary>
    public static readonly TimeSpan MaxDateError = TimeSpan.FromMinutes(2);

    /// <summary>Whether the stream's dates can be used: the newest segment's is there, and near the present.</summary>
    /// <param name="newest">The newest segment.</param>
    /// <param name="now">The time, by the clock of the chat.</param>
    public static TimeSource SourceOf(IndexedSegment newest, DateTimeOffset now) =>
        newest.Dated is { } dated && (now - dated).Duration() <= MaxDateError ? TimeSource.ProgramDateTime : TimeSource.Arrival;

    /// <summary>The segments with their times; those without one are left out.</summary>
    /// <param name="segments">The segments.</param>
    /// <param name="source">Where the times come from.</param>
    /// <param name="clockAhead">How far the clock of the chat is ahead of this machine's.</param>
    public static IReadOnlyList<TimedSegment> Timed(IEnumerable<IndexedSegment> segments, TimeSource source, TimeSpan clockAhead) => source == TimeSource.Arrival
        ? [.. segments.Select(s => new TimedSegment(s, s.Arrived + clockAhead))]
        : [.. segments.Where(s => s.Dated is not null).Select(s => new TimedSegment(s, s.Dated!.Value))];

    /// <summary>
    /// The plan for a window: of each stretch of held segments whose timestamps continue each other the one that covers
    /// most of the window; of equals the later one.
    /// </summary>
    /// <param name="segments">Segments with times, oldest first.</param>
    /// <param name="held">Whether a segment's bytes are there.</param>
    /// <param name="start">The wanted start.</param>
    /// <param name="end">The wanted end.</param>
    /// <returns>The plan, or null where nothing of the window is held.</returns>
    public static ClipPlan? Choose(IEnumerable<TimedSegment> segments, Predicate<long> held, DateTimeOffset start, DateTimeOffset end)
    {
        List<TimedSegment> best = [], current = [];
        foreach (var segment in segments)
        {
            if (segment.Start >= end || segment.End <= start || !held(segment.Segment.Number)) continue;
            if (current.Count > 0 && !Continues(current[^1], segment)) current = [];
            current.Add(segment);
            if (Covered(current, start, end) >= Covered(best, start, end)) best = current;
        }

        if (best.Count == 0) return null;
        return new()
        {
            Segments = best,
            End = best[^1].End < end ? best[^1].End : end,
            LostS = Math.Max(0, ((end - start) - Covered(best, start, end)).TotalSeconds),
        };
    }

    private static bool Continues(TimedSegment last, TimedSegment next) =>
        next.Segment.Part == last.Segment.Part && next.Start - last.End <= MaxHole && next.Start > last.Start;

    private static TimeSpan Covered(List<TimedSegment> segments, DateTimeOffset start, DateTimeOffset end)
    {
        var covered = TimeSpan.Zero;
        foreach (var segment in segments)
            covered += (segment.End < end ? segment.End : end) - (segment.Start > start ? segment.Start : start);
        return covered;
    }
}
