using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Leadership;
using StreamClips.ControlPlane.Nodes;
using StreamClips.ControlPlane.Notifications;

namespace StreamClips.ControlPlane.Assignments;

/// <summary>Keeps the assignments as they should be, on the replica that leads: woken by changes, by a node that falls silent, and every 5 s without either.</summary>
public sealed partial class AssignmentLoop(
    AssignmentStore assignments, NodeWatch watch, Leader leader, ChangeSignal signal, TimeProvider clock, ILogger<AssignmentLoop> log) : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LivenessPoll = TimeSpan.FromSeconds(1);

    // How often what is kept in memory of the fleet is compared with the whole of it.
    private static readonly TimeSpan Check = TimeSpan.FromMinutes(1);

    // The rest is in the rows, each with its reason.
    private const int MostLogged = 200;

    // More than wait at once on any day.
    private const int MostTogether = 500;

    private readonly Batches<Guid?> _requests = new(MostTogether);

    /// <summary>
    /// Plans for a request that waits for it, on any replica: plans are made one at a time, each from what is committed. Requests that come
    /// while a plan is made have the next one together.
    /// </summary>
    /// <param name="asked">A streamer whose start was just asked for; null: another change.</param>
    /// <param name="cancellation">Waits no longer; the plan is made all the same.</param>
    public Task PlanForAsync(Guid? asked, CancellationToken cancellation) => _requests.AddAsync(asked, PlanForAllAsync, cancellation);

    /// <summary>Plans once.</summary>
    /// <param name="cancellation">Gives up; nothing is changed then.</param>
    /// <param name="asked">Streamers whose start was just asked for; null: none.</param>
    public async Task<IReadOnlyList<Decision>> RunOnceAsync(CancellationToken cancellation, IReadOnlyCollection<Guid>? asked = null)
    {
        Acting.As(null);
        var now = clock.GetUtcNow();
        var plan = await assignments.PlanAsync(now, asked, cancellation);
        foreach (var decision in plan.Take(MostLogged)) Log(decision);
        if (plan.Count > MostLogged) More(plan.Count - MostLogged);
        return plan;
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => leader.RunAsync(LeadAsync, stoppingToken);

    /// <summary>Marks nodes as lost that were silent for too long.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> MarkLostAsync(CancellationToken cancellation)
    {
        // Whoever asked for something changed none of what the program finds by it.
        Acting.As(null);
        var heard = await assignments.HeardAsync(cancellation);
        if (watch.LostBefore(heard.Now) is not { } heardBefore || heard.Oldest is not { } oldest || oldest >= heardBefore) return false;
        var lost = await assignments.MarkLostAsync(heardBefore, clock.GetUtcNow(), cancellation);
        foreach (var node in lost) NodeLost(node);
        return lost.Count > 0;
    }

    private async Task<IReadOnlyList<bool>> PlanForAllAsync(IReadOnlyList<Guid?> asked)
    {
        await RunOnceAsync(CancellationToken.None, asked.OfType<Guid>().ToHashSet());
        return [.. asked.Select(_ => true)];
    }

    private async Task LeadAsync(CancellationToken stoppingToken)
    {
        var (wanted, planned, checkedAt) = (true, clock.GetTimestamp(), clock.GetTimestamp());
        while (true)
        {
            var change = signal.NextAsync(Topic.Planning);
            var pause = LivenessPoll;
            try
            {
                // Without a reason only so often, as a guard against what was not announced.
                wanted |= await MarkLostAsync(stoppingToken) || clock.GetElapsedTime(planned) >= Poll;
                if (wanted) await RunOnceAsync(stoppingToken);
                if (wanted) planned = clock.GetTimestamp();
                wanted = false;
                if (clock.GetElapsedTime(checkedAt) >= Check)
                {
                    await assignments.CheckAsync(clock.GetUtcNow(), stoppingToken);
                    checkedAt = clock.GetTimestamp();
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested && DatabaseFault.IsUnavailable(e))
            {
                // What nodes said meanwhile could not be written down: their silence counts from now.
                watch.Deaf();
                Unavailable(DatabaseFault.Describe(e));
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Failed(e);
                pause = Poll;
            }

            // A plan that failed is still wanted.
            wanted |= await change.OrAfterAsync(pause, clock, stoppingToken);
        }
    }

    private void Log(Decision decision)
    {
        switch (decision)
        {
            case Decision.Start start: Started(start.Order.Streamer, start.Reason); break;
            case Decision.End end: Ended(end.ProcessId, end.NodeId, end.Reason); break;
            case Decision.Retell told: Told(told.ProcessId, told.NodeId, told.SettingsVersion, told.Change); break;
            case Decision.Wait { Reason.Length: > 0 } wait: Waits(wait.StreamerId, wait.Reason); break;
            case Decision.Balanced { Reason.Length: > 0 } balanced: Even(balanced.Reason); break;
        }
    }

    [LoggerMessage(1301, LogLevel.Information, "assignment.started: {Streamer} {Reason}")]
    private partial void Started(string streamer, string reason);

    [LoggerMessage(1302, LogLevel.Information, "assignment.ended: process {Process} on {Node}: {Reason}")]
    private partial void Ended(Guid process, string node, string reason);

    [LoggerMessage(1303, LogLevel.Information, "assignment.waits: streamer {Streamer}: {Reason}")]
    private partial void Waits(Guid streamer, string reason);

    [LoggerMessage(1304, LogLevel.Warning, "node.lost: {Node}")]
    private partial void NodeLost(string node);

    [LoggerMessage(1305, LogLevel.Warning, "assignment.postponed: the database does not answer: {Reason}")]
    private partial void Unavailable(string reason);

    [LoggerMessage(1306, LogLevel.Error, "assignment.failed: the plan could not be made or carried out; trying again")]
    private partial void Failed(Exception exception);

    [LoggerMessage(1307, LogLevel.Information, "assignment.balanced: {Reason}")]
    private partial void Even(string reason);

    [LoggerMessage(1309, LogLevel.Information, "assignment.told: process {Process} on {Node}: settings {Version}: {Change}")]
    private partial void Told(Guid process, string node, string version, string change);

    [LoggerMessage(1308, LogLevel.Information, "assignment.more: {Count} more decisions in this plan")]
    private partial void More(int count);
}
