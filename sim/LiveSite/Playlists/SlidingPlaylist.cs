namespace StreamClips.LiveSite.Playlists;

/// <summary>A few seconds of a broadcast in every quality.</summary>
/// <param name="Start">Wall-clock time of its first frame (PROGRAM-DATE-TIME, before any simulated skew).</param>
/// <param name="Duration">Its length.</param>
/// <param name="Discontinuity">Whether time stamps or pictures break off before it (RFC 8216 section 4.3.2.3).</param>
/// <param name="AdBreak">The advertisement that it belongs to, or null.</param>
/// <param name="Files">The file of every quality, by the quality's id.</param>
public sealed record Segment(
    DateTimeOffset Start, TimeSpan Duration, bool Discontinuity, AdBreak? AdBreak, IReadOnlyDictionary<string, string> Files)
{
    /// <summary>The number of the encoder's run that made it.</summary>
    public int Run { get; init; }

    /// <summary>Where it lies in the file of its run, by the quality's id; empty: it is a file of its own.</summary>
    public IReadOnlyDictionary<string, (long Offset, long Length)> Ranges { get; init; } = new Dictionary<string, (long, long)>();

    /// <summary>Its number in the broadcast, from 0; given by the playlist.</summary>
    public long Id { get; init; }

    /// <summary>Its media sequence number: as <see cref="Id"/>, unless the numbers began anew; given by the playlist.</summary>
    public long Sequence { get; init; }
}

/// <summary>A stretch of the broadcast that the platform fills with advertisements.</summary>
/// <param name="Start">First instant of the advertisement.</param>
/// <param name="Duration">Its length.</param>
public sealed record AdBreak(DateTimeOffset Start, TimeSpan Duration)
{
    /// <summary>Whether an instant lies inside.</summary>
    /// <param name="at">The instant.</param>
    public bool Holds(DateTimeOffset at) => at >= Start && at < Start + Duration;
}

/// <summary>A playlist as it is at one time.</summary>
/// <param name="MediaSequence">The number of the first segment.</param>
/// <param name="DiscontinuitySequence">How many discontinuities left the playlist with their segments (RFC 8216 section 6.2.2).</param>
/// <param name="Segments">The segments, oldest first.</param>
/// <param name="Ended">Whether nothing will follow (EXT-X-ENDLIST).</param>
public sealed record PlaylistState(long MediaSequence, long DiscontinuitySequence, IReadOnlyList<Segment> Segments, bool Ended)
{
    /// <summary>The number in the broadcast of the segment whose media sequence number is 0.</summary>
    public long NumberedFrom { get; init; }
}

/// <summary>The window of a live playlist, and the segments that left it but must still be had. By RFC 8216 section 6.2.2 a segment stays
/// available, after it left, for its own duration plus the duration of the longest playlist that held it. Pure but for its lock:
/// the caller says what time it is.</summary>
/// <param name="window">How many segments the playlist holds, 1 or more.</param>
/// <param name="retention">How long a segment stays available after it left; null: as the RFC says.</param>
public sealed class SlidingPlaylist(int window, TimeSpan? retention)
{
    private readonly Lock _gate = new();
    private readonly List<Entry> _listed = [];
    private readonly Queue<Entry> _left = new();
    private long _nextSequence;
    private long _numberedFrom;
    private long _discontinuitySequence;
    private bool _ended;

    /// <summary>Appends a segment; the oldest leaves when the window is full.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="now">The time at which the playlist changes.</param>
    /// <returns>False: the playlist has ended and takes no more.</returns>
    public bool Add(Segment segment, DateTimeOffset now)
    {
        lock (_gate)
        {
            if (_ended) return false;
            _listed.Add(new Entry(_nextSequence, segment with { Id = _nextSequence, Sequence = _nextSequence - _numberedFrom }));
            _nextSequence++;
            if (_listed.Count > window) LeaveOldest(now);
            var total = TimeSpan.FromTicks(_listed.Sum(e => e.Segment.Duration.Ticks));
            foreach (var entry in _listed.Where(e => e.LongestPlaylist < total)) entry.LongestPlaylist = total;
            return true;
        }
    }

    /// <summary>Ends the playlist: it keeps its segments and gets EXT-X-ENDLIST. From now on they count as having left.</summary>
    /// <param name="now">The time.</param>
    public void End(DateTimeOffset now)
    {
        lock (_gate)
        {
            if (_ended) return;
            _ended = true;
            foreach (var entry in _listed) entry.AvailableUntil = now + Lifetime(entry);
        }
    }

    /// <summary>Begins the media sequence numbers anew from 0, as a restarted origin does: what is listed leaves.</summary>
    /// <param name="now">The time.</param>
    public void Renumber(DateTimeOffset now)
    {
        lock (_gate)
        {
            while (_listed.Count > 0) LeaveOldest(now);
            (_numberedFrom, _discontinuitySequence) = (_nextSequence, 0);
        }
    }

    /// <summary>The segments of a run of the encoder that can still be had.</summary>
    /// <param name="run">The run.</param>
    /// <param name="now">The time.</param>
    public IReadOnlyList<Segment> OfRun(int run, DateTimeOffset now)
    {
        lock (_gate) return [.. _left.Concat(_listed).Where(e => e.Segment.Run == run && e.AvailableUntil > now).Select(e => e.Segment)];
    }

    /// <summary>The playlist as it is.</summary>
    public PlaylistState State()
    {
        lock (_gate)
        {
            return new PlaylistState((_listed.Count == 0 ? _nextSequence : _listed[0].Sequence) - _numberedFrom, _discontinuitySequence,
                [.. _listed.Select(e => e.Segment)], _ended) { NumberedFrom = _numberedFrom };
        }
    }

    /// <summary>The segment of a number, if it can still be had.</summary>
    /// <param name="sequence">The segment's number in the broadcast.</param>
    /// <param name="now">The time.</param>
    public Segment? Find(long sequence, DateTimeOffset now)
    {
        lock (_gate)
        {
            var entry = _listed.Find(e => e.Sequence == sequence) ?? _left.FirstOrDefault(e => e.Sequence == sequence);
            return entry is null || entry.AvailableUntil <= now ? null : entry.Segment;
        }
    }

    /// <summary>The number that the next segment will get.</summary>
    public long NextSequence
    {
        get { lock (_gate) return _nextSequence; }
    }

    /// <summary>Forgets the segments whose time is over and names them, so that their files can be deleted.</summary>
    /// <param name="now">The time.</param>
    public IReadOnlyList<Segment> RemoveExpired(DateTimeOffset now)
    {
        lock (_gate)
        {
            var expired = new List<Segment>();
            while (_left.TryPeek(out var entry) && entry.AvailableUntil <= now) expired.Add(_left.Dequeue().Segment);
            return expired;
        }
    }

    /// <summary>Whether the playlist has ended and nothing of it can be had any more.</summary>
    /// <param name="now">The time.</param>
    public bool IsGone(DateTimeOffset now)
    {
        lock (_gate) return _ended && _listed.TrueForAll(e => e.AvailableUntil <= now) && _left.All(e => e.AvailableUntil <= now);
    }

    private void LeaveOldest(DateTimeOffset now)
    {
        var entry = _listed[0];
        _listed.RemoveAt(0);
        entry.AvailableUntil = now + Lifetime(entry);
        _left.Enqueue(entry);
        if (entry.Segment.Discontinuity) _discontinuitySequence++;
    }

    private TimeSpan Lifetime(Entry entry) => retention ?? entry.Segment.Duration + entry.LongestPlaylist;

    private sealed class Entry(long sequence, Segment segment)
    {
        public long Sequence { get; } = sequence;
        public Segment Segment { get; } = segment;
        public TimeSpan LongestPlaylist { get; set; }
        public DateTimeOffset AvailableUntil { get; set; } = DateTimeOffset.MaxValue;
    }
}
