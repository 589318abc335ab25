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

    /// <summary>Held segments right before the first one, nearest first: for where that one has no keyframe before the wanted start.</summary>
    public IReadOnlyList<TimedSegment> Lead { get; init; } = [];

    /// <summary>Segments of sound for it, where that is in a playlist of its own, oldest first.</summary>
    public IReadOnlyList<TimedSegment> Sound { get; init; } = [];

    /// <summary>Whether the sound is in a playlist of its own.</summary>
    public bool SoundApart => Segments[0].Segment.SoundApart;

    /// <summary>The start that was wanted.</summary>
    public required DateTimeOffset WantedStart { get; init; }

    /// <summary>The first frame of the first segment, mostly the keyframe at or before the wanted start.</summary>
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

    /// <summary>So many segments before the first one may be searched for a keyframe.</summary>
    public const int MaxLead = 3;

    /// <summary>Dates that are further from a segment's arrival than this are no dates of a live stream.</summary>
    public static readonly TimeSpan MaxDateError = TimeSpan.FromMinutes(2);

    /// <summary>Whether the stream's dates can be used: the newest segment's is there, and near its arrival, however long ago that was.</summary>
    /// <param name="newest">The newest segment.</param>
    /// <param name="clockAhead">How far the clock of the chat is ahead of this machine's.</param>
    public static TimeSource SourceOf(IndexedSegment newest, TimeSpan clockAhead) =>
        newest.Dated is { } dated && (newest.Arrived + clockAhead - dated).Duration() <= MaxDateError ? TimeSource.ProgramDateTime : TimeSource.Arrival;

    /// <summary>The segments with their times; those without one are left out.</summary>
    /// <param name="segments">The segments.</param>
    /// <param name="source">Where the times come from.</param>
    /// <param name="clockAhead">How far the clock of the chat is ahead of this machine's.</param>
    public static IReadOnlyList<TimedSegment> Timed(IEnumerable<IndexedSegment> segments, TimeSource source, TimeSpan clockAhead) => source == TimeSource.Arrival
        ? [.. segments.Select(s => new TimedSegment(s, s.Arrived + clockAhead))]
        : [.. segments.Where(s => s.Dated is not null).Select(s => new TimedSegment(s, s.Dated!.Value))];

    /// <summary>
    /// The plan for a window: of the stretches of held segments whose timestamps continue each other the one that holds the
    /// peak; where none does the one that covers most of the window, of equals the later one.
    /// </summary>
    /// <param name="segments">Segments with times, oldest first.</param>
    /// <param name="held">Whether a segment's bytes are there.</param>
    /// <param name="start">The wanted start.</param>
    /// <param name="end">The wanted end.</param>
    /// <param name="peak">What the clip is about.</param>
    /// <param name="leaps">Segments whose time stamps do not go on from those before; null: none is known.</param>
    /// <returns>The plan, or null where nothing of the window is held.</returns>
    public static ClipPlan? Choose(
        IReadOnlyList<TimedSegment> segments, Predicate<long> held, DateTimeOffset start, DateTimeOffset end, DateTimeOffset? peak = null, IReadOnlySet<long>? leaps = null)
    {
        var stretches = new List<List<TimedSegment>>();
        foreach (var segment in segments)
        {
            if (segment.Start >= end || segment.End <= start || !held(segment.Segment.Number)) continue;
            if (stretches.Count == 0 || !Continues(stretches[^1][^1], segment, leaps)) stretches.Add([]);
            stretches[^1].Add(segment);
        }

        var best = stretches.FindLast(s => s.Exists(t => t.Start <= peak && t.End > peak))
            ?? stretches.OrderBy(s => Covered(s, start, end)).LastOrDefault();
        if (best is null) return null;
        return new()
        {
            Segments = best,
            Lead = [.. Before(best[0], segments, held, leaps)],
            WantedStart = start,
            End = best[^1].End < end ? best[^1].End : end,
            LostS = Math.Max(0, ((end - start) - Covered(best, start, end)).TotalSeconds),
        };
    }

    private static IEnumerable<TimedSegment> Before(TimedSegment first, IReadOnlyList<TimedSegment> segments, Predicate<long> held, IReadOnlySet<long>? leaps)
    {
        var next = first;
        foreach (var segment in segments.Where(s => s.Segment.Number < first.Segment.Number).Reverse().Take(MaxLead))
        {
            if (segment.Segment.Number + 1 != next.Segment.Number || !held(segment.Segment.Number) || !Continues(segment, next, leaps)) yield break;
            yield return next = segment;
        }
    }

    private static bool Continues(TimedSegment last, TimedSegment next, IReadOnlySet<long>? leaps) =>
        leaps?.Contains(next.Segment.Number) != true && next.Segment.Part == last.Segment.Part && next.Start - last.End <= MaxHole && next.Start > last.Start;

    private static TimeSpan Covered(List<TimedSegment> segments, DateTimeOffset start, DateTimeOffset end)
    {
        var covered = TimeSpan.Zero;
        foreach (var segment in segments)
            covered += (segment.End < end ? segment.End : end) - (segment.Start > start ? segment.Start : start);
        return covered;
    }
}
