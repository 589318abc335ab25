using System.Collections.Concurrent;
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
/// <param name="Storage">The name of the storage.</param>
/// <param name="Key">Where it lies there.</param>
public sealed record ShippedRendition(LocalRendition Local, RenditionSidecar Sidecar, string SidecarJson, string Storage, StorageKey Key);

/// <summary>
/// Takes renditions to the storage, after their clips: what is on its way is known from the directories alone. A rendition that is
/// not what its sidecar says, or whose clip is gone, is deleted: it can be made again.
/// </summary>
public sealed partial class RenditionShipper(IClipStorage storage, WakeSignals signals, ILogger<RenditionShipper> logger)
{
    private readonly ConcurrentDictionary<(Guid Clip, string Kind), ShippedRendition> _unreported = new();

    /// <summary>Renditions that are in storage and not yet acknowledged by the control plane.</summary>
    public ICollection<ShippedRendition> Unreported => _unreported.Values;

    /// <summary>Whether a worker's directory holds no finished rendition.</summary>
    public static bool IsDrained(Worker worker) => RenditionFolder.List(worker.Spec.ProcessId, worker.Directory).Count == 0;

    /// <summary>A worker's finished renditions.</summary>
    /// <inheritdoc cref="ClipShipper.Find"/>
    public IEnumerable<ShippingItem> Find(Worker worker, Func<string, (DateTimeOffset MadeAt, long Bytes)> measure)
    {
        foreach (var local in RenditionFolder.List(worker.Spec.ProcessId, worker.Directory))
        {
            var (madeAt, bytes) = measure(local.Sidecar);
            yield return new(local.ProcessId, local.Name, local.Sidecar, IsClip: false, madeAt, bytes, cancellation => ShipAsync(local, cancellation))
            {
                // Until its clip is acknowledged the control plane does not know what it is of.
                MustWait = () => local.ClipIsHere,
            };
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
            LogNotDeleted(logger, kind, clipId, e.Message);
        }

        _unreported.TryRemove((clipId, kind), out _);
        signals.Reconcile.Set();
    }

    private async Task<ShipResult> ShipAsync(LocalRendition local, CancellationToken cancellation)
    {
        if (!File.Exists(local.Sidecar)) return new(ShipOutcome.Gone);
        var (sidecar, json, fault) = RenditionFolder.Read(local);
        if (sidecar is null) return Drop(local, fault);
        var source = new StoreSource(Path.Combine(local.Directory.Renditions, sidecar.File.Name), sidecar.File.SizeBytes, sidecar.File.Sha256);
        var key = KeyOf(sidecar, "");
        var result = await storage.StoreAsync(key, source, cancellation);
        if (result.Outcome == StoreOutcome.Conflict)
        {
            key = KeyOf(sidecar, sidecar.ClipId.ToString("N"));
            result = await storage.StoreAsync(key, source, cancellation);
        }

        if (result.Outcome == StoreOutcome.SourceDamaged) return Drop(local, result.Reason);
        if (!result.IsThere) return new(result.Outcome == StoreOutcome.Unavailable ? ShipOutcome.StorageAway : ShipOutcome.Later, result.Reason);
        _unreported[(sidecar.ClipId, sidecar.Kind)] = new(local, sidecar, json, storage.Name, key);
        LogStored(logger, sidecar.Kind, sidecar.ClipId, key.Value);
        signals.Reports.Set();
        return new(ShipOutcome.Done);
    }

    private static StorageKey KeyOf(RenditionSidecar sidecar, string suffix) =>
        StorageKey.OfPath(sidecar.ClipPath, $"{suffix}-{sidecar.Kind}", Path.GetExtension(sidecar.File.Name));

    private ShipResult Drop(LocalRendition local, string fault)
    {
        LogDamaged(logger, local.Name, local.ProcessId, fault);
        RenditionFolder.Delete(local);
        return new(ShipOutcome.Gone);
    }

    [LoggerMessage(511, LogLevel.Information, "Rendition {Kind} of clip {ClipId} is in storage as {Key}.", EventName = "rendition.stored")]
    private static partial void LogStored(ILogger logger, string kind, Guid clipId, string key);

    [LoggerMessage(512, LogLevel.Information, "Rendition {Kind} of clip {ClipId} is acknowledged; the local copy is deleted.", EventName = "rendition.done")]
    private static partial void LogDone(ILogger logger, string kind, Guid clipId);

    [LoggerMessage(513, LogLevel.Warning, "Rendition {Kind} of clip {ClipId} is acknowledged but cannot be deleted yet: {Reason}", EventName = "rendition.not_deleted")]
    private static partial void LogNotDeleted(ILogger logger, string kind, Guid clipId, string reason);

    [LoggerMessage(514, LogLevel.Error, "Rendition {Name} of worker {ProcessId} is damaged and deleted: {Fault}", EventName = "rendition.damaged")]
    private static partial void LogDamaged(ILogger logger, string name, Guid processId, string fault);

    [LoggerMessage(515, LogLevel.Warning, "Rendition {Kind} of clip {ClipId} is not wanted any more and deleted: {Reason}", EventName = "rendition.refused")]
    private static partial void LogRefused(ILogger logger, string kind, Guid clipId, string reason);
}
