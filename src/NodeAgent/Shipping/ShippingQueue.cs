using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StreamClips.NodeAgent.Host;
using StreamClips.NodeAgent.Workers;

namespace StreamClips.NodeAgent.Shipping;

/// <summary>
/// The one queue of a node: over all workers' clips and renditions, a bounded number at once, in the order of <see cref="ShippingOrder"/>.
/// It is read from the directories at every look, so there is nothing in it that a kill could lose. What failed waits longer each time;
/// while the storage itself fails, one upload at a time tries whether it is back.
/// </summary>
public sealed partial class ShippingQueue(
    WorkerFleet fleet, ClipShipper clips, RenditionShipper renditions, Spool spool, ShippingOptions options, Pulse pulse, TimeProvider clock, Random random,
    ILogger<ShippingQueue> logger) : BackgroundService
{
    // A single one may be a connection that was just cut.
    private const int FailuresThatTell = 2;

    // More than run at once: so many in a row are no single clip's fault.
    private const int FailuresOfAnOutage = 5;

    private readonly Dictionary<string, (int Failures, DateTimeOffset NextAt)> _attempts = [];
    private readonly Dictionary<string, (DateTimeOffset MadeAt, long Bytes)> _measured = [];
    private readonly Dictionary<Guid, ShippingTurn> _turns = [];
    private readonly Dictionary<string, Task> _underWay = [];
    private (int Failures, DateTimeOffset NextAt, string Fault) _away = (0, default, "");
    private long _served;
    private volatile ShippingState _state = ShippingState.Empty;

    /// <summary>How the shipping stands, as of the last look.</summary>
    public ShippingState State => _state;

    /// <summary>Looks, and ships until nothing more is due.</summary>
    public async Task RunOnceAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Look(cancellation);
            if (_underWay.Count == 0) return;
            await Task.WhenAny([.. _underWay.Values, Task.Delay(options.Interval, clock, cancellation)]);
            foreach (var (sidecar, task) in _underWay.Where(u => u.Value.IsCompleted).ToList())
            {
                _underWay.Remove(sidecar);
                await task;
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await RunOnceAsync(stoppingToken);
    }

    private void Look(CancellationToken cancellation)
    {
        pulse.Beat(AgentLoop.Shipping);
        var found = fleet.All.SelectMany(FindOrNone).ToList();
        foreach (var gone in _measured.Keys.Except(found.Select(i => i.Sidecar)).ToList()) _measured.Remove(gone);
        lock (_attempts)
        {
            foreach (var gone in _attempts.Keys.Except(_measured.Keys).ToList()) _attempts.Remove(gone);
            foreach (var gone in _turns.Keys.Except(found.Select(i => i.ProcessId)).Where(w => _turns[w].UnderWay == 0).ToList()) _turns.Remove(gone);
            var waiting = found.Where(i => i.IsClip).ToList();
            _state = new(waiting.Count, found.Sum(i => i.Bytes), waiting.Count == 0 ? null : waiting.Min(i => i.MadeAt), _away.Failures < FailuresThatTell || found.Count == 0 ? "" : _away.Fault);
            spool.Observe(_state.Bytes);
            var now = clock.GetUtcNow();
            var room = _away.Failures == 0 ? options.Concurrency : _away.NextAt <= now ? 1 : 0;
            var stored = clips.Unreported.Select(c => c.Clip.Clip.Sidecar).Concat(renditions.Unreported.Select(r => r.Local.Sidecar)).ToHashSet();
            while (_underWay.Count < room && ShippingOrder.Next(Candidates(found.Where(i => IsDue(i, stored, now))), _turns) is { } next)
            {
                _turns[next.ProcessId] = new(_turns.GetValueOrDefault(next.ProcessId).UnderWay + 1, ++_served);
                _underWay[next.Sidecar] = Task.Run(() => ShipAsync(next, cancellation), CancellationToken.None);
            }
        }
    }

    // While the storage fails, those that tried least often: if it is one clip's fault after all, it must not stand in the others' way.
    private IEnumerable<ShippingItem> Candidates(IEnumerable<ShippingItem> due)
    {
        if (_away.Failures == 0) return due;
        var all = due.ToLookup(i => _attempts.GetValueOrDefault(i.Sidecar).Failures);
        return all.Count == 0 ? [] : all[all.Min(g => g.Key)];
    }

    private bool IsDue(ShippingItem item, HashSet<string> stored, DateTimeOffset now)
    {
        if (stored.Contains(item.Sidecar) || _underWay.ContainsKey(item.Sidecar)) return false;
        if (_attempts.TryGetValue(item.Sidecar, out var attempt) && attempt.NextAt > now) return false;
        return (item.IsClip ? clips.Unreported.Count : renditions.Unreported.Count) < options.MostUnreported && !item.MustWait();
    }

    private IReadOnlyList<ShippingItem> FindOrNone(Worker worker)
    {
        try
        {
            return [.. clips.Find(worker, Measure), .. renditions.Find(worker, Measure)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Its directory is just being removed.
            return [];
        }
    }

    // Nothing changes any more once the sidecar is there.
    private (DateTimeOffset MadeAt, long Bytes) Measure(string sidecar) =>
        _measured.TryGetValue(sidecar, out var known) ? known : _measured[sidecar] = ShippingItem.Measure(sidecar);

    private async Task ShipAsync(ShippingItem item, CancellationToken cancellation)
    {
        ShipResult result;
        try
        {
            result = await item.ShipAsync(cancellation);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            // Whatever it is, it is this one's: the others, and the agent, go on.
            result = new(ShipOutcome.Later, e is IOException or UnauthorizedAccessException ? e.Message : $"{e.GetType().Name}: {e.Message}");
        }
        finally
        {
            lock (_attempts) _turns[item.ProcessId] = _turns[item.ProcessId] with { UnderWay = _turns[item.ProcessId].UnderWay - 1 };
        }

        Note(item, result);
    }

    private void Note(ShippingItem item, ShipResult result)
    {
        TimeSpan wait;
        int failures;
        lock (_attempts)
        {
            if (result.Outcome == ShipOutcome.Done && _away.Failures > 0) LogBack(logger, _away.Failures);
            if (result.Outcome == ShipOutcome.Done && _away.Failures >= FailuresOfAnOutage) ForgetWaits();
            if (result.Outcome == ShipOutcome.Done) _away = (0, default, "");
            if (result.Outcome is ShipOutcome.Done or ShipOutcome.Gone)
            {
                _attempts.Remove(item.Sidecar);
                return;
            }

            failures = _attempts.GetValueOrDefault(item.Sidecar).Failures + 1;
            wait = options.Retry.Delay(failures, random);
            _attempts[item.Sidecar] = (failures, clock.GetUtcNow() + wait);
            if (result.Outcome == ShipOutcome.StorageAway)
                _away = (_away.Failures + 1, clock.GetUtcNow() + options.AwayRetry.Delay(_away.Failures + 1, random), result.Reason);
        }

        LogLater(logger, item.Name, item.ProcessId, failures, wait.TotalSeconds, result.Reason);
    }

    // Those that tried the storage last would otherwise come after younger ones.
    private void ForgetWaits()
    {
        foreach (var sidecar in _attempts.Keys.ToList()) _attempts[sidecar] = _attempts[sidecar] with { NextAt = default };
    }

    [LoggerMessage(503, LogLevel.Warning, "{Name} of worker {ProcessId} waits: try {Failures} failed, the next in {Seconds:0.0} s or later: {Reason}", EventName = "clip.waits")]
    private static partial void LogLater(ILogger logger, string name, Guid processId, int failures, double seconds, string reason);

    [LoggerMessage(507, LogLevel.Information, "The storage takes clips again after {Failures} failures.", EventName = "storage.back")]
    private static partial void LogBack(ILogger logger, int failures);
}
