namespace StreamClips.ClipWorker.Recording;

/// <summary>
/// The facts about the stream's newest segments: what came in which order, when, and what belongs together. It holds no
/// bytes. Bounded in time and number. Safe for one writer and many readers.
/// </summary>
/// <param name="keep">How far back it reaches.</param>
internal sealed class SegmentIndex(TimeSpan keep)
{
    /// <summary>The most segments that are remembered.</summary>
    public const int MaxSegments = 10_000;

    private readonly Lock _lock = new();
    private readonly List<IndexedSegment> _segments = [];
    private bool _fresh = true;
    private bool _break;
    private MediaPlaylist? _last;
    private SegmentMap? _lastMap;
    private long _number;
    private int _part = 1;

    private enum Relation
    {
        /// <summary>The same numbers go on: what is beyond the last one is new.</summary>
        Follows,

        /// <summary>An older copy: nothing is new.</summary>
        Stale,

        /// <summary>The same stream from another source: the dates tell what is new.</summary>
        SameByDate,

        /// <summary>Nothing is known of it: all is new.</summary>
        Anew,
    }

    /// <summary>Segments seen since the start, without advertisements and gaps.</summary>
    public long Seen => Interlocked.Read(ref _number);

    /// <summary>The newest segment, null before the first.</summary>
    public IndexedSegment? Newest
    {
        get
        {
            lock (_lock) return _segments.Count == 0 ? null : _segments[^1];
        }
    }

    /// <summary>The oldest segment that is remembered, null before the first.</summary>
    public IndexedSegment? Oldest
    {
        get
        {
            lock (_lock) return _segments.Count == 0 ? null : _segments[0];
        }
    }

    /// <summary>All that is remembered, oldest first.</summary>
    public IReadOnlyList<IndexedSegment> Snapshot()
    {
        lock (_lock) return [.. _segments];
    }

    /// <summary>The next playlist comes from a source found anew: it may tell of the same segments by other addresses.</summary>
    public void SourceChanged() => _fresh = true;

    /// <summary>Takes in what a playlist has that is new.</summary>
    /// <param name="playlist">The playlist.</param>
    /// <param name="arrived">When it was read.</param>
    /// <returns>The new segments, oldest first.</returns>
    public IReadOnlyList<IndexedSegment> Merge(MediaPlaylist playlist, DateTimeOffset arrived)
    {
        if (playlist.Segments.Count == 0) return [];
        lock (_lock)
        {
            var relation = Relate(playlist);
            if (relation == Relation.Stale) return [];
            var added = new List<IndexedSegment>();
            var after = TimeSpan.FromTicks(playlist.Segments.Sum(s => s.Duration.Ticks));
            foreach (var segment in playlist.Segments)
            {
                after -= segment.Duration;
                if (IsNew(segment, relation) && Add(playlist, segment, arrived - after) is { } one) added.Add(one);
            }

            Forget();
            _last = playlist;
            _fresh = false;
            return added;
        }
    }

    /// <summary>How a playlist is related to the last one. Says by the way where a break is to be expected.</summary>
    private Relation Relate(MediaPlaylist playlist)
    {
        if (_last is null) return Relation.Anew;
        var (first, last, known) = (playlist.Segments[0].Sequence, playlist.Segments[^1].Sequence, _last.Segments[^1].Sequence);
        var overlaps = first <= known + 1 && last >= known;
        if (_fresh)
        {
            _break |= !overlaps;
            var dated = playlist.Segments.All(s => s.Dated is not null) && _segments is [.., { Dated: not null }];
            return dated ? Relation.SameByDate : overlaps ? Relation.Follows : Relation.Anew;
        }

        if (first > known + 1)
        {
            // Segments went by unseen. A discontinuity may have been among them, unless the playlist counts those.
            _break |= playlist.DiscontinuitySequence is null || playlist.DiscontinuitySequence != _last.DiscontinuitySequence;
            return Relation.Follows;
        }

        // Numbers that went back are those of an older copy from another cache, if it has segments of the last one, or began anew.
        if (last < known && playlist.Segments.Any(s => _last.Segments.Any(l => IsSame(s, l)))) return Relation.Stale;
        if (last >= known) return Relation.Follows;
        _break = true;
        return Relation.Anew;
    }

    private bool IsNew(MediaSegment segment, Relation relation) => relation switch
    {
        Relation.Follows => segment.Sequence > _last!.Segments[^1].Sequence,
        Relation.SameByDate => segment.Dated > _segments[^1].Dated + _segments[^1].Duration - segment.Duration / 2,
        _ => true,
    };

    // Without the query: caches and new tokens change it.
    private static bool IsSame(MediaSegment one, MediaSegment other) =>
        one.Sequence == other.Sequence && one.Uri.AbsolutePath == other.Uri.AbsolutePath && one.Range == other.Range
        && (one.Dated is not { } a || other.Dated is not { } b || (a - b).Duration() < one.Duration + other.Duration);

    private IndexedSegment? Add(MediaPlaylist playlist, MediaSegment segment, DateTimeOffset end)
    {
        _break |= segment.Discontinuity || segment.Map != _lastMap;
        _lastMap = segment.Map;
        if (segment.Gap) return null;
        if (AdBreaks.IsAd(playlist, segment))
        {
            _break = true;
            return null;
        }

        if (_break && _number > 0) _part++;
        _break = false;
        var indexed = new IndexedSegment
        {
            Number = Interlocked.Increment(ref _number),
            Part = _part,
            Uri = segment.Uri,
            Duration = segment.Duration,
            Dated = segment.Dated,
            Arrived = Smoothed(end - segment.Duration),
            Range = segment.Range,
            Map = segment.Map,
        };
        _segments.Add(indexed);
        return indexed;
    }

    /// <summary>A playlist is seen up to a reload late: where a segment can follow the last one, it does.</summary>
    private DateTimeOffset Smoothed(DateTimeOffset start)
    {
        if (_segments.Count == 0) return start;
        var follows = _segments[^1].Arrived + _segments[^1].Duration;
        return (start - follows).Duration() <= 2 * _segments[^1].Duration ? follows : start;
    }

    private void Forget()
    {
        var (kept, from) = (TimeSpan.Zero, _segments.Count);
        while (from > 0 && kept < keep && _segments.Count - from < MaxSegments) kept += _segments[--from].Duration;
        _segments.RemoveRange(0, from);
    }
}
