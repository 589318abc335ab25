using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Notifications;
using StreamClips.Storage;

namespace StreamClips.ControlPlane.Clips;

/// <summary>Removes the clips that are marked, and files that are no clip's: from the storage first, then from the database. On any replica.</summary>
public sealed partial class ClipRemover(
    ClipRemovalStore removals, ClipLeftoverStore leftovers, ClipStorages storages, ChangeSignal signal, TimeProvider clock, ILogger<ClipRemover> log) : BackgroundService
{
    private const int Batch = 50;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(15);

    // A storage that says nothing holds up no other one for longer.
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(60);

    /// <summary>Removes what is due, at most <c>50</c> clips and <c>50</c> files.</summary>
    /// <returns>How many of them are gone.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancellation)
    {
        var gone = 0;
        for (var i = 0; i < Batch && await removals.ClaimAsync(only: null, cancellation) is { } task; i++)
            if (await RemoveAsync(task, cancellation) is null) gone++;
        for (var i = 0; i < Batch && await leftovers.ClaimAsync(cancellation) is { } file; i++)
        {
            var fault = await TryAsync(stop => DeleteAsync(file, stop), cancellation);
            _ = fault is null ? await leftovers.DoneAsync(file, cancellation) : await leftovers.PostponeAsync(file, fault, cancellation);
            if (fault is null) gone++;
            else LeftoverStays(file.Storage, file.Key, fault);
        }

        return gone;
    }

    /// <summary>Removes one clip that is marked, now.</summary>
    /// <returns>Null where it is gone, or somebody else is at it; otherwise why it is not. It is tried again.</returns>
    public async Task<string?> RemoveAsync(Guid clip, CancellationToken cancellation)
    {
        return await removals.ClaimAsync(clip, cancellation) is { } task ? await RemoveAsync(task, cancellation) : null;
    }

    private async Task<string?> RemoveAsync(RemovalTask task, CancellationToken cancellation)
    {
        try
        {
            return await StepAsync(task, cancellation);
        }
        catch (OperationCanceledException)
        {
            await ReleaseAsync(task);
            throw;
        }
    }

    private async Task<string?> StepAsync(RemovalTask task, CancellationToken cancellation)
    {
        var kept = false;
        var fault = await TryAsync(async stop =>
        {
            if (task.DuplicateOf is { } stays && await IsLastAsync(task.Id, stays, stop))
            {
                kept = true;
                return;
            }

            var files = await removals.FilesAsync(task.Id, stop);
            foreach (var file in files)
            {
                // Not every storage hears that it is given up: nothing more is begun when the time is over.
                stop.ThrowIfCancellationRequested();
                await DeleteAsync(file, stop);
            }

            await removals.FinishAsync(task.Id, files, stop);
        }, cancellation);
        if (kept)
        {
            var reason = $"clip {task.DuplicateOf}, which was to stay in its place, has no video in the storage any more";
            await removals.KeepAsync(task, reason, cancellation);
            Kept(task.Id, reason);
        }

        if (fault is null) return null;
        await removals.PostponeAsync(task, fault, cancellation);
        Postponed(task.Id, fault);
        return fault;
    }

    /// <summary>
    /// Whether a duplicate is the last one of its moment: the one that stays has a row, but its video is gone, and this one's is there still. Where people removed the other too, or
    /// its time was up, the moment is wanted no more; where an earlier try has removed this one's video, there is nothing left to keep.
    /// </summary>
    private async Task<bool> IsLastAsync(Guid clip, Guid stays, CancellationToken cancellation) =>
        await removals.StayingVideoAsync(stays, cancellation) is { } other && !await IsThereAsync(other, cancellation)
        && await removals.VideoAsync(clip, cancellation) is { } own && await IsThereAsync(own, cancellation);

    private async Task<bool> IsThereAsync(FilePlace file, CancellationToken cancellation)
    {
        if (!StorageKey.TryParse(file.Key, out var key)) return true;
        await using var stream = await storages.Of(file.Storage).OpenReadAsync(key, cancellation);
        return stream is not null;
    }

    private async Task ReleaseAsync(RemovalTask task)
    {
        try
        {
            await removals.ReleaseAsync(task, CancellationToken.None);
        }
        catch (Exception e) when (DatabaseFault.IsUnavailable(e))
        {
            // The claim runs out by itself.
        }
    }

    private async Task DeleteAsync(FilePlace file, CancellationToken cancellation)
    {
        if (StorageKey.TryParse(file.Key, out var key)) await storages.Of(file.Storage).DeleteAsync(key, cancellation);
    }

    /// <summary>Does something at a storage, for so long.</summary>
    /// <returns>What is against it; null: it is done.</returns>
    private async Task<string?> TryAsync(Func<CancellationToken, Task> work, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(LongestStep, clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            await work(stop.Token);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return $"the storage did not answer within {LongestStep.TotalSeconds:0} s";
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var change = signal.NextAsync(Topic.Removal);
            try
            {
                if (await RunOnceAsync(stoppingToken) > 0) continue;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested && DatabaseFault.IsUnavailable(e))
            {
                Waits(DatabaseFault.Describe(e));
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Failed(e);
            }

            await change.OrAfterAsync(Poll, clock, stoppingToken);
        }
    }

    [LoggerMessage(2101, LogLevel.Warning, "clip.removal_postponed: clip {Clip} is still there: {Fault}")]
    private partial void Postponed(Guid clip, string fault);

    [LoggerMessage(2102, LogLevel.Warning, "clip.leftover: {Storage}:{Key}, of a clip that was removed, is still there: {Fault}")]
    private partial void LeftoverStays(string storage, string key, string fault);

    [LoggerMessage(2103, LogLevel.Warning, "clip.kept: clip {Clip} stays, though it is a duplicate: {Reason}")]
    private partial void Kept(Guid clip, string reason);

    [LoggerMessage(2104, LogLevel.Warning, "clip.removal_waits: {Reason}")]
    private partial void Waits(string reason);

    [LoggerMessage(2105, LogLevel.Error, "clip.removal_failed: clips could not be removed; trying again")]
    private partial void Failed(Exception exception);
}
