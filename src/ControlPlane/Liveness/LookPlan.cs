namespace StreamClips.ControlPlane.Liveness;

/// <summary>Decides when a channel is looked at next. Pure: the jitter comes in.</summary>
public static class LookPlan
{
    /// <summary>Between two looks at a channel that is offline, at most; where a platform's rate does not suffice, those wait longest that are due longest.</summary>
    public static readonly TimeSpan Usual = TimeSpan.FromSeconds(30);

    /// <summary>The same where it was live in the last day: it comes back soon, or at the same hour.</summary>
    public static readonly TimeSpan Lately = TimeSpan.FromSeconds(15);

    /// <summary>The same for one that is live: its worker sees the end by itself.</summary>
    public static readonly TimeSpan WhileLive = TimeSpan.FromSeconds(60);

    /// <summary>The same for a channel that its platform does not know.</summary>
    public static readonly TimeSpan Missing = TimeSpan.FromMinutes(5);

    /// <summary>How long ago "lately" is.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromDays(1);

    /// <summary>A platform that does not answer is left alone for so long at first, then twice as long, …</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);

    /// <summary>… and never longer than this, unless it says so itself.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(2);

    /// <summary>What it says itself is believed up to this.</summary>
    public static readonly TimeSpan LongestAskedPause = TimeSpan.FromMinutes(10);

    // A tenth less, never more: the bounds hold, and channels that were added together are not asked together for ever.
    private const double Jitter = 0.1;

    /// <summary>When to look again after an answer.</summary>
    /// <param name="answer">What was said.</param>
    /// <param name="lastLive">When it was last seen live; null: never.</param>
    /// <param name="now">The time.</param>
    /// <param name="random">0 to 1.</param>
    public static DateTimeOffset Next(ChannelAnswer answer, DateTimeOffset? lastLive, DateTimeOffset now, double random)
    {
        var interval = answer switch
        {
            { Live: true } => WhileLive,
            { Note.Length: > 0 } => Missing,
            _ => now - lastLive < Memory ? Lately : Usual,
        };
        return now + interval * (1 - Jitter * random);
    }

    /// <summary>How long a platform is left alone that did not answer.</summary>
    /// <param name="failures">How often in a row, 1 or more.</param>
    /// <param name="asked">How long it asked for itself; null: it did not say.</param>
    /// <param name="random">0 to 1.</param>
    public static TimeSpan Pause(int failures, TimeSpan? asked, double random)
    {
        // Not before the time that was asked for: the jitter comes on top.
        if (asked is { } wait) return (wait < TimeSpan.Zero ? TimeSpan.Zero : wait < LongestAskedPause ? wait : LongestAskedPause) + FirstPause * random;
        var pause = FirstPause * Math.Pow(2, Math.Clamp(failures - 1, 0, 10));
        return (pause < LongestPause ? pause : LongestPause) * (1 - Jitter * random);
    }
}
