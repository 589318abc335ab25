using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using StreamClips.NodeAgent.Host;
using StreamClips.NodeAgent.Workers;
using StreamClips.Shared.Clips;
using StreamClips.Storage;

namespace StreamClips.NodeAgent.Shipping;

/// <summary>A clip whose files are in storage, verified.</summary>
/// <param name="Clip">The clip.</param>
/// <param name="Storage">The name of the storage.</param>
/// <param name="Files">Its files and where they lie in storage.</param>
public sealed record ShippedClip(ReadClip Clip, string Storage, IReadOnlyList<(ClipFile File, StorageKey Key)> Files);

/// <summary>
/// Takes clips from the workers' directories to the storage. What is on its way is known from the directories alone, so
/// nothing is lost with the agent: a clip is found again, stored again (which finds it there), and reported again, until
/// the control plane acknowledges it. Only then it is deleted. When and in which order is <see cref="ShippingQueue"/>'s.
/// </summary>
public sealed partial class ClipShipper(IClipStorage storage, WakeSignals signals, ILogger<ClipShipper> logger)
{
    private readonly ConcurrentDictionary<Guid, ShippedClip> _unreported = new();

    /// <summary>Clips that are in storage and not yet acknowledged by the control plane.</summary>
    public ICollection<ShippedClip> Unreported => _unreported.Values;

    /// <summary>Whether a worker's directory holds no finished clip.</summary>
    public static bool IsDrained(Worker worker) => ClipFolder.List(worker.Spec.ProcessId, worker.Directory).Count == 0;

    /// <summary>A worker's finished clips.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="measure">When the clip of a sidecar was finished, and its length in bytes.</param>
    /// <exception cref="IOException">Its directory cannot be read.</exception>
    public IEnumerable<ShippingItem> Find(Worker worker, Func<string, (DateTimeOffset MadeAt, long Bytes)> measure)
    {
        foreach (var clip in ClipFolder.List(worker.Spec.ProcessId, worker.Directory))
        {
            var (madeAt, bytes) = measure(clip.Sidecar);
            yield return new(clip.ProcessId, clip.Name, clip.Sidecar, IsClip: true, madeAt, bytes, cancellation => ShipAsync(clip, cancellation));
        }
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

    private async Task<ShipResult> ShipAsync(LocalClip clip, CancellationToken cancellation)
    {
        // Acknowledged and deleted since it was found.
        if (!File.Exists(clip.Sidecar)) return new(ShipOutcome.Gone);
        var (read, fault) = ClipFolder.Read(clip);
        if (read is null) return PutAside(clip, fault);
        return _unreported.ContainsKey(read.Sidecar.ClipId)
            ? new(ShipOutcome.Later, $"another clip with the id {read.Sidecar.ClipId} is on its way")
            : await StoreAsync(read, cancellation);
    }

    private async Task<ShipResult> StoreAsync(ReadClip clip, CancellationToken cancellation)
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

            if (result.Outcome == StoreOutcome.SourceDamaged) return PutAside(clip.Clip, result.Reason);
            if (!result.IsThere) return new(result.Outcome == StoreOutcome.Unavailable ? ShipOutcome.StorageAway : ShipOutcome.Later, result.Reason);
            stored.Add((file, KeyOf(clip.Sidecar, suffix, file)));
        }

        _unreported[clip.Sidecar.ClipId] = new(clip, storage.Name, stored);
        LogStored(logger, clip.Sidecar.ClipId, clip.Sidecar.Streamer, stored[0].Item2.Value);
        signals.Reports.Set();
        return new(ShipOutcome.Done);
    }

    private static StorageKey KeyOf(ClipSidecar clip, string suffix, ClipFile file) => clip.Path.Length > 0
        ? StorageKey.OfPath(clip.Path, suffix, Path.GetExtension(file.Name))
        : StorageKey.OfClip(clip.Streamer, clip.Start, $"{Path.GetFileNameWithoutExtension(file.Name)}-{(suffix.Length > 0 ? suffix : clip.ClipId.ToString("N")[..8])}", Path.GetExtension(file.Name));

    private ShipResult PutAside(LocalClip clip, string fault)
    {
        LogDamaged(logger, clip.Name, clip.ProcessId, fault);
        ClipFolder.MoveAside(clip, ClipFolder.Damaged);
        return new(ShipOutcome.Gone);
    }

    [LoggerMessage(501, LogLevel.Information, "Clip {ClipId} of {Streamer} is in storage as {Key}.", EventName = "clip.stored")]
    private static partial void LogStored(ILogger logger, Guid clipId, string streamer, string key);

    [LoggerMessage(502, LogLevel.Information, "Clip {ClipId} of worker {ProcessId} is acknowledged; the local copy is deleted.", EventName = "clip.done")]
    private static partial void LogDone(ILogger logger, Guid clipId, Guid processId);

    [LoggerMessage(504, LogLevel.Error, "Clip {Name} of worker {ProcessId} is damaged and moved to clips/damaged: {Fault}", EventName = "clip.damaged")]
    private static partial void LogDamaged(ILogger logger, string name, Guid processId, string fault);

    [LoggerMessage(505, LogLevel.Error, "Clip {ClipId} of worker {ProcessId} is refused by the control plane and moved to clips/refused: {Reason}", EventName = "clip.refused")]
    private static partial void LogRefused(ILogger logger, Guid clipId, Guid processId, string reason);

    [LoggerMessage(506, LogLevel.Warning, "Clip {ClipId} is acknowledged but cannot be deleted yet: {Reason}", EventName = "clip.not_deleted")]
    private static partial void LogNotDeleted(ILogger logger, Guid clipId, string reason);
}
