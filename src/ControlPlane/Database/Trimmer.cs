using StreamClips.ControlPlane.Accounts;
using StreamClips.ControlPlane.Clips;
using StreamClips.ControlPlane.Enrollment;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Leadership;
using StreamClips.ControlPlane.Notifications;
using StreamClips.ControlPlane.Processes;

namespace StreamClips.ControlPlane.Database;

/// <summary>Keeps the tables that only grow within bounds, on the replica that leads: events by number, ended processes by age, sessions, tries to sign in and idempotency keys by expiry, and what is left of removed clips by age. Tables in days are kept by the partition sweep.</summary>
public sealed partial class Trimmer(EventStore events, ProcessStore processes, SessionStore sessions, ThrottleStore throttle, JoinTokenStore tokens, IdempotencyStore keys, ClipRemovalStore removals, Leader leader, TimeProvider clock, ILogger<Trimmer> log) : BackgroundService
{
    private static readonly TimeSpan ProcessAge = TimeSpan.FromDays(14);
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    /// <summary>Trims once.</summary>
    /// <returns>How many rows were removed.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        return await events.TrimAsync(cancellation) + await processes.TrimAsync(now - ProcessAge, cancellation) + await sessions.TrimAsync(now, cancellation)
            + await throttle.TrimAsync(now, cancellation) + await tokens.TrimAsync(now, cancellation) + await keys.TrimAsync(now, cancellation) + await removals.TrimAsync(cancellation);
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

    [LoggerMessage(1020, LogLevel.Warning, "trimmer.postponed: {Reason}")]
    private partial void Postponed(string reason);

    [LoggerMessage(1021, LogLevel.Error, "trimmer.failed: the tables could not be trimmed; trying again")]
    private partial void Failed(Exception exception);
}
