using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Leadership;

namespace StreamClips.ControlPlane.Partitions;

/// <summary>
/// Makes the tables of the coming days ahead, and removes those whose time is over, on the replica that leads. What cannot be removed
/// is told, and tried again. A day that is missing all the same is made by whoever needs it (<see cref="KnownDays"/>).
/// </summary>
public sealed partial class PartitionSweep(DayTables tables, PartitionStore store, Leader leader, TimeProvider clock, ILogger<PartitionSweep> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMinutes(1);

    /// <summary>Sweeps once.</summary>
    /// <returns>Whether all is as it should be; false: something could not be removed.</returns>
    public async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        var today = DayTable.Day(clock.GetUtcNow());
        foreach (var table in tables.All)
            for (var day = today; day <= today.AddDays(1); day = day.AddDays(1)) await store.EnsureAsync(table, day, cancellation);
        var clean = true;
        await store.AloneAsync(async () =>
        {
            foreach (var table in tables.All)
                foreach (var (partition, why) in Retention.Due(table, await store.ListAsync(table, cancellation), clock.GetUtcNow()))
                    clean &= await DropAsync(partition, why, cancellation);
            foreach (var table in tables.All.Where(t => t.Text is not null)) clean &= await IndexAsync(table, cancellation);
        }, cancellation);
        return clean;
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => leader.RunAsync(LeadAsync, stoppingToken);

    private async Task LeadAsync(CancellationToken stoppingToken)
    {
        var clean = false;
        while (true)
        {
            await Task.Delay(clean ? Interval : RetryInterval, clock, stoppingToken);
            clean = false;
            try
            {
                clean = await RunOnceAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested && DatabaseFault.IsUnavailable(e))
            {
                Postponed(DatabaseFault.Describe(e));
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Failed(e);
            }
        }
    }

    /// <summary>
    /// Days that are over are indexed for searches. Not the present one: keeping the index with each line would take three
    /// quarters of the speed with which lines come in.
    /// </summary>
    private async Task<bool> IndexAsync(DayTable table, CancellationToken cancellation)
    {
        var today = DayTable.Day(clock.GetUtcNow()).ToDateTime(TimeOnly.MinValue);
        var missing = (await store.ListAsync(table, cancellation)).Where(p => p is { Searchable: false, State: DayState.Kept } && p.Day < today).ToList();
        if (missing.Count == 0 || !await store.HasTrigramsAsync(cancellation)) return true;
        foreach (var partition in missing)
        {
            if (await store.IndexTextAsync(table, partition, cancellation) is not { } fault) continue;
            NotIndexed(partition.Name, fault);
            return false;
        }

        return true;
    }

    private async Task<bool> DropAsync(DayPartition partition, string why, CancellationToken cancellation)
    {
        if (await store.DropAsync(partition, cancellation) is { } fault)
        {
            Stuck(partition.Name, fault);
            await store.NoteFaultAsync(partition, fault, cancellation);
            return false;
        }

        Dropped(partition.Name, why);
        await store.NoteGoneAsync(partition, why, cancellation);
        return true;
    }

    [LoggerMessage(1701, LogLevel.Warning, "partitions.postponed: {Reason}")]
    private partial void Postponed(string reason);

    [LoggerMessage(1702, LogLevel.Error, "partitions.failed: days could not be made or removed; trying again")]
    private partial void Failed(Exception exception);

    [LoggerMessage(1703, LogLevel.Warning, "partition.stuck: {Partition} should be gone and is not: {Reason}; trying again")]
    private partial void Stuck(string partition, string reason);

    [LoggerMessage(1705, LogLevel.Warning, "partition.not_indexed: text in {Partition} is searched slowly: {Reason}; trying again")]
    private partial void NotIndexed(string partition, string reason);

    [LoggerMessage(1704, LogLevel.Information, "partition.dropped: {Partition}: {Why}")]
    private partial void Dropped(string partition, string why);
}
