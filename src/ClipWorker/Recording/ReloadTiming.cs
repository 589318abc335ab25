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

    /// <summary>
    /// Whether the load after this one may be left out, where nobody needs what it would bring: the next one brings it too. Not
    /// where segments are dated by their arrival.
    /// </summary>
    /// <param name="playlist">The playlist as it was loaded.</param>
    /// <param name="added">What it brought.</param>
    public static bool MayRest(MediaPlaylist playlist, IReadOnlyList<IndexedSegment> added) =>
        added.Count > 0 && playlist.Length >= RestFrom * playlist.TargetDuration && added.All(a => a.Dated is not null);

    // The half of it is always there when it is looked at again.
    private const int RestFrom = 6;

    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);
}

/// <summary>
/// Moves the loads of a playlist to right after the moments at which its segments appear: a load right before them tells of a
/// segment nearly its whole length late. No load comes sooner than <see cref="ReloadTiming"/> says. It counts, and knows no clock.
/// </summary>
internal sealed class ReloadPhase
{
    // A creep of an eighth of a segment finds the moment within nine loads and then stays that near to it.
    private const int CreepsInSegment = 8;

    // What moved in the meantime is found again: clocks drift, encoders are started anew.
    private const int LoadsUntilDoubt = 100;

    private int _sure;

    /// <summary>The wait from the beginning of a load to that of the next one.</summary>
    /// <param name="target">The target duration.</param>
    /// <param name="added">The lengths of the segments that this load brought.</param>
    /// <param name="sinceLast">The time from the beginning of the load before; null: there was none.</param>
    public TimeSpan Wait(TimeSpan target, IReadOnlyList<TimeSpan> added, TimeSpan? sinceLast)
    {
        var wait = ReloadTiming.Wait(target, added.Count > 0);
        if (added.Count == 0)
        {
            _sure = 0;
            return wait;
        }

        // More came than time went by: the last one has just appeared.
        var sum = added.Aggregate(TimeSpan.Zero, (s, a) => s + a);
        if (sum - sinceLast > added[^1] / 2) _sure = LoadsUntilDoubt;
        if (_sure == 0) return wait + added[^1] / CreepsInSegment;
        _sure--;
        return wait;
    }
}
