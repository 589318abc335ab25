namespace StreamClips.ClipWorker.Recording;

/// <summary>When a playlist is read again, and when it has stalled (RFC 8216 6.3.4).</summary>
internal static class ReloadTiming
{
    /// <summary>
    /// The wait from the beginning of the last load to the next one: the target duration; half of it where the playlist
    /// had not changed, but no less than a second.
    /// </summary>
    public static TimeSpan Wait(TimeSpan target, bool changed)
    {
        var wait = changed ? target : target / 2;
        return wait < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : wait > MaxWait ? MaxWait : wait;
    }

    /// <summary>Without a new segment for so long, the stream has stalled: three target durations.</summary>
    public static TimeSpan StalledAfter(TimeSpan target) => 3 * target;

    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);
}
