using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StreamClips.NodeAgent.Host;
using StreamClips.NodeAgent.Workers;
using StreamClips.Shared.Clips;
using StreamClips.Storage;

namespace StreamClips.NodeAgent.Shipping;

/// <summary>A rendition whose file is in storage, verified.</summary>
/// <param name="Local">Where it was made.</param>
/// <param name="Sidecar">What it is.</param>
/// <param name="SidecarJson">The same as it was written.</param>
/// <param name="Key">Where it lies in storage.</param>
public sealed record ShippedRendition(LocalRendition Local, RenditionSidecar Sidecar, string SidecarJson, StorageKey Key);

/// <summary>
/// Takes renditions to the storage, one by one, after their clips: what is on its way is known from the directories alone. A
/// rendition that is not what its sidecar says, or whose clip is gone, is deleted: it can be made again.
/// </summary>
public sealed partial class RenditionShipper(
    WorkerFleet fleet, IClipStorage storage, ShippingOptions options, WakeSignals signals, TimeProvider clock, Random random,
    ILogger<RenditionShipper> logger) : BackgroundService
{
    private readonly ConcurrentDictionary<(Guid Clip, string Kind), ShippedRendition> _unreported = new();
    private readonly Dictionary<string, (int Failures, DateTimeOffset NextAt)> _attempts = [];

    /// <summary>Renditions that are in storage and not yet acknowledged by the control plane.</summary>
    public ICollection<ShippedRendition> Unreported => _unreported.Values;

    /// <summary>Whether a worker's directory holds no finished rendition.</summary>
    public static bool IsDrained(Worker worker) => RenditionFolder.List(worker.Spec.ProcessId, worker.Directory).Count == 0;

    /// <summary>Looks for renditions once and ships those whose time has come.</summary>
    public async Task RunOnceAsync(CancellationToken cancellation)
    {
        var here = fleet.All.SelectMany(ListOrNone).ToList();
        foreach (var gone in _attempts.Keys.Except(here.Select(r => r.Sidecar)).ToList()) _attempts.Remove(gone);
        var reported = _unreported.Values.Select(r => r.Local.Sidecar).ToHashSet();
        foreach (var local in here)
        {
            if (reported.Contains(local.Sidecar) || local.ClipIsHere || _unreported.Count >= options.MostUnreported) continue;
            if (_attempts.TryGetValue(local.Sidecar, out var attempt) && attempt.NextAt > clock.GetUtcNow()) continue;
            try
            {
                await ShipAsync(local, cancellation);
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                // Whatever it is, it is this rendition's.
                Later(local, e is IOException or UnauthorizedAccessException ? e.Message : $"{e.GetType().Name}: {e.Message}");
            }
        }
    }

    /// <summary>The control plane has a rendition's row, or will never have it.</summary>
    /// <param name="clipId">The clip.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="error">Why it is refused; empty where it is not.</param>
    public void Acknowledge(Guid clipId, string kind, string error)
    {
        if (!_unreported.TryGetValue((clipId, kind), out var shipped)) return;
        try
        {
            RenditionFolder.Delete(shipped.Local);
            if (error.Length == 0) LogDone(logger, kind, clipId);
            else LogRefused(logger, kind, clipId, error);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It stays, is found again, and reported again.
            LogLater(logger, shipped.Local.Name, shipped.Local.ProcessId, 1, e.Message);
        }

        _unreported.TryRemove((clipId, kind), out _);
        signals.Reconcile.Set();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await RunOnceAsync(stoppingToken);
    }

    private static IReadOnlyList<LocalRendition> ListOrNone(Worker worker)
    {
        try
        {
            return RenditionFolder.List(worker.Spec.ProcessId, worker.Directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Its directory is just being removed.
            return [];
        }
    }

    private async Task ShipAsync(LocalRendition local, CancellationToken cancellation)
    {
        var (sidecar, json, fault) = RenditionFolder.Read(local);
        if (sidecar is null)
        {
            Drop(local, fault);
            return;
        }

        var source = new StoreSource(Path.Combine(local.Directory.Renditions, sidecar.File.Name), sidecar.File.SizeBytes, sidecar.File.Sha256);
        var key = KeyOf(sidecar, "");
        var result = await storage.StoreAsync(key, source, cancellation);
        if (result.Outcome == StoreOutcome.Conflict)
        {
            key = KeyOf(sidecar, sidecar.ClipId.ToString("N"));
            result = await storage.StoreAsync(key, source, cancellation);
        }

        if (result.Outcome == StoreOutcome.SourceDamaged) Drop(local, result.Reason);
        else if (!result.IsThere) Later(local, result.Reason);
        else
        {
            _attempts.Remove(local.Sidecar);
            _unreported[(sidecar.ClipId, sidecar.Kind)] = new(local, sidecar, json, key);
            LogStored(logger, sidecar.Kind, sidecar.ClipId, key.Value);
            signals.Reports.Set();
        }
    }

    private static StorageKey KeyOf(RenditionSidecar sidecar, string suffix) =>
        StorageKey.OfPath(sidecar.ClipPath, $"{suffix}-{sidecar.Kind}", Path.GetExtension(sidecar.File.Name));

    private void Drop(LocalRendition local, string fault)
    {
        LogDamaged(logger, local.Name, local.ProcessId, fault);
        RenditionFolder.Delete(local);
    }

    private void Later(LocalRendition local, string reason)
    {
        var failures = _attempts.GetValueOrDefault(local.Sidecar).Failures + 1;
        _attempts[local.Sidecar] = (failures, clock.GetUtcNow() + options.Retry.Delay(failures, random));
        LogLater(logger, local.Name, local.ProcessId, failures, reason);
    }

    [LoggerMessage(511, LogLevel.Information, "Rendition {Kind} of clip {ClipId} is in storage as {Key}.", EventName = "rendition.stored")]
    private static partial void LogStored(ILogger logger, string kind, Guid clipId, string key);

    [LoggerMessage(512, LogLevel.Information, "Rendition {Kind} of clip {ClipId} is acknowledged; the local copy is deleted.", EventName = "rendition.done")]
    private static partial void LogDone(ILogger logger, string kind, Guid clipId);

    [LoggerMessage(513, LogLevel.Warning, "Rendition {Name} of worker {ProcessId} waits after {Failures} failures: {Reason}", EventName = "rendition.waits")]
    private static partial void LogLater(ILogger logger, string name, Guid processId, int failures, string reason);

    [LoggerMessage(514, LogLevel.Error, "Rendition {Name} of worker {ProcessId} is damaged and deleted: {Fault}", EventName = "rendition.damaged")]
    private static partial void LogDamaged(ILogger logger, string name, Guid processId, string fault);

    [LoggerMessage(515, LogLevel.Warning, "Rendition {Kind} of clip {ClipId} is not wanted any more and deleted: {Reason}", EventName = "rendition.refused")]
    private static partial void LogRefused(ILogger logger, string kind, Guid clipId, string reason);
}
