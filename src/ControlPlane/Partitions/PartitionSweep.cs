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
        }, PartitionStore.SweepLock, cancellation);
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
            await Round.DoAsync(async stopping => clean = await RunOnceAsync(stopping), Postponed, Failed, stoppingToken);
        }
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

    [LoggerMessage(1704, LogLevel.Information, "partition.dropped: {Partition}: {Why}")]
    private partial void Dropped(string partition, string why);
}
