namespace StreamClips.ClipWorker.Recording;

/// <summary>
/// How long an origin keeps a segment after it left the playlist. Until that is measured it is what RFC 8216 section 6.2.2
/// promises: the segment's own duration and that of the longest playlist it was in. Safe for several threads.
/// </summary>
internal sealed class LookBack
{
    /// <summary>What is kept back of a measured time: it was true of one segment at one edge of a cache.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(3);

    private long _measured = -1;

    /// <summary>What was measured, without the margin; null: nothing yet.</summary>
    public TimeSpan? Measured => Interlocked.Read(ref _measured) is >= 0 and var ticks ? TimeSpan.FromTicks(ticks) : null;

    /// <summary>How long a segment can be had after it was last seen in the playlist.</summary>
    /// <param name="duration">Its own duration.</param>
    /// <param name="longestPlaylist">The longest playlist that it was in.</param>
    public TimeSpan AfterLeaving(TimeSpan duration, TimeSpan longestPlaylist)
    {
        var promised = duration + longestPlaylist;
        if (Measured is not { } measured) return promised;
        var sure = measured > Margin ? measured - Margin : TimeSpan.Zero;
        // Segments are measured whole: what is a segment short of the promise has kept it.
        return sure < promised && measured + 2 * duration >= promised ? promised : sure;
    }

    /// <summary>It was measured.</summary>
    /// <param name="afterLeaving">The oldest segment that still answered left the playlist so long ago.</param>
    public void Found(TimeSpan afterLeaving) => Interlocked.Exchange(ref _measured, afterLeaving.Ticks);

    /// <summary>Another origin: nothing is known of it.</summary>
    public void Forget() => Interlocked.Exchange(ref _measured, -1);
}

/// <summary>
/// Finds the oldest segment that still answers with few questions: by halves, as what is older than a dead one is dead. Pure.
/// </summary>
/// <param name="left">The segments that left the playlist, the newest first.</param>
internal sealed class LookBackSearch(IReadOnlyList<AgedSegment> left)
{
    private int _alive = -1;
    private int _dead = left.Count;

    /// <summary>The segment to ask for next; null: the answer is found.</summary>
    public AgedSegment? Next => _dead - _alive > 1 ? left[(_alive + _dead) / 2] : null;

    /// <summary>Time since the oldest living segment left; zero where none lives.</summary>
    public TimeSpan Found => _alive < 0 ? TimeSpan.Zero : left[_alive].Age;

    /// <summary>The answer for <see cref="Next"/>.</summary>
    public void Answered(bool alive)
    {
        var asked = (_alive + _dead) / 2;
        if (alive) _alive = asked;
        else _dead = asked;
    }
}
