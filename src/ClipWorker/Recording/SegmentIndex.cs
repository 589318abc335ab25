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
    private readonly AdBreaks _ads = new();
    private bool _fresh = true;
    private bool _break;
    private string? _format;
    private bool _soundApart;
    private MediaPlaylist? _last;
    private SegmentMap? _lastMap;
    private DateTimeOffset? _follows;
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
    /// <param name="format">What its pictures are like, as size and codecs: where that changes, a new part begins.</param>
    /// <param name="soundApart">Whether its sound is in a playlist of its own: likewise.</param>
    public void SourceChanged(string format = "", bool soundApart = false)
    {
        lock (_lock)
        {
            _fresh = true;
            _break |= _format is not null && (_format, _soundApart) != (format, soundApart);
            (_format, _soundApart) = (format, soundApart);
        }
    }

    /// <summary>Goes on where an earlier run ended. Before the first playlist.</summary>
    /// <param name="segments">What it remembered, oldest first.</param>
    /// <param name="format">What its pictures were like.</param>
    public void Restore(IReadOnlyList<IndexedSegment> segments, string format)
    {
        if (segments.Count == 0) return;
        lock (_lock)
        {
            _segments.AddRange(segments);
            var newest = segments[^1];
            // A playlist's numbers grow by one: what is behind a hole would not be in one with the newest.
            var tail = segments.Count - 1;
            while (tail > 0 && segments[tail - 1].Sequence == segments[tail].Sequence - 1) tail--;
            (_number, _part, _format, _lastMap, _soundApart) = (newest.Number, newest.Part, format, newest.Map, newest.SoundApart);
            _last = new()
            {
                TargetDuration = newest.Duration,
                Segments = [.. segments.Skip(tail).Select(s => new MediaSegment { Sequence = s.Sequence, Uri = s.Uri, Duration = s.Duration, Dated = s.Dated, Range = s.Range, Map = s.Map, Key = s.Key })],
            };
        }
    }

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
            var isNew = Newness(playlist, relation);
            _ads.Read(playlist);
            var added = new List<IndexedSegment>();
            var after = TimeSpan.FromTicks(playlist.Segments.Sum(s => s.Duration.Ticks));
            foreach (var segment in playlist.Segments)
            {
                after -= segment.Duration;
                if (isNew(segment) && Add(segment, arrived - after) is { } one) added.Add(one);
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
            if (!overlaps) Break();
            var dated = playlist.Segments.All(s => s.Dated is not null) && _segments is [.., { Dated: not null }];
            return dated ? Relation.SameByDate : overlaps ? Relation.Follows : Relation.Anew;
        }

        if (first > known + 1)
        {
            // Segments went by unseen. A discontinuity may have been among them, unless the playlist counts those.
            if (playlist.DiscontinuitySequence is null || playlist.DiscontinuitySequence != _last.DiscontinuitySequence) _break = true;
            _follows = null;
            return Relation.Follows;
        }

        // Numbers that went back are those of an older copy from another cache, if it has segments of the last one, or began
        // anew: in that case they may already have caught up with the old ones again.
        var shared = Shared(playlist, _last);
        if (last < known && shared == true) return Relation.Stale;
        if (last >= known && shared != false) return Relation.Follows;
        Break();
        return Relation.Anew;
    }

    private void Break() => (_break, _follows) = (true, null);

    /// <summary>Whether segments of the same number are the same in two playlists; null: no number is in both.</summary>
    private static bool? Shared(MediaPlaylist one, MediaPlaylist other)
    {
        bool? shared = null;
        foreach (var segment in one.Segments)
        {
            // Numbers of a playlist grow by one.
            var at = segment.Sequence - other.Segments[0].Sequence;
            if (at < 0 || at >= other.Segments.Count) continue;
            if (IsSame(segment, other.Segments[(int)at])) return true;
            shared = false;
        }

        return shared;
    }

    private Predicate<MediaSegment> Newness(MediaPlaylist playlist, Relation relation)
    {
        switch (relation)
        {
            case Relation.Follows:
                var known = _last!.Segments[^1].Sequence;
                return segment => segment.Sequence > known;
            case Relation.SameByDate:
                var (newest, length) = (_segments[^1].Dated, _segments[^1].Duration);
                return segment => segment.Dated > newest + length - segment.Duration / 2;
            default:
                // New numbers for segments that were seen already are no new segments.
                var seen = _last?.Segments.Where(s => s.Dated is not null).Select(Place).ToHashSet() ?? [];
                return segment => segment.Dated is null || !seen.Contains(Place(segment));
        }
    }

    private static (string Path, ByteRange? Range, DateTimeOffset? Dated) Place(MediaSegment segment) => (segment.Uri.AbsolutePath, segment.Range, segment.Dated);

    // By dates where both have them, else by the file's name: caches and new tokens change the rest of an address.
    private static bool IsSame(MediaSegment one, MediaSegment other) => one is { Dated: { } a } && other is { Dated: { } b }
        ? (a - b).Duration() < (one.Duration + other.Duration) / 2
        : one.Range == other.Range && Path.GetFileName(one.Uri.AbsolutePath) == Path.GetFileName(other.Uri.AbsolutePath);

    private IndexedSegment? Add(MediaSegment segment, DateTimeOffset end)
    {
        if (segment.Discontinuity) Break();
        if (!SegmentMap.AreSame(segment.Map, _lastMap)) _break = true;
        _lastMap = segment.Map;
        var dated = segment.Dated ?? _follows;
        _follows = dated + segment.Duration;
        if (segment.Gap) return null;
        if (_ads.Hold(segment, dated))
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
            Sequence = segment.Sequence,
            Uri = segment.Uri,
            Duration = segment.Duration,
            Dated = dated,
            Arrived = Smoothed(end - segment.Duration),
            Range = segment.Range,
            Map = segment.Map,
            Key = segment.Key,
            SoundApart = _soundApart,
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
