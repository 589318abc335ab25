using System.Buffers;
using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Clips.Media;

/// <summary>
/// Pours a plan's transport stream segments, from the keyframe at or before the wanted start to the wanted end. One
/// segment at a time is in memory.
/// </summary>
internal sealed class TransportPour : IDisposable
{
    private readonly SegmentRing _ring;
    private readonly ClipPlan _plan;
    private readonly List<TimedSegment> _segments = [];
    private readonly MemoryStream _out = new();
    private byte[] _buffer = [];
    private int _first;
    private long _from;

    private TransportPour(SegmentRing ring, ClipPlan plan) => (_ring, _plan) = (ring, plan);

    /// <summary>The streams.</summary>
    public MediaProgram Program { get; private set; }

    /// <summary>When the first picture was sent.</summary>
    public DateTimeOffset Start { get; private set; }

    /// <summary>When the last picture of the plan's first segment was sent.</summary>
    public DateTimeOffset LastOfFirst { get; private set; }

    /// <summary>When the last picture's time was over; known after <see cref="PourAsync"/>.</summary>
    public DateTimeOffset End { get; private set; }

    /// <summary>Pictures that were poured.</summary>
    public int Pictures { get; private set; }

    /// <summary>Seconds from the first picture to the end of the last one, by their own time stamps.</summary>
    public double LengthS { get; private set; }

    /// <summary>Whether sound was poured.</summary>
    public bool HasSound { get; private set; }

    /// <summary>Finds where the plan's clip can begin.</summary>
    /// <returns>Null where these are no transport stream segments that can be read: then others have to.</returns>
    /// <exception cref="IOException">A segment cannot be read.</exception>
    public static async Task<TransportPour?> OpenAsync(SegmentRing ring, ClipPlan plan, CancellationToken ct)
    {
        if (plan.Segments[0].Segment.Map is not null) return null;
        var pour = new TransportPour(ring, plan);
        if (await pour.FindStartAsync(ct)) return pour;
        pour.Dispose();
        return null;
    }

    /// <summary>Writes all.</summary>
    public async Task PourAsync(Stream output, CancellationToken ct)
    {
        var cut = new TransportCut { Shift = TransportCut.Begin - _from };
        var (near, last) = (_from, _segments[0].Segment.Number - 1);
        (Pictures, LengthS, HasSound) = (0, 0, false);
        foreach (var timed in _segments)
        {
            if (await LoadAsync(timed, near, ct) is not { } segment) continue;
            var afterHole = timed.Segment.Number != last + 1;
            var first = timed == _segments[0] ? _first : afterHole ? segment.FirstKey() : 0;
            if (first < 0) continue;
            var count = CountOf(timed, segment) - first;
            if (count <= 0) continue;
            var until = LastShown(segment, first, count) + segment.PictureTicks;
            var from = timed == _segments[0] || afterHole ? segment.Pictures[first].Pts : long.MinValue;
            _out.SetLength(0);
            cut.Write(segment, new(first, count, from, EndsIn(timed) ? until : long.MaxValue), _out);
            await output.WriteAsync(_out.GetBuffer().AsMemory(0, (int)_out.Length), ct);
            (near, last) = (segment.LastPts, timed.Segment.Number);
            Pictures = cut.Pictures;
            HasSound |= segment.Sound.Count > 0;
            LengthS = (double)(until - _from) / TransportPacket.ClockHz;
            End = timed.Start + Ticks(until - segment.FirstPts);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _out.Dispose();
    }

    /// <summary>The time of so many ticks of 90 kHz.</summary>
    public static TimeSpan Ticks(long ticks) => new(ticks * TimeSpan.TicksPerSecond / TransportPacket.ClockHz);

    /// <summary>So many ticks of 90 kHz a time lasts.</summary>
    public static long Ticks(TimeSpan time) => time.Ticks * TransportPacket.ClockHz / TimeSpan.TicksPerSecond;

    private async Task<bool> FindStartAsync(CancellationToken ct)
    {
        var first = _plan.Segments[0];
        if (await LoadAsync(first, null, ct) is not { } segment) return false;
        Program = segment.Program;
        LastOfFirst = first.Start + Ticks(segment.LastPts - segment.FirstPts);
        var wanted = segment.FirstPts + Ticks(_plan.WantedStart - first.Start) + segment.PictureTicks / 2;
        if (Begin(first, segment, segment.KeyAtOrBefore(Math.Max(wanted, segment.FirstPts)), _plan.Segments)) return true;
        foreach (var lead in _plan.Lead)
        {
            if (await LoadAsync(lead, null, ct) is not { } before) break;
            var from = _plan.Lead.TakeWhile(l => l != lead).Reverse();
            if (Begin(lead, before, before.KeyAtOrBefore(long.MaxValue), [lead, .. from, .. _plan.Segments])) return true;
        }

        for (var i = 0; i < _plan.Segments.Count; i++)
            if (await LoadAsync(_plan.Segments[i], null, ct) is { } later && Begin(_plan.Segments[i], later, later.FirstKey(), _plan.Segments.Skip(i))) return true;
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

    /// <returns>Null where the bytes are gone or cannot be read as what they should be: a hole.</returns>
    private async Task<TransportSegment?> LoadAsync(TimedSegment timed, long? near, CancellationToken ct)
    {
        if (_ring.Find(timed.Segment.Number) is not { } held) return null;
        try
        {
            await using var file = new FileStream(held.Path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            if (_buffer.Length < file.Length)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
                _buffer = [];
                _buffer = ArrayPool<byte>.Shared.Rent((int)file.Length);
            }

            var bytes = _buffer.AsMemory(0, (int)file.Length);
            await file.ReadExactlyAsync(bytes, ct);
            return TransportSegment.Parse(bytes, near);
        }
        catch (Exception e) when (e is FileNotFoundException or EndOfStreamException)
        {
            // The ring let go of it since the plan was made.
            return null;
        }
    }
}
