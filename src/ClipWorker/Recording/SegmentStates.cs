using System.Diagnostics.CodeAnalysis;

namespace StreamClips.ClipWorker.Recording;

/// <summary>What is the matter with a segment's bytes.</summary>
internal enum SegmentState
{
    /// <summary>It is known, and nobody wants it.</summary>
    Indexed,

    /// <summary>It shall be fetched, now or after a pause.</summary>
    Wanted,

    /// <summary>It is being fetched.</summary>
    Fetching,

    /// <summary>Its bytes are in the ring.</summary>
    Held,

    /// <summary>Its bytes cannot be had, or are gone.</summary>
    Lost,
}

/// <summary>
/// Where each segment stands, and which is fetched next. Holds facts and no bytes; it is told the time. Safe for several threads.
/// </summary>
/// <remarks>
/// <code>
/// Indexed ──Want──► Wanted ──TakeNext──► Fetching ──Hold──► Held
///    │                 ▲                  │    │              │
///    │                 └─────FailNow──────┘  FailNow          │ Lose
///    └──── (forgotten) ────────────────────────┴──► Lost ◄────┘
/// </code>
/// </remarks>
/// <param name="lookBack">How long segments live after they left the playlist.</param>
internal sealed class SegmentStates(LookBack lookBack)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, Entry> _entries = [];
    private readonly Pulse _changed = new();

    /// <summary>Ends with the next change of any segment's state, or with the next segment.</summary>
    public Task Changed => _changed.Next;

    /// <summary>
    /// Takes in a playlist: what is new, and what is still listed. A segment that is no longer listed begins to die.
    /// </summary>
    /// <param name="playlist">The playlist.</param>
    /// <param name="added">What is new in it.</param>
    /// <param name="now">The time.</param>
    public void Listed(MediaPlaylist playlist, IReadOnlyList<IndexedSegment> added, TimeSpan now)
    {
        var listed = new HashSet<(Uri, ByteRange?)>(playlist.Segments.Count);
        foreach (var segment in playlist.Segments) listed.Add((segment.Uri, segment.Range));
        var length = playlist.Length;

        lock (_lock)
        {
            foreach (var segment in added) _entries.TryAdd(segment.Number, new(segment) { Seen = true });
            foreach (var entry in _entries.Values)
            {
                if (!listed.Contains((entry.Segment.Uri, entry.Segment.Range))) continue;
                (entry.LastListed, entry.Seen) = (now, true);
                if (length > entry.LongestPlaylist) entry.LongestPlaylist = length;
            }
        }

        if (added.Count > 0) _changed.Beat();
    }

    /// <summary>Takes in a segment of an earlier run, of which nobody knows when it left its playlist.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="held">Whether its bytes are in the ring.</param>
    /// <param name="playlist">How long the playlist was that it came in.</param>
    /// <param name="now">The time.</param>
    public void Restore(IndexedSegment segment, bool held, TimeSpan playlist, TimeSpan now)
    {
        var entry = new Entry(segment) { State = held ? SegmentState.Held : SegmentState.Indexed, LastListed = now, LongestPlaylist = playlist };
        lock (_lock) _entries[segment.Number] = entry;
    }

    /// <summary>Asks for a segment's bytes.</summary>
    /// <param name="number">The segment.</param>
    /// <param name="urgent">For a clip that is due: before all that is only kept ready.</param>
    public void Want(long number, bool urgent)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(number, out var entry)) return;
            if (entry.State is SegmentState.Wanted or SegmentState.Fetching) entry.Urgent |= urgent;
            if (entry.State != SegmentState.Indexed) return;
            (entry.State, entry.Urgent) = (SegmentState.Wanted, urgent);
        }

        _changed.Beat();
    }

    /// <summary>Asks for the bytes of those segments of the last stretch of the stream that can still be had, but not for long.</summary>
    /// <param name="back">How far back from the end of the newest one.</param>
    /// <param name="within">How soon they die.</param>
    /// <param name="now">The time.</param>
    public void WantDying(TimeSpan back, TimeSpan within, TimeSpan now)
    {
        var any = false;
        lock (_lock)
        {
            // By their lengths: the clock may have been set since they arrived.
            var newer = TimeSpan.Zero;
            foreach (var entry in _entries.Values.Reverse())
            {
                if (newer >= back) break;
                newer += entry.Segment.Duration;
                if (entry.State != SegmentState.Indexed) continue;
                if (AliveFor(entry, now) is var left && (left <= TimeSpan.Zero || left > within)) continue;
                entry.State = SegmentState.Wanted;
                any = true;
            }
        }

        if (any) _changed.Beat();
    }

    /// <summary>
    /// The segment that is to be fetched next, which is then being fetched: those for a clip before all others, of them the
    /// oldest, for it dies first. What died while it waited for another try is lost.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="order">The segment.</param>
    /// <param name="wait">Where there is none: when to ask again, if nothing changes; infinite: not before something does.</param>
    /// <param name="lost">The segments that were given up now.</param>
    public bool TakeNext(TimeSpan now, [NotNullWhen(true)] out FetchOrder? order, out TimeSpan wait, out IReadOnlyList<FetchLoss> lost)
    {
        List<FetchLoss>? dead = null;
        Entry? next = null;
        var earliest = TimeSpan.MaxValue;
        lock (_lock)
        {
            foreach (var entry in _entries.Values)
            {
                if (entry.State != SegmentState.Wanted) continue;
                if (entry.Attempts > 0 && IsDead(entry, now))
                {
                    entry.State = SegmentState.Lost;
                    (dead ??= []).Add(new(entry.Segment, $"{entry.Fault}; its time is over"));
                }
                else if (entry.NotBefore > now)
                {
                    earliest = entry.NotBefore < earliest ? entry.NotBefore : earliest;
                }
                else if (next is null || (entry.Urgent && !next.Urgent))
                {
                    next = entry;
                }
            }

            if (next is not null) next.State = SegmentState.Fetching;
        }

        lost = dead ?? (IReadOnlyList<FetchLoss>)[];
        if (dead is not null) _changed.Beat();
        order = next is null ? null : new(next.Segment, ++next.Attempts, AliveFor(next, now), next.BadAnswers);
        wait = earliest == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : earliest - now;
        return next is not null;
    }

    /// <summary>A segment's bytes are in the ring.</summary>
    public void Hold(long number) => Change(number, SegmentState.Held);

    /// <summary>A segment's bytes cannot be had, or are gone.</summary>
    public void Lose(long number) => Change(number, SegmentState.Lost);

    /// <summary>A fetch failed.</summary>
    /// <param name="number">The segment.</param>
    /// <param name="result">How.</param>
    /// <param name="retryAfter">The pause before the next try; null: it is lost.</param>
    /// <param name="now">The time.</param>
    public void Fail(long number, DownloadResult result, TimeSpan? retryAfter, TimeSpan now)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(number, out var entry) || entry.State != SegmentState.Fetching) return;
            entry.Fault = result.Fault ?? "";
            if (result.Bad) entry.BadAnswers++;
            entry.NotBefore = now + (retryAfter ?? TimeSpan.Zero);
            entry.State = retryAfter is null ? SegmentState.Lost : SegmentState.Wanted;
        }

        _changed.Beat();
    }

    /// <summary>Forgets what is older than this segment.</summary>
    public void Trim(long oldestKept)
    {
        lock (_lock)
        {
            while (_entries.Count > 0 && _entries.First().Key is var oldest && oldest < oldestKept) _entries.Remove(oldest);
        }
    }

    /// <summary>A segment's state; lost where it is not known.</summary>
    public SegmentState this[long number]
    {
        get
        {
            lock (_lock) return _entries.TryGetValue(number, out var entry) ? entry.State : SegmentState.Lost;
        }
    }

    /// <summary>Whether it is decided if a segment's bytes are there: they are, or they never will be.</summary>
    public bool Settled(long number) => this[number] is SegmentState.Held or SegmentState.Lost;

    /// <summary>Whether a segment has been seen to leave the playlist: a young stream's is short because it is young.</summary>
    public bool AnyLeft
    {
        get
        {
            lock (_lock) return SeenListed().ToList() is { Count: > 0 } seen && seen[0].LastListed < seen[^1].LastListed;
        }
    }

    /// <summary>The segments that left the playlist, with the time since they were last seen there, the newest first; and the newest that is listed.</summary>
    public (IReadOnlyList<AgedSegment> Left, IndexedSegment? Listed) Aged(TimeSpan now)
    {
        lock (_lock)
        {
            if (SeenListed().ToList() is not { Count: > 0 } seen) return ([], null);
            var newest = seen[^1];
            var left = seen.Where(e => e.LastListed < newest.LastListed)
                .Select(e => new AgedSegment(e.Segment, now - e.LastListed, e.LongestPlaylist)).Reverse();
            return ([.. left], newest.Segment);
        }
    }

    // Of an earlier run's segments that no playlist of this one lists nobody knows when they left.
    private IEnumerable<Entry> SeenListed() => _entries.Values.Where(e => e.Seen);

    private bool IsDead(Entry entry, TimeSpan now) => AliveFor(entry, now) <= TimeSpan.Zero;

    private TimeSpan AliveFor(Entry entry, TimeSpan now) => entry.LastListed + lookBack.AfterLeaving(entry.Segment.Duration, entry.LongestPlaylist) - now;

    private void Change(long number, SegmentState state)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(number, out var entry)) return;
            entry.State = state;
        }

        _changed.Beat();
    }

    private sealed class Entry(IndexedSegment segment)
    {
        public IndexedSegment Segment { get; } = segment;

        public SegmentState State { get; set; }

        public bool Urgent { get; set; }

        public int Attempts { get; set; }

        public int BadAnswers { get; set; }

        public TimeSpan NotBefore { get; set; }

        public string Fault { get; set; } = "";

        /// <summary>Whether a playlist of this run has listed it.</summary>
        public bool Seen { get; set; }

        public TimeSpan LastListed { get; set; }

        public TimeSpan LongestPlaylist { get; set; }
    }
}

/// <summary>A segment that shall be fetched now.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="Attempt">Which try it is, from 1.</param>
/// <param name="AliveFor">How long it can still be had, as far as is known; may be over.</param>
/// <param name="BadAnswers">How many of the tries before it brought a whole answer that is not usable.</param>
internal sealed record FetchOrder(IndexedSegment Segment, int Attempt, TimeSpan AliveFor, int BadAnswers = 0);

/// <summary>A segment that was given up.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="Why">Why, for people.</param>
internal sealed record FetchLoss(IndexedSegment Segment, string Why);

/// <summary>A segment that left its playlist.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="Age">Time since it was last seen listed.</param>
/// <param name="LongestPlaylist">The longest playlist that it was in.</param>
internal sealed record AgedSegment(IndexedSegment Segment, TimeSpan Age, TimeSpan LongestPlaylist);
