using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Leadership;

namespace StreamClips.ControlPlane.Partitions;

/// <summary>
/// Indexes days that are over for searches, on the replica that leads. Beside the sweep: an index may take hours, and old days go meanwhile.
/// Not the present day: keeping the index with each line would take three quarters of the speed with which lines come in.
/// </summary>
public sealed partial class TextIndexer(DayTables tables, PartitionStore store, Leader leader, TimeProvider clock, ILogger<TextIndexer> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    /// <summary>Makes the indexes that are missing, one after the other.</summary>
    /// <returns>Whether all are there, or the server can make none.</returns>
    public async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        var clean = true;
        await store.AloneAsync(async () =>
        {
            foreach (var table in tables.All.Where(t => t.Text is not null)) clean &= await IndexAsync(table, cancellation);
        }, PartitionStore.IndexLock, cancellation);
        return clean;
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => leader.RunAsync(LeadAsync, stoppingToken);

    private async Task LeadAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await Task.Delay(Interval, clock, stoppingToken);
            await Round.DoAsync(RunOnceAsync, Postponed, Failed, stoppingToken);
        }
    }

    private async Task<bool> IndexAsync(DayTable table, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var today = DayTable.Day(now).ToDateTime(TimeOnly.MinValue);
        var days = await store.ListAsync(table, cancellation);
        var going = Retention.Due(table, days, now).Select(d => d.Partition.Name).ToHashSet();
        var missing = days.Where(p => p is { Searchable: false, State: DayState.Kept } && p.Day < today && !going.Contains(p.Name)).ToList();
        if (missing.Count == 0 || !await store.HasTrigramsAsync(cancellation)) return true;
        // The newest first: they are kept longest, and searched most.
        foreach (var partition in missing.OrderByDescending(p => p.Day))
        {
            if (await store.IndexTextAsync(table, partition, cancellation) is not { } fault) continue;
            NotIndexed(partition.Name, fault);
            return false;
        }

        return true;
    }

    [LoggerMessage(1705, LogLevel.Warning, "partition.not_indexed: text in {Partition} is searched slowly: {Reason}; trying again")]
    private partial void NotIndexed(string partition, string reason);

    [LoggerMessage(1708, LogLevel.Warning, "partition.indexing_postponed: {Reason}")]
    private partial void Postponed(string reason);

    [LoggerMessage(1709, LogLevel.Error, "partition.indexing_failed: days could not be indexed; trying again")]
    private partial void Failed(Exception exception);
}
