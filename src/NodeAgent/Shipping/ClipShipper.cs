using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StreamClips.NodeAgent.Host;
using StreamClips.NodeAgent.Workers;
using StreamClips.Shared.Clips;
using StreamClips.Storage;

namespace StreamClips.NodeAgent.Shipping;

/// <summary>A clip whose files are in storage, verified.</summary>
/// <param name="Clip">The clip.</param>
/// <param name="Files">Its files and where they lie in storage.</param>
public sealed record ShippedClip(ReadClip Clip, IReadOnlyList<(ClipFile File, StorageKey Key)> Files);

/// <summary>
/// Takes clips from the workers' directories to the storage. What is on its way is known from the directories alone, so
/// nothing is lost with the agent: a clip is found again, stored again (which finds it there), and reported again, until
/// the control plane acknowledges it. Only then it is deleted.
/// </summary>
public sealed partial class ClipShipper(
    WorkerFleet fleet, IClipStorage storage, ShippingOptions options, WakeSignals signals, TimeProvider clock, Random random,
    ILogger<ClipShipper> logger) : BackgroundService
{
    private readonly ConcurrentDictionary<Guid, ShippedClip> _unreported = new();
    private readonly ConcurrentDictionary<string, Attempt> _attempts = new();
    private int _unshipped;

    /// <summary>Clips that are in storage and not yet acknowledged by the control plane.</summary>
    public ICollection<ShippedClip> Unreported => _unreported.Values;

    /// <summary>Clips that were found in the workers' directories and are not yet acknowledged.</summary>
    public int Unshipped => _unshipped;

    /// <summary>Whether a worker's directory holds no finished clip.</summary>
    public static bool IsDrained(Worker worker) => ClipFolder.List(worker.Spec.ProcessId, worker.Directory).Count == 0;

    /// <summary>Looks for clips once and ships those whose time has come.</summary>
    public async Task RunOnceAsync(CancellationToken cancellation)
    {
        var clips = fleet.All.SelectMany(ListOrNone).ToList();
        Interlocked.Exchange(ref _unshipped, clips.Count);
        foreach (var gone in _attempts.Keys.Except(clips.Select(c => c.Sidecar))) _attempts.TryRemove(gone, out _);

        var now = clock.GetUtcNow();
        var unreported = _unreported.Values.Select(s => s.Clip.Clip.Sidecar).ToHashSet();
        var due = clips
            .Where(c => !unreported.Contains(c.Sidecar) && (!_attempts.TryGetValue(c.Sidecar, out var attempt) || attempt.NextAt <= now))
            .Take(Math.Max(0, options.MostUnreported - unreported.Count));
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = cancellation };
        await Parallel.ForEachAsync(due, parallel, async (clip, stop) => await ShipAsync(clip, stop));
    }

    /// <summary>The control plane has a clip's row, or refuses it for good.</summary>
    /// <param name="clipId">The clip.</param>
    /// <param name="error">Why it is refused; empty where it is not.</param>
    public void Acknowledge(Guid clipId, string error)
    {
        if (!_unreported.TryGetValue(clipId, out var shipped)) return;
        try
        {
            if (error.Length == 0)
            {
                ClipFolder.Delete(shipped.Clip.Clip);
                LogDone(logger, clipId, shipped.Clip.Clip.ProcessId);
            }
            else
            {
                LogRefused(logger, clipId, shipped.Clip.Clip.ProcessId, error);
                ClipFolder.MoveAside(shipped.Clip.Clip, ClipFolder.Refused);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It stays, is found again, and reported again.
            LogNotDeleted(logger, clipId, e.Message);
        }

        _unreported.TryRemove(clipId, out _);
        signals.Reconcile.Set();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await RunOnceAsync(stoppingToken);
    }

    private static IReadOnlyList<LocalClip> ListOrNone(Worker worker)
    {
        try
        {
            return ClipFolder.List(worker.Spec.ProcessId, worker.Directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Its directory is just being removed.
            return [];
        }
    }

    private async Task ShipAsync(LocalClip clip, CancellationToken cancellation)
    {
        try
        {
            var (read, fault) = ClipFolder.Read(clip);
            if (read is null) PutAside(clip, fault);
            else if (_unreported.ContainsKey(read.Sidecar.ClipId)) Later(clip, $"another clip with the id {read.Sidecar.ClipId} is on its way");
            else await StoreAsync(read, cancellation);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            // Whatever it is, it is this clip's: the others, and the agent, go on.
            Later(clip, e is IOException or UnauthorizedAccessException ? e.Message : $"{e.GetType().Name}: {e.Message}");
        }
    }

    private async Task StoreAsync(ReadClip clip, CancellationToken cancellation)
    {
        var stored = new List<(ClipFile, StorageKey)>();
        var suffix = "";
        foreach (var file in clip.Files)
        {
            var source = new StoreSource(Path.Combine(clip.Clip.Folder, file.Name), file.SizeBytes, file.Sha256);
            var result = await storage.StoreAsync(KeyOf(clip.Sidecar, suffix, file), source, cancellation);
            if (result.Outcome == StoreOutcome.Conflict && stored.Count == 0)
            {
                // Another clip has this name. The first file decides for all: they stay together.
                suffix = clip.Sidecar.ClipId.ToString("N");
                result = await storage.StoreAsync(KeyOf(clip.Sidecar, suffix, file), source, cancellation);
            }

            if (result.Outcome == StoreOutcome.SourceDamaged)
            {
                PutAside(clip.Clip, result.Reason);
                return;
            }

            if (!result.IsThere)
            {
                Later(clip.Clip, result.Reason);
                return;
            }

            stored.Add((file, KeyOf(clip.Sidecar, suffix, file)));
        }

        _attempts.TryRemove(clip.Clip.Sidecar, out _);
        _unreported[clip.Sidecar.ClipId] = new(clip, stored);
        LogStored(logger, clip.Sidecar.ClipId, clip.Sidecar.Streamer, stored[0].Item2.Value);
        signals.Reports.Set();
    }

    private static StorageKey KeyOf(ClipSidecar clip, string suffix, ClipFile file) => clip.Path.Length > 0
        ? StorageKey.OfPath(clip.Path, suffix, Path.GetExtension(file.Name))
        : StorageKey.OfClip(clip.Streamer, clip.Start, $"{Path.GetFileNameWithoutExtension(file.Name)}-{(suffix.Length > 0 ? suffix : clip.ClipId.ToString("N")[..8])}", Path.GetExtension(file.Name));

    private void PutAside(LocalClip clip, string fault)
    {
        LogDamaged(logger, clip.Name, clip.ProcessId, fault);
        ClipFolder.MoveAside(clip, ClipFolder.Damaged);
    }

    private void Later(LocalClip clip, string reason)
    {
        var failures = _attempts.GetValueOrDefault(clip.Sidecar)?.Failures + 1 ?? 1;
        TimeSpan wait;
        lock (_attempts) wait = options.Retry.Delay(failures, random);
        _attempts[clip.Sidecar] = new(failures, clock.GetUtcNow() + wait);
        LogLater(logger, clip.Name, clip.ProcessId, failures, wait.TotalSeconds, reason);
    }

    private sealed record Attempt(int Failures, DateTimeOffset NextAt);

    [LoggerMessage(501, LogLevel.Information, "Clip {ClipId} of {Streamer} is in storage as {Key}.", EventName = "clip.stored")]
    private static partial void LogStored(ILogger logger, Guid clipId, string streamer, string key);

    [LoggerMessage(502, LogLevel.Information, "Clip {ClipId} of worker {ProcessId} is acknowledged; the local copy is deleted.", EventName = "clip.done")]
    private static partial void LogDone(ILogger logger, Guid clipId, Guid processId);

    [LoggerMessage(503, LogLevel.Warning, "Clip {Name} of worker {ProcessId} waits: try {Failures} failed, the next in {Seconds:0.0} s: {Reason}", EventName = "clip.waits")]
    private static partial void LogLater(ILogger logger, string name, Guid processId, int failures, double seconds, string reason);

    [LoggerMessage(504, LogLevel.Error, "Clip {Name} of worker {ProcessId} is damaged and moved to clips/damaged: {Fault}", EventName = "clip.damaged")]
    private static partial void LogDamaged(ILogger logger, string name, Guid processId, string fault);

    [LoggerMessage(505, LogLevel.Error, "Clip {ClipId} of worker {ProcessId} is refused by the control plane and moved to clips/refused: {Reason}", EventName = "clip.refused")]
    private static partial void LogRefused(ILogger logger, Guid clipId, Guid processId, string reason);

    [LoggerMessage(506, LogLevel.Warning, "Clip {ClipId} is acknowledged but cannot be deleted yet: {Reason}", EventName = "clip.not_deleted")]
    private static partial void LogNotDeleted(ILogger logger, Guid clipId, string reason);
}
