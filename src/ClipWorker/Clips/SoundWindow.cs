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
    public static IReadOnlySet<long> Mute(IReadOnlyList<TimedSegment> pictures, IReadOnlyList<TimedSegment> sound, TimeSource source)
    {
        var mute = new HashSet<long>();
        foreach (var picture in pictures)
        {
            if (!picture.Segment.SoundApart) continue;
            var missing = picture.Segment.Duration;
            foreach (var heard in sound)
            {
                var (from, until) = (heard.Start > picture.Start ? heard.Start : picture.Start, heard.End < picture.End ? heard.End : picture.End);
                if (until > from) missing -= until - from;
            }

            // By arrival what is covered at all is covered.
            var slack = Math.Max(source == TimeSource.Arrival ? 0.75 * picture.Segment.Duration.TotalSeconds : DatedSlackS, 0.1 * picture.Segment.Duration.TotalSeconds);
            if (missing.TotalSeconds > slack) mute.Add(picture.Segment.Number);
        }

        return mute;
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
        var part = within.GroupBy(s => s.Segment.Part).MaxBy(g => g.Sum(s => s.Segment.Duration.Ticks))?.Key;
        return plan with { Sound = within.FindAll(s => s.Segment.Part == part) };
    }
}
