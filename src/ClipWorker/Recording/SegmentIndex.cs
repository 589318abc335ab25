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
    private readonly HashSet<string> _known = [];
    private readonly Queue<string> _knownOrder = new();
    private bool _fresh = true;
    private bool _break;
    private long _lastSequence;
    private long? _lastDiscontinuity;
    private SegmentMap? _lastMap;
    private long _number;
    private int _part = 1;

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
            var turned = Turn(playlist);
            var added = new List<IndexedSegment>();
            var after = TimeSpan.FromTicks(playlist.Segments.Sum(s => s.Duration.Ticks));
            foreach (var segment in playlist.Segments)
            {
                after -= segment.Duration;
                if (turned ? !IsNewByDate(segment) : segment.Sequence <= _lastSequence && _number > 0) continue;
                if (!_known.Add(Key(segment))) continue;
                _knownOrder.Enqueue(Key(segment));
                if (Add(playlist, segment, arrived - after) is { } one) added.Add(one);
            }

            Forget();
            (_lastSequence, _lastDiscontinuity, _fresh) = (playlist.Segments[^1].Sequence, playlist.DiscontinuitySequence, false);
            return added;
        }
    }

    /// <summary>Whether the playlist's numbers say nothing about what is known: it is from another source, or its numbers began anew.</summary>
    private bool Turn(MediaPlaylist playlist)
    {
        if (_number == 0) return false;
        var (first, last) = (playlist.Segments[0].Sequence, playlist.Segments[^1].Sequence);
        if (_fresh)
        {
            var continues = first <= _lastSequence + 1 && last >= _lastSequence && !playlist.Segments.Any(s => s.Dated is null);
            _break |= !continues;
            return true;
        }

        if (first > _lastSequence + 1)
        {
            // Segments went by unseen. A discontinuity may have been among them, unless the playlist counts those.
            _break |= playlist.DiscontinuitySequence is null || playlist.DiscontinuitySequence != _lastDiscontinuity;
            return false;
        }

        // An older playlist from another cache knows nothing new; one that began anew has addresses that are not known.
        if (last >= _lastSequence || playlist.Segments.All(s => _known.Contains(Key(s)))) return false;
        _break = true;
        return true;
    }

    private bool IsNewByDate(MediaSegment segment) =>
        _segments.Count == 0 || segment.Dated is not { } dated || _segments[^1].Dated is not { } last
        || dated > last + _segments[^1].Duration - segment.Duration / 2;

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
        while (_knownOrder.Count > 2 * MaxSegments) _known.Remove(_knownOrder.Dequeue());
    }

    // Without the query: caches and new tokens change it.
    private static string Key(MediaSegment segment) => $"{segment.Sequence} {segment.Uri.AbsolutePath} {segment.Range?.Offset}";
}
