using StreamClips.ControlPlane.Clips;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Leadership;
using StreamClips.Storage;

namespace StreamClips.ControlPlane.StorageChecks;

/// <summary>Sees every hour that each storage of an installation with clips has its mark. On the replica that leads.</summary>
public sealed partial class OwnerMarks(CheckStore checks, ClipStorages storages, ControlPlaneOptions options, Leader leader, TimeProvider clock, ILogger<OwnerMarks> log) : BackgroundService
{
    // No file is removed that is younger than that.
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(60);

    /// <summary>Looks once.</summary>
    /// <returns>How many storages have the mark.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancellation)
    {
        if (!await checks.HasClipsAsync(cancellation)) return 0;
        var (mark, marked) = (new OwnerMark(await checks.InstallationAsync(cancellation)), 0);
        foreach (var name in storages.Names)
        {
            if (storages.Of(name) is not IClipStorage storage) continue;
            if (await PutAsync(mark, storage, cancellation) is { } fault) Unmarked(name, fault);
            else marked++;
        }

        return marked;
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => leader.RunAsync(MarkAsync, stoppingToken);

    /// <returns>Why it has no mark; null: it has.</returns>
    private async Task<string?> PutAsync(OwnerMark mark, IClipStorage storage, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(LongestStep, clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            // Asked first, as storing would make the directory of a disk that is not mounted.
            await using var files = storages.Of(storage.Name).ListAsync(stop.Token).GetAsyncEnumerator(stop.Token);
            await files.MoveNextAsync();
            var put = await mark.PutAsync(storage, Path.Combine(options.DataDirectory, "owner-mark.txt"), stop.Token);
            return put.IsThere ? null : put.Reason;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return $"it did not answer within {LongestStep.TotalSeconds:0} s";
        }
    }

    private async Task MarkAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await Round.DoAsync(RunOnceAsync, Waits, Failed, stoppingToken);
            await Task.Delay(Interval, clock, stoppingToken);
        }
    }

    [LoggerMessage(2131, LogLevel.Warning, "storage.unmarked: storage '{Storage}' could not be marked as one with clips of this installation, so another that shares it would take them for nobody's; tried again in an hour: {Reason}")]
    private partial void Unmarked(string storage, string reason);

    [LoggerMessage(2132, LogLevel.Warning, "storage.marks_wait: {Reason}")]
    private partial void Waits(string reason);

    [LoggerMessage(2133, LogLevel.Error, "storage.marks_failed: storages could not be marked; trying again in an hour")]
    private partial void Failed(Exception exception);
}
