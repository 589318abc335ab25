using StreamClips.ControlPlane.Accounts;
using StreamClips.ControlPlane.Enrollment;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Leadership;
using StreamClips.ControlPlane.Logs;
using StreamClips.ControlPlane.Notifications;
using StreamClips.ControlPlane.Processes;

namespace StreamClips.ControlPlane.Database;

/// <summary>Keeps the tables that only grow within bounds, on the replica that leads: events by number, log lines and ended processes by age, sessions, tries to sign in and idempotency keys by expiry.</summary>
public sealed partial class Trimmer(EventStore events, LogStore logs, ProcessStore processes, SessionStore sessions, ThrottleStore throttle, JoinTokenStore tokens, IdempotencyStore keys, Leader leader, TimeProvider clock, ILogger<Trimmer> log) : BackgroundService
{
    private const int MostBatches = 20;
    private static readonly TimeSpan LogAge = TimeSpan.FromDays(14);
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    /// <summary>Trims once.</summary>
    /// <returns>How many rows were removed.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var removed = await events.TrimAsync(cancellation) + await processes.TrimAsync(now - LogAge, cancellation) + await sessions.TrimAsync(now, cancellation)
            + await throttle.TrimAsync(now, cancellation) + await tokens.TrimAsync(now, cancellation) + await keys.TrimAsync(now, cancellation);
        for (var batch = 0; batch < MostBatches; batch++)
        {
            var lines = await logs.TrimAsync(now - LogAge, cancellation);
            removed += lines;
            if (lines < LogStore.TrimBatch) break;
        }

        return removed;
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => leader.RunAsync(LeadAsync, stoppingToken);

    private async Task LeadAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await Task.Delay(Interval, clock, stoppingToken);
            try
            {
                await RunOnceAsync(stoppingToken);
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

    [LoggerMessage(1020, LogLevel.Warning, "trimmer.postponed: {Reason}")]
    private partial void Postponed(string reason);

    [LoggerMessage(1021, LogLevel.Error, "trimmer.failed: the tables could not be trimmed; trying again")]
    private partial void Failed(Exception exception);
}
