using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Clips.Media;

/// <summary>
/// Pours a plan's transport stream segments, from the keyframe at or before the wanted start to the wanted end. One
/// segment at a time is in memory.
/// </summary>
internal sealed class TransportPour : IDisposable
{
    private readonly SegmentReader _reader;
    private readonly ClipPlan _plan;
    private readonly List<TimedSegment> _segments = [];
    private readonly MemoryStream _out = new();
    private SoundFeed? _sound;
    private int _first;
    private long _from;
    private long _wanted;
    private long _lastOfFirst;
    private ExactStart? _exact;

    private TransportPour(SegmentRing ring, ClipPlan plan) => (_reader, _plan) = (new(ring), plan);

    /// <summary>The streams.</summary>
    public MediaProgram Program { get; private set; }

    /// <summary>When the first picture was sent.</summary>
    public DateTimeOffset Start { get; private set; }

    /// <summary>Whether it begins with a keyframe of the plan's first segment that is not after the wanted start.</summary>
    public bool BeginsInTime { get; private set; }

    /// <summary>How long after the first picture the one at the wanted start is shown, by their own time stamps.</summary>
    public TimeSpan WantedAfter => Ticks(Math.Min(_wanted, _lastOfFirst) - _from);

    /// <summary>When the last picture's time was over; known after <see cref="PourAsync"/>.</summary>
    public DateTimeOffset End { get; private set; }

    /// <summary>Pictures that were poured.</summary>
    public int Pictures { get; private set; }

    /// <summary>Seconds from the first picture to the end of the last one, by their own time stamps.</summary>
    public double LengthS { get; private set; }

    /// <summary>Whether sound was poured.</summary>
    public bool HasSound { get; private set; }

    /// <summary>Seconds of the poured pictures for which the sound that comes from elsewhere had no frame; 0 where it is with the pictures.</summary>
    public double MuteS { get; private set; }

    /// <summary>Seconds of the plan that were not poured, as their segments were gone by then, cannot be read or hold no keyframe after a hole.</summary>
    public double SkippedS { get; private set; }

    /// <summary>Why the sound that comes from elsewhere cannot be had; null where it can, or the segments hold it.</summary>
    public string? SoundFault { get; private set; }

    /// <summary>Finds where the plan's clip can begin.</summary>
    /// <returns>Null where these are no segments that can be read, as MPEG-TS or fragmented MP4: then others have to.</returns>
    /// <exception cref="IOException">A segment cannot be read.</exception>
    public static async Task<TransportPour?> OpenAsync(SegmentRing ring, ClipPlan plan, CancellationToken ct)
    {
        var pour = new TransportPour(ring, plan);
        try
        {
            if (await pour.FindStartAsync(ct)) return pour;
        }
        catch
        {
            pour.Dispose();
            throw;
        }

        pour.Dispose();
        return null;
    }

    /// <summary>Brings the sound of a plan whose pictures come without.</summary>
    /// <returns>The same; <see cref="SoundFault"/> tells where there is none.</returns>
    public async Task<TransportPour> WithSoundAsync(SegmentRing ring, CancellationToken ct)
    {
        if (!_plan.SoundApart) return this;
        var feed = await SoundFeed.OpenAsync(ring, _plan.Sound, _from, ct);
        (_sound, SoundFault) = (feed.Value, feed.Fault);
        if (_sound is { } sound && !sound.Within(_from, _from + Ticks(_plan.End - Start)).Any()) SoundFault = SoundFeed.OtherTimes;
        return this;
    }

    /// <summary>
    /// Finds what an exact start needs: the picture at the wanted start, and the next one that refers to nothing before it. From
    /// there on everything can be copied.
    /// </summary>
    /// <returns>Null where no such picture follows within the clip.</returns>
    public async Task<ExactStart?> FindExactAsync(CancellationToken ct)
    {
        var (key, pictures) = (_from, 0);
        var shown = new List<long>();
        for (var i = 0; i < _segments.Count; i++)
        {
            if (await _reader.ReadAsync(_segments[i], key, ct) is not { } segment || (i > 0 && _segments[i].Segment.Number != _segments[i - 1].Segment.Number + 1)) return null;
            var wanted = _wanted - segment.PictureTicks / 2;
            for (var p = i == 0 ? _first : 0; p < segment.Pictures.Count; p++)
            {
                var picture = segment.Pictures[p];
                if (picture is { Key: true, Idr: true } && shown.Exists(s => s >= wanted))
                {
                    var first = shown.Where(s => s >= wanted).Min();
                    return new(first, i, p, picture.Pts - picture.Dts, shown.Count(s => s >= first));
                }

                // One that begins exactly at the wanted start: the copy is exact.
                if (picture is { Key: true, Idr: true } && picture.Pts >= wanted && pictures > 0) return new(picture.Pts, i, p, picture.Pts - picture.Dts, 0);
                if (picture.Pts >= key) shown.Add(picture.Pts);
                pictures++;
            }
        }

        return null;
    }

    /// <summary>Begins with pictures that were encoded anew instead of the copied ones.</summary>
    public void BeginAt(ExactStart exact) => (_exact, Start) = (exact, Start + Ticks(exact.Pts - _from));

    /// <summary>Writes the pictures from the keyframe up to where copying can begin, without sound. For an encoder, which drops those before the start.</summary>
    public async Task PourHeadAsync(ExactStart exact, Stream output, CancellationToken ct)
    {
        var cut = new TransportCut { Shift = TransportCut.Begin - exact.Pts };
        for (var i = 0; i <= exact.Segment; i++)
        {
            if (await _reader.ReadAsync(_segments[i], _from, ct) is not { } segment) return;
            var first = i == 0 ? _first : 0;
            _out.SetLength(0);
            cut.Write(segment, CutRange.PicturesFrom(first, i == exact.Segment ? exact.Picture - first : int.MaxValue, _from), _out);
            await output.WriteAsync(_out.GetBuffer().AsMemory(0, (int)_out.Length), ct);
        }
    }

    /// <summary>Writes the first picture alone.</summary>
    public async Task PourKeyAsync(Stream output, CancellationToken ct)
    {
        if (await _reader.ReadAsync(_segments[0], _from, ct) is not { } segment) return;
        _out.SetLength(0);
        new TransportCut { Shift = TransportCut.Begin - _from }.Write(segment, CutRange.PicturesFrom(_first, 1, _from), _out);
        await output.WriteAsync(_out.GetBuffer().AsMemory(0, (int)_out.Length), ct);
    }

    /// <summary>Writes all.</summary>
    /// <param name="head">Pictures encoded anew to begin with; null: none.</param>
    /// <param name="output">Where to.</param>
    /// <param name="ct">Ends it.</param>
    /// <param name="feed">The segments, from the first one on, where they are not all known yet; null: the plan's.</param>
    public async Task PourAsync(TransportSegment? head, Stream output, CancellationToken ct, IAsyncEnumerable<TimedSegment>? feed = null)
    {
        var begin = _exact?.Pts ?? _from;
        var cut = new TransportCut { Shift = TransportCut.Begin - begin, Sound = _sound };
        var (near, last, heard) = (begin, _segments[0].Segment.Number - 1, begin);
        (Pictures, LengthS, HasSound, MuteS, SkippedS) = (0, 0, false, 0, 0);
        await foreach (var timed in feed ?? _segments.ToAsyncEnumerable())
        {
            if (await _reader.ReadAsync(timed, near, ct) is not { } segment)
            {
                SkippedS += Wanted(timed);
                continue;
            }

            _out.SetLength(0);
            if (head is not null && timed == _segments[0]) cut.Begins(segment, head, _out);
            if (_exact is { } exact && _segments.IndexOf(timed) < exact.Segment)
            {
                cut.Write(segment, CutRange.SoundFrom(begin), _out);
                heard = PourSound(cut, segment, heard, segment.LastPts);
                await output.WriteAsync(_out.GetBuffer().AsMemory(0, (int)_out.Length), ct);
                (near, last) = (segment.LastPts, timed.Segment.Number);
                continue;
            }

            var afterHole = timed.Segment.Number != last + 1;
            var first = _exact is { } at && timed == _segments[at.Segment] ? at.Picture : timed == _segments[0] ? _first : afterHole ? segment.FirstKey() : 0;
            if (first < 0)
            {
                SkippedS += Wanted(timed);
                continue;
            }

            var count = CountOf(timed, segment) - first;
            if (count <= 0) continue;
            var until = LastShown(segment, first, count) + segment.PictureTicks;
            var from = afterHole ? segment.Pictures[first].Pts : begin;
            cut.Write(segment, new(first, count, from, EndsIn(timed) ? until : long.MaxValue), _out);
            heard = PourSound(cut, segment, Math.Max(heard, afterHole ? from : heard), until);
            await output.WriteAsync(_out.GetBuffer().AsMemory(0, (int)_out.Length), ct);
            (near, last) = (segment.LastPts, timed.Segment.Number);
            Pictures = cut.Pictures;
            HasSound |= _sound is null && segment.Sound.Count > 0;
            LengthS = (double)(until - begin) / TransportPacket.ClockHz;
            End = timed.Start + Ticks(until - segment.FirstPts);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        _out.Dispose();
    }

    /// <summary>The time of so many ticks of 90 kHz.</summary>
    public static TimeSpan Ticks(long ticks) => new(ticks * TimeSpan.TicksPerSecond / TransportPacket.ClockHz);

    /// <summary>So many ticks of 90 kHz a time lasts.</summary>
    public static long Ticks(TimeSpan time) => time.Ticks * TransportPacket.ClockHz / TimeSpan.TicksPerSecond;

    /// <returns>Up to where sound was poured.</returns>
    private long PourSound(TransportCut cut, TransportSegment segment, long from, long until)
    {
        if (_sound is null || until <= from) return Math.Max(from, until);
        var heard = cut.WriteSound(segment, from, until, _out);
        HasSound |= heard > 0;
        MuteS += (until - from - heard) / TransportPacket.ClockHz;
        return until;
    }

    /// <summary>Seconds of a segment that are within the wanted window.</summary>
    private double Wanted(TimedSegment timed)
    {
        var (from, until) = (timed.Start > _plan.WantedStart ? timed.Start : _plan.WantedStart, EndsIn(timed) ? _plan.End : timed.End);
        return Math.Max(0, (until - from).TotalSeconds);
    }

    private async Task<bool> FindStartAsync(CancellationToken ct)
    {
        var first = _plan.Segments[0];
        if (await _reader.ReadAsync(first, null, ct) is not { } segment) return false;
        Program = segment.Program;
        _lastOfFirst = segment.LastPts;
        _wanted = segment.FirstPts + Ticks(_plan.WantedStart - first.Start);
        var wanted = segment.FirstPts + Ticks(_plan.WantedStart - first.Start) + segment.PictureTicks / 2;
        if (Begin(first, segment, segment.KeyAtOrBefore(Math.Max(wanted, segment.FirstPts)), _plan.Segments)) return BeginsInTime = true;
        foreach (var lead in _plan.Lead)
        {
            if (await _reader.ReadAsync(lead, segment.FirstPts, ct) is not { } before) break;
            var from = _plan.Lead.TakeWhile(l => l != lead).Reverse();
            if (Begin(lead, before, before.KeyAtOrBefore(long.MaxValue), [lead, .. from, .. _plan.Segments])) return true;
        }

        for (var i = 0; i < _plan.Segments.Count; i++)
            if (await _reader.ReadAsync(_plan.Segments[i], segment.FirstPts, ct) is { } later && Begin(_plan.Segments[i], later, later.FirstKey(), _plan.Segments.Skip(i))) return true;
        return false;
    }

    private bool Begin(TimedSegment timed, TransportSegment segment, int key, IEnumerable<TimedSegment> segments)
    {
        if (key < 0) return false;
        _segments.AddRange(segments);
        (_first, _from) = (key, segment.Pictures[key].Pts);
        Start = timed.Start + Ticks(_from - segment.FirstPts);
        return true;
    }

    private bool EndsIn(TimedSegment timed) => _plan.End < timed.End;

    private int CountOf(TimedSegment timed, TransportSegment segment) =>
        EndsIn(timed) ? segment.CountUntil(segment.FirstPts + Ticks(_plan.End - timed.Start) - segment.PictureTicks / 2) : segment.Pictures.Count;

    private static long LastShown(TransportSegment segment, int first, int count)
    {
        var last = long.MinValue;
        for (var i = first; i < first + count; i++) last = Math.Max(last, segment.Pictures[i].Pts);
        return last;
    }
}
