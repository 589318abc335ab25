using StreamClips.Shared.Clips;

namespace StreamClips.ClipWorker.Clips;

/// <summary>The clips that are wanted and not yet cut, oldest first. Overlapping ones become one. Safe for several threads.</summary>
/// <param name="longest">The most that surges may make of one clip together.</param>
internal sealed class ClipQueue(TimeSpan longest) : IDisposable
{
    /// <summary>The most that wait: each has its deadlines, so a few are more than ever do.</summary>
    public const int MaxWaiting = 64;

    private readonly Lock _lock = new();
    private readonly List<ClipRequest> _waiting = [];
    private readonly SemaphoreSlim _changed = new(0);
    private bool _complete;

    /// <summary>Whether nothing waits.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_lock) return _waiting.Count == 0;
        }
    }

    /// <summary>Asks for a clip, or lengthens one that waits.</summary>
    /// <returns>The clip that will hold it; null where too many wait, or no more are taken.</returns>
    public Guid? Add(ClipRequest request)
    {
        lock (_lock)
        {
            for (var i = _waiting.Count - 1; i >= 0; i--)
            {
                if (ClipMerge.Join(_waiting[i], request, longest) is not { } joined) continue;
                _waiting[i] = joined;
                return joined.ClipId;
            }

            if (_complete || _waiting.Count >= MaxWaiting) return null;
            _waiting.Add(request);
            _changed.Release();
            return request.ClipId;
        }
    }

    /// <summary>All that wait, oldest first.</summary>
    public IReadOnlyList<ClipRequest> Snapshot()
    {
        lock (_lock) return [.. _waiting];
    }

    /// <summary>No more come.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            _complete = true;
            _changed.Release();
        }
    }

    /// <summary>Waits for the oldest; it stays.</summary>
    /// <returns>Null where none waits and no more come.</returns>
    public async Task<ClipRequest?> FirstAsync(CancellationToken ct)
    {
        while (true)
        {
            lock (_lock)
            {
                if (_waiting.Count > 0) return _waiting[0];
                if (_complete) return null;
            }

            await _changed.WaitAsync(ct);
        }
    }

    /// <summary>Takes the oldest away to cut it.</summary>
    /// <returns>False where it is another one by now, as a surge has lengthened it.</returns>
    public bool TryTake(ClipRequest first)
    {
        lock (_lock)
        {
            if (_waiting.Count == 0 || !ReferenceEquals(_waiting[0], first)) return false;
            _waiting.RemoveAt(0);
            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _changed.Dispose();
}

/// <summary>
/// Whether two surges are one clip: where the second one's window overlaps that of a clip that is not cut yet, and both
/// together are not too long. A clip that is cut already stays as it is, as it may be in storage: the surge gets one of its own. Pure.
/// </summary>
internal static class ClipMerge
{
    /// <summary>The most surges that one clip tells of; windows of 5 s, one after the other, within the longest clip.</summary>
    public const int MaxSurges = 120;

    /// <summary>Lengthens a clip by another surge.</summary>
    /// <returns>The clip, under its own id, about the stronger of the two; null where they stay two.</returns>
    public static ClipRequest? Join(ClipRequest waiting, ClipRequest next, TimeSpan longest)
    {
        var (one, other) = (waiting.Surge, next.Surge);
        var start = one.Start < other.Start ? one.Start : other.Start;
        var end = one.End > other.End ? one.End : other.End;
        if (other.Start > one.End || one.Start > other.End || end - start > longest || waiting.Merged.Count >= MaxSurges) return null;
        var (stronger, words) = other.Score > one.Score ? (other, next.TopWords) : (one, waiting.TopWords);
        var newer = next.Rates.Count == 0 ? DateTimeOffset.MaxValue : next.Rates[0].At;
        return waiting with
        {
            Surge = stronger with { Start = start, End = end, TriggeredAt = other.TriggeredAt },
            Rates = [.. waiting.Rates.TakeWhile(r => r.At < newer), .. next.Rates],
            TopWords = words,
            ClockAhead = next.ClockAhead,
            DecidedAt = next.DecidedAt,
            Merged = [.. waiting.Merged.Count == 0 ? [Told(one)] : waiting.Merged, Told(other)],
        };
    }

    private static MergedSurge Told(Surge.DetectedSurge surge) => new(surge.Start, surge.End, surge.Peak, surge.Score, surge.Reason);
}
