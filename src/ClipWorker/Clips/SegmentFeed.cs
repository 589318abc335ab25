using System.Runtime.CompilerServices;
using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Clips;

/// <summary>
/// The segments of a clip's window, each as soon as its bytes are held, oldest first; and in the end those that the clip's plan
/// says. What was given out by then may turn out not to be the plan's: <see cref="Finish"/> tells. For one reader; it is
/// finished by any thread.
/// </summary>
internal sealed class SegmentFeed(ClipRequest request, SegmentIndex index, SegmentStates states)
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<TimedSegment> _given = [];
    private TimedSegment? _first;
    private ClipPlan? _plan;

    /// <summary>Waits for the window's first segment.</summary>
    /// <returns>A plan of it alone; null where it is lost or not the plan's, or the end came first.</returns>
    public async Task<ClipPlan?> FirstAsync(CancellationToken ct)
    {
        while (true)
        {
            var changed = states.Changed;
            if (Window().FirstOrDefault(s => s.End > request.Surge.Start) is { Segment: not null } first)
            {
                var state = states[first.Segment.Number];
                if (state == SegmentState.Held && !Begins(first)) return null;
                if (state == SegmentState.Held) return new() { Segments = [first], WantedStart = request.Surge.Start, End = request.Surge.End, LostS = 0 };
                if (state == SegmentState.Lost) return null;
            }

            if (_finished.Task.IsCompleted) return null;
            await Task.WhenAny(changed, _finished.Task).WaitAsync(ct);
        }
    }

    /// <summary>Gives out the segments from the first one on; ends with the plan's last one.</summary>
    /// <param name="first">What <see cref="FirstAsync"/> gave.</param>
    /// <param name="ct">Ends it early.</param>
    public async IAsyncEnumerable<TimedSegment> ReadAsync(ClipPlan first, [EnumeratorCancellation] CancellationToken ct)
    {
        var next = (TimedSegment?)first.Segments[0];
        while (true)
        {
            var changed = states.Changed;
            bool finished;
            lock (_lock)
            {
                finished = _plan is not null;
                if (_given.Count > 0) next = _plan is { } plan ? plan.Segments.Count > _given.Count ? plan.Segments[_given.Count] : null : Next(_given[^1]);
                if (next is { } given) _given.Add(given);
            }

            if (next is { } segment) yield return segment;
            else if (finished) yield break;
            else await Task.WhenAny(changed, _finished.Task).WaitAsync(ct);
        }
    }

    /// <summary>No more is to be guessed: the rest is what the plan says.</summary>
    /// <returns>False where what was given out is not how the plan begins: then it is of no use.</returns>
    public bool Finish(ClipPlan plan)
    {
        lock (_lock)
        {
            _plan = plan;
            _finished.TrySetResult();
            if (_first is { } first && !IsSame(first, plan.Segments[0])) return false;
            return plan.Segments.Count >= _given.Count && _given.Zip(plan.Segments).All(p => IsSame(p.First, p.Second));
        }
    }

    /// <returns>False where the plan is made already, and of other segments.</returns>
    private bool Begins(TimedSegment first)
    {
        lock (_lock)
        {
            if (_plan is { } plan && !IsSame(first, plan.Segments[0])) return false;
            _first = first;
            return true;
        }
    }

    // Addresses may change, numbers do not.
    private static bool IsSame(TimedSegment one, TimedSegment other) => one.Segment.Number == other.Segment.Number && one.Start == other.Start;

    private TimedSegment? Next(TimedSegment last)
    {
        foreach (var segment in Window())
        {
            if (segment.Segment.Number <= last.Segment.Number) continue;
            var follows = segment.Segment.Number == last.Segment.Number + 1 && segment.Segment.Part == last.Segment.Part;
            return follows && states[segment.Segment.Number] == SegmentState.Held ? segment : null;
        }

        return null;
    }

    private IEnumerable<TimedSegment> Window()
    {
        if (index.Newest is not { } newest) return [];
        var source = ClipWindow.SourceOf(newest, request.ClockAhead);
        return ClipWindow.Timed(index.Snapshot(), source, request.ClockAhead).Where(s => s.Start < request.Surge.End);
    }
}
