namespace StreamClips.ClipWorker.Recording;

/// <summary>Fetches what is wanted into the ring: a few at once, in the order of <see cref="SegmentStates"/>, and again as <see cref="FetchRetry"/> says.</summary>
internal sealed class SegmentFetcher(SegmentStates states, SegmentRing ring, SegmentDownload download, IRecordingEvents events, Uptime uptime, TimeProvider clock, Random random)
{
    /// <summary>Segments that are fetched at once.</summary>
    public const int Parallel = 6;

    /// <summary>So long nothing is fetched when the disk is full.</summary>
    public static readonly TimeSpan NoSpacePause = TimeSpan.FromSeconds(5);

    private TimeSpan? _noSpaceUntil;

    /// <summary>Fetches until it is cancelled. A bug in a fetch ends it, so that it is seen.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        var running = new List<Task<Fetched>>(Parallel);
        try
        {
            while (true)
            {
                var changed = states.Changed;
                var wait = StartWhatIsDue(running, ct);
                await Task.WhenAny([Pulse.WaitAsync(changed, wait, clock, ct), .. running]);
                ct.ThrowIfCancellationRequested();
                foreach (var done in running.Where(r => r.IsCompleted).ToList())
                {
                    running.Remove(done);
                    Settle(await done);
                }
            }
        }
        finally
        {
            await ((Task)Task.WhenAll(running)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>When to look again, if nothing changes before.</returns>
    private TimeSpan StartWhatIsDue(List<Task<Fetched>> running, CancellationToken ct)
    {
        // While the disk is full one at a time finds out whether it still is.
        var parallel = _noSpaceUntil is null ? Parallel : 1;
        if (_noSpaceUntil - uptime.Now is { } pause && pause > TimeSpan.Zero) return pause;
        while (running.Count < parallel)
        {
            var any = states.TakeNext(uptime.Now, out var order, out var wait, out var lost);
            foreach (var loss in lost) Tell(loss);
            if (!any) return wait;
            running.Add(FetchAsync(order!, ct));
        }

        return Timeout.InfiniteTimeSpan;
    }

    private async Task<Fetched> FetchAsync(FetchOrder order, CancellationToken ct)
    {
        var began = uptime.Now;
        var result = await download.TryAsync(order.Segment, cut: FetchRetry.IsLast(order), ct);
        return new(order, result, uptime.Now - began);
    }

    private void Settle(Fetched fetched)
    {
        var (order, result, took) = fetched;
        if (result.Fault is null)
        {
            _noSpaceUntil = null;
            states.Hold(order.Segment.Number);
            var evicted = ring.TakeEvicted();
            foreach (var number in evicted) states.Lose(number);
            if (evicted.Count > 0) events.RingFull(ring.Bytes);
            return;
        }

        ring.Abandon(order.Segment.Number);
        if (result.NoSpace)
        {
            if (_noSpaceUntil is null) events.DiskFull(NoSpacePause);
            _noSpaceUntil = uptime.Now + NoSpacePause;
        }

        var retry = FetchRetry.After(order, result, took, random);
        states.Fail(order.Segment.Number, result, retry, uptime.Now);
        if (retry is null) Tell(new(order.Segment, result.Fault));
    }

    private void Tell(FetchLoss loss) => events.SegmentLost(loss.Segment.Number, PlaylistText.ForLogs(loss.Segment.Uri), loss.Why);

    private readonly record struct Fetched(FetchOrder Order, DownloadResult Result, TimeSpan Took);
}
