namespace StreamClips.ClipWorker.Clips;

/// <summary>Chooses the segments of sound for a clip whose pictures come without. Pure.</summary>
internal static class SoundWindow
{
    // Segments of sound end with a frame of sound, not with a picture, and playlists round.
    private const double DatedSlackS = 0.25;

    // Arrival tells the time to about a reload of the playlist.
    private const double ArrivalSlackS = 3;

    /// <summary>
    /// The segments of pictures whose sound cannot be had. They count as lost with it: a clip is never silent where the stream
    /// was not.
    /// </summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="sound">The sound that is held.</param>
    /// <param name="source">Where the times come from.</param>
    /// <returns>Those; and which begin a new stretch, for their sound is of another part than that of the pictures before: it has a clock of its own.</returns>
    public static (IReadOnlySet<long> Mute, IReadOnlySet<long> Breaks) Mute(IReadOnlyList<TimedSegment> pictures, IReadOnlyList<TimedSegment> sound, TimeSource source)
    {
        var (mute, breaks, last) = (new HashSet<long>(), new HashSet<long>(), (int?)null);
        foreach (var picture in pictures)
        {
            if (!picture.Segment.SoundApart) continue;
            var part = PartWithMost(sound, picture.Start, picture.End);
            var missing = picture.Segment.Duration - part.Heard;
            // By arrival what is covered at all is covered.
            var slack = Math.Max(source == TimeSource.Arrival ? 0.75 * picture.Segment.Duration.TotalSeconds : DatedSlackS, 0.1 * picture.Segment.Duration.TotalSeconds);
            if (missing.TotalSeconds > slack)
            {
                mute.Add(picture.Segment.Number);
                continue;
            }

            if (part.Part is { } now && last is { } before && now != before) breaks.Add(picture.Segment.Number);
            last = part.Part ?? last;
        }

        return (mute, breaks);
    }

    /// <summary>The sound of a plan: what is sent with it, and a little more; their own time stamps tell what of it is heard.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="sound">The sound that is held, oldest first.</param>
    /// <param name="source">Where the times come from.</param>
    public static ClipPlan With(ClipPlan plan, IReadOnlyList<TimedSegment> sound, TimeSource source)
    {
        if (!plan.SoundApart) return plan;
        var slack = TimeSpan.FromSeconds(source == TimeSource.Arrival ? ArrivalSlackS : DatedSlackS);
        var (from, until) = ((plan.Lead.Count > 0 ? plan.Lead[^1].Start : plan.Start) - slack, plan.End + slack);
        var within = sound.Where(s => s.End > from && s.Start < until).ToList();
        // Those of one part have one clock: of the others, before and after a discontinuity, the pictures are not in the plan.
        var part = PartWithMost(within, plan.Start, plan.End).Part;
        return plan with { Sound = within.FindAll(s => s.Segment.Part == part) };
    }

    /// <summary>The part of the sound that covers most of a time, and how much of it; none where there is no sound.</summary>
    private static (int? Part, TimeSpan Heard) PartWithMost(IReadOnlyList<TimedSegment> sound, DateTimeOffset start, DateTimeOffset end)
    {
        (int? Part, TimeSpan Heard) best = (null, TimeSpan.Zero), now = best;
        foreach (var segment in sound)
        {
            var (from, until) = (segment.Start > start ? segment.Start : start, segment.End < end ? segment.End : end);
            if (until <= from) continue;
            // Parts come one after the other.
            now = (segment.Segment.Part, (segment.Segment.Part == now.Part ? now.Heard : TimeSpan.Zero) + (until - from));
            if (now.Heard > best.Heard) best = now;
        }

        return best;
    }
}
