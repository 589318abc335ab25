using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Nodes;
using StreamClips.ControlPlane.Notifications;
using StreamClips.Shared.Contracts.V1;
using Reported = StreamClips.Shared.Contracts.V1.ProcessState;
using State = StreamClips.ControlPlane.Processes.ProcessState;

namespace StreamClips.ControlPlane.NodeLink;

/// <summary>Takes a node's whole status into the database: the node, all of its processes in one statement, and what changed by it as events.</summary>
public sealed class NodeStatusStore(Postgres postgres, TimeProvider clock)
{
    /// <summary>Takes a status in.</summary>
    /// <returns>Whether the session is still the node's; where it is not, nothing was written.</returns>
    public Task<bool> TakeAsync(string node, Guid session, NodeStatus status, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        var now = clock.GetUtcNow();
        if (await NodeSessionStore.HeardAsync(connection, node, session, status, now, cancellation) is not { } before) return false;
        if (status.Shipping is not null) await ShippingStatusStore.TakeAsync(connection, node, status.Shipping, now, cancellation);
        var reports = status.Processes.Select(Report.Of).OfType<Report>().DistinctBy(r => r.Id).ToList();
        var changes = await UpdateAsync(connection, node, reports, now, cancellation);
        var ended = await EndUnlistedAsync(connection, node, status.AppliedRevision, [.. reports.Select(r => r.Id)], now, cancellation);
        if (changes.Any(c => c.State == State.Ended && c.OldState != State.Ended))
        {
            // What ended by itself is wished no longer: the node's desired state has changed.
            await connection.ExecuteAsync(new CommandDefinition("update node set desired_revision = desired_revision + 1 where id = @node", new { node }, cancellationToken: cancellation));
            await EventStore.AnnounceAsync(connection, Topic.Desired, cancellation);
            await EventStore.AnnounceAsync(connection, Topic.Planning, cancellation);
        }

        var crashes = await ProcessEndingStore.AddAsync(connection, status, changes, cancellation);
        var drained = before is { Draining: true, Drained: false } && await NodeStore.IsDrainedAsync(connection, node, cancellation);
        await EventStore.AddAsync(connection, now, [.. crashes, .. changes.Concat(ended).SelectMany(c => c.Events()), .. drained ? [NodeStore.Drained(node)] : Array.Empty<NewEvent>()], cancellation);
        return true;
    }, cancellation);

    private static async Task<List<ProcessChange>> UpdateAsync(NpgsqlConnection connection, string node, List<Report> r, DateTimeOffset now, CancellationToken cancellation)
    {
        if (r.Count == 0) return [];
        return (await connection.QueryAsync<ProcessChange>(new CommandDefinition(
            """
            with report as (
                select * from unnest(@id, @epoch, @state, @reason, @pid, @restarts, @started, @next, @phase, @phaseReason, @at, @rate, @baseline,
                    @messages, @segments, @bytes, @lag, @clips, @live, @missed, @settings)
                as r (id, epoch, state, reason, pid, restarts, started, next, phase, phase_reason, at, rate, baseline, messages, segments, bytes, lag, clips, live, missed, settings)
            ), before as (
                select p.id, p.state, p.restarts, p.live, p.wished,
                    -- What a worker said holds until its successor starts, which has said nothing yet.
                    r.phase is not null or (r.started is not null and r.started is distinct from p.run_started_at) as heard,
                    case when p.wished = 'stop' and r.state not in ('stopped', 'ended', 'failed') then 'stopping' else r.state end as next_state
                from process p join report r on r.id = p.id and r.epoch = p.epoch
                where p.node_id = @node and p.ended_at is null order by p.id for update of p
            )
            update process p set
                state = b.next_state, reason = case when r.reason = '' and b.next_state = b.state
                    and (r.settings is distinct from p.settings_version or p.settings_applied = p.settings_version) then p.reason else r.reason end,
                wished = case when b.next_state = 'ended' then 'stop' else p.wished end,
                ended_at = case when b.next_state = 'ended' or (p.wished = 'stop' and b.next_state in ('stopped', 'failed')) then @now end,
                pid = r.pid, restarts = r.restarts, run_started_at = r.started, next_start_at = r.next,
                phase = case when b.heard then r.phase else p.phase end, phase_reason = case when b.heard then r.phase_reason else p.phase_reason end,
                worker_at = case when b.heard then r.at else p.worker_at end, live = coalesce(r.live, p.live),
                chat_rate = r.rate, baseline_rate = r.baseline, chat_messages = r.messages, segments = r.segments, bytes = r.bytes, lag_s = r.lag, clips = r.clips,
                not_clipped = r.missed, settings_applied = coalesce(r.settings, p.settings_applied)
            from report r join before b on b.id = r.id
            where p.id = r.id
            returning p.id, p.streamer_id, p.streamer_name as streamer, p.node_id, b.state as old_state, p.state, p.reason,
                b.restarts as old_restarts, p.restarts, p.pid, b.live as old_live, r.phase, p.phase_reason
            """,
            new
            {
                node,
                now,
                id = r.ConvertAll(x => x.Id), epoch = r.ConvertAll(x => x.Epoch),
                state = r.ConvertAll(x => x.State), reason = r.ConvertAll(x => x.Reason),
                pid = r.ConvertAll(x => x.Pid),
                restarts = r.ConvertAll(x => x.Restarts),
                // DateTimeOffset, not DateTime: the driver takes the type of an array of DateTimes from its first element, which may be null.
                started = r.ConvertAll(x => x.StartedAt),
                next = r.ConvertAll(x => x.NextStartAt),
                phase = r.ConvertAll(x => x.Phase),
                phaseReason = r.ConvertAll(x => x.PhaseReason),
                at = r.ConvertAll(x => x.WorkerAt),
                rate = r.ConvertAll(x => x.Worker.ChatRatePerS),
                baseline = r.ConvertAll(x => x.Worker.BaselineRatePerS),
                messages = r.ConvertAll(x => x.Worker.ChatMessages),
                segments = r.ConvertAll(x => x.Worker.Segments), bytes = r.ConvertAll(x => x.Worker.Bytes),
                lag = r.ConvertAll(x => x.Worker.LagS < 0 ? (double?)null : x.Worker.LagS),
                clips = r.ConvertAll(x => x.Worker.Clips),
                live = r.ConvertAll(x => ProcessChange.IsLive(x.Phase)),
                missed = r.ConvertAll(x => Math.Max(0, x.Worker.NotClipped)),
                settings = r.ConvertAll(x => x.Phase is null ? null : PostgresText.Clean(x.Worker.SettingsVersion, 100)),
            },
            cancellationToken: cancellation))).AsList();
    }

    /// <summary>A process that was told to stop, and that the node has forgotten after it knew of that, has stopped.</summary>
    private static async Task<List<ProcessChange>> EndUnlistedAsync(
        NpgsqlConnection connection, string node, long applied, Guid[] listed, DateTimeOffset now, CancellationToken cancellation) =>
        (await connection.QueryAsync<ProcessChange>(new CommandDefinition(
            """
            update process p set state = 'stopped', ended_at = @now, pid = null
            where node_id = @node and ended_at is null and wished = 'stop' and revision <= @applied and not (id = any(@listed))
            returning id, streamer_id, streamer_name as streamer, node_id, 'stopping' as old_state, state, reason, restarts as old_restarts, restarts,
                pid, live as old_live, null as phase, phase_reason
            """, new { node, applied, listed, now }, cancellationToken: cancellation))).AsList();

    /// <summary>A process's status with the types of the database.</summary>
    private sealed record Report(
        Guid Id, long Epoch, string State, string Reason, int? Pid, int Restarts, DateTimeOffset? StartedAt, DateTimeOffset? NextStartAt,
        string? Phase, string PhaseReason, DateTimeOffset? WorkerAt, WorkerStatus Worker)
    {
        private static readonly WorkerStatus Silent = new() { LagS = -1 };

        /// <summary>Null where the agent speaks of a state that this program does not know.</summary>
        public static Report? Of(ProcessStatus status)
        {
            if (!Guid.TryParse(status.ProcessId, out var id) || StateOf(status.State) is not { } state) return null;
            var worker = status.Worker;
            return new Report(
                id, status.Epoch, state, Clean(status.Reason), status.Pid > 0 ? status.Pid : null, Math.Max(0, status.Restarts),
                Time(status.StartedAtMs), Time(status.NextStartAtMs), worker is null ? null : Clean(worker.Phase), Clean(worker?.Reason ?? ""),
                Time(worker?.AtMs ?? 0), worker ?? Silent);
        }

        private static string? StateOf(Reported state) => state switch
        {
            Reported.Starting => Processes.ProcessState.Starting,
            Reported.Running => Processes.ProcessState.Running,
            Reported.BackingOff => Processes.ProcessState.BackingOff,
            Reported.Stopping => Processes.ProcessState.Stopping,
            Reported.Stopped => Processes.ProcessState.Stopped,
            Reported.Ended => Processes.ProcessState.Ended,
            Reported.Failed => Processes.ProcessState.Failed,
            _ => null,
        };

        private static DateTimeOffset? Time(long milliseconds) =>
            milliseconds is > 0 and < 253402300800000 ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;

        private static string Clean(string text) => PostgresText.Clean(text, 1000);
    }
}
