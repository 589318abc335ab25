using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Nodes;
using StreamClips.ControlPlane.Notifications;
using StreamClips.Shared.Contracts.V1;
using Reported = StreamClips.Shared.Contracts.V1.ProcessState;
using State = StreamClips.ControlPlane.Processes.ProcessState;

namespace StreamClips.ControlPlane.NodeLink;

/// <summary>A node's status on its way into the database.</summary>
/// <param name="Node">The node.</param>
/// <param name="Session">The session that it came by.</param>
/// <param name="Status">What the agent says.</param>
/// <param name="Memory">What of that session was written before.</param>
internal sealed record HeardStatus(string Node, Guid Session, NodeStatus Status, ReportMemory Memory);

/// <summary>
/// Takes nodes' whole statuses into the database: the nodes, all of their processes in one statement, and what changed by it as events. Those that
/// come while others are written are written together afterwards: a commit, and not its size, is what costs.
/// </summary>
public sealed class NodeStatusStore(Postgres postgres, TimeProvider clock)
{
    /// <summary>Statuses in one transaction, at most.</summary>
    public const int MostTogether = 200;

    private readonly Batches<HeardStatus> _batches = new(MostTogether);
    private int _sessions;

    /// <summary>Takes a status in.</summary>
    /// <param name="node">The node.</param>
    /// <param name="session">The session that it came by.</param>
    /// <param name="status">What the agent says.</param>
    /// <param name="cancellation">Waits no longer; it is written all the same.</param>
    /// <param name="memory">What of that session was written before; null: nothing.</param>
    /// <returns>Whether the session is still the node's; where it is not, nothing was written.</returns>
    public Task<bool> TakeAsync(string node, Guid session, NodeStatus status, CancellationToken cancellation, ReportMemory? memory = null) =>
        _batches.AddAsync(new HeardStatus(node, session, status, memory ?? new()), WriteAsync, cancellation);

    /// <summary>A session begins, with nothing written.</summary>
    public ReportMemory Begin()
    {
        Interlocked.Increment(ref _sessions);
        return new();
    }

    /// <summary>A session ended.</summary>
    public void End() => Interlocked.Decrement(ref _sessions);

    private async Task<IReadOnlyList<bool>> WriteAsync(IReadOnlyList<HeardStatus> statuses)
    {
        var (answers, written) = await CommitAsync(statuses);
        // Only what is committed: what a failed commit undid is to be written with the next status.
        foreach (var report in written) report.By.Memory.Wrote(report.Id, report.Word, clock);
        return answers;
    }

    private Task<(IReadOnlyList<bool> Answers, IReadOnlyList<Report> Written)> CommitAsync(IReadOnlyList<HeardStatus> statuses) => postgres.TransactAsync(async connection =>
    {
        var now = clock.GetUtcNow();
        var before = await NodeSessionStore.HeardAsync(connection, statuses, CancellationToken.None);
        var heard = statuses.Where(s => before.ContainsKey(s.Session)).OrderBy(s => s.Node, StringComparer.Ordinal).ToList();
        List<NewEvent> events = [.. await ShippingStatusStore.TakeAsync(connection, heard, now, CancellationToken.None)];
        var isLarge = Volatile.Read(ref _sessions) > ReportMemory.Few;
        var reports = heard.SelectMany(h => h.Status.Processes.Select(p => Report.Of(h, p)).OfType<Report>().DistinctBy(r => r.Id)).ToList();
        var news = reports.FindAll(r => !r.By.Memory.Holds(r.Id, r.Word, isLarge ? clock : null));
        var changes = (await UpdateAsync(connection, news, now)).ToLookup(c => c.NodeId, StringComparer.Ordinal);
        var ended = (await EndUnlistedAsync(connection, heard, reports, now)).ToLookup(c => c.NodeId, StringComparer.Ordinal);
        await WishNoLongerAsync(connection, [.. changes.Where(g => g.Any(c => c.State == State.Ended && c.OldState != State.Ended)).Select(g => g.Key).Order(StringComparer.Ordinal)]);
        foreach (var (node, _, status, _) in heard)
        {
            events.AddRange(await ProcessEndingStore.AddAsync(connection, status, [.. changes[node]], CancellationToken.None));
            events.AddRange(changes[node].Concat(ended[node]).SelectMany(c => c.Events()));
        }

        foreach (var emptied in heard.Where(h => before[h.Session] is { Draining: true, Drained: false }))
            if (await NodeStore.IsDrainedAsync(connection, emptied.Node, CancellationToken.None)) events.Add(NodeStore.Drained(emptied.Node));
        await EventStore.AddAsync(connection, now, events, CancellationToken.None);
        return ((IReadOnlyList<bool>)[.. statuses.Select(s => before.ContainsKey(s.Session))], (IReadOnlyList<Report>)news);
    }, CancellationToken.None);

    /// <summary>What ended by itself is wished no longer: the nodes' desired states have changed.</summary>
    private static async Task WishNoLongerAsync(NpgsqlConnection connection, List<string> nodes)
    {
        if (nodes.Count == 0) return;
        await connection.ExecuteAsync(new CommandDefinition("update node set desired_revision = desired_revision + 1 where id = any(@nodes)", new { nodes }));
        await EventStore.AnnounceAsync(connection, Topic.Desired, CancellationToken.None);
        await EventStore.AnnounceAsync(connection, Topic.Planning, CancellationToken.None);
    }

    private static async Task<List<ProcessChange>> UpdateAsync(NpgsqlConnection connection, List<Report> r, DateTimeOffset now)
    {
        if (r.Count == 0) return [];
        return (await connection.QueryAsync<ProcessChange>(new CommandDefinition(
            """
            with report as (
                select * from unnest(@node, @id, @epoch, @state, @reason, @pid, @restarts, @started, @next, @phase, @phaseReason, @at, @rate, @baseline,
                    @messages, @segments, @bytes, @lag, @clips, @live, @missed, @settings)
                as r (node, id, epoch, state, reason, pid, restarts, started, next, phase, phase_reason, at, rate, baseline, messages, segments, bytes, lag, clips, live, missed, settings)
            ), before as (
                select p.id, p.state, p.restarts, p.live, p.wished,
                    -- What a worker said holds until its successor starts, which has said nothing yet.
                    r.phase is not null or (r.started is not null and r.started is distinct from p.run_started_at) as heard,
                    case when p.wished = 'stop' and r.state not in ('stopped', 'ended', 'failed') then 'stopping' else r.state end as next_state
                from process p join report r on r.id = p.id and r.epoch = p.epoch
                where p.node_id = r.node and p.ended_at is null order by p.id for update of p
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
                now,
                node = r.ConvertAll(x => x.By.Node),
                id = r.ConvertAll(x => x.Id),
                epoch = r.ConvertAll(x => x.Epoch),
                state = r.ConvertAll(x => x.State),
                reason = r.ConvertAll(x => x.Reason),
                pid = r.ConvertAll(x => x.Pid), restarts = r.ConvertAll(x => x.Restarts),
                // DateTimeOffset, not DateTime: the driver takes the type of an array of DateTimes from its first element, which may be null.
                started = r.ConvertAll(x => x.StartedAt),
                next = r.ConvertAll(x => x.NextStartAt),
                phase = r.ConvertAll(x => x.Phase),
                phaseReason = r.ConvertAll(x => x.PhaseReason),
                at = r.ConvertAll(x => x.WorkerAt),
                rate = r.ConvertAll(x => x.Worker.ChatRatePerS), baseline = r.ConvertAll(x => x.Worker.BaselineRatePerS),
                messages = r.ConvertAll(x => x.Worker.ChatMessages),
                segments = r.ConvertAll(x => x.Worker.Segments), bytes = r.ConvertAll(x => x.Worker.Bytes),
                lag = r.ConvertAll(x => x.Worker.LagS < 0 ? (double?)null : x.Worker.LagS),
                clips = r.ConvertAll(x => x.Worker.Clips),
                live = r.ConvertAll(x => ProcessChange.IsLive(x.Phase)),
                missed = r.ConvertAll(x => Math.Max(0, x.Worker.NotClipped)),
                settings = r.ConvertAll(x => x.Phase is null ? null : PostgresText.Clean(x.Worker.SettingsVersion, 100)),
            }))).AsList();
    }

    /// <summary>Processes that were told to stop, and that their nodes have forgotten after they knew of that, have stopped.</summary>
    private static async Task<List<ProcessChange>> EndUnlistedAsync(NpgsqlConnection connection, List<HeardStatus> heard, List<Report> listed, DateTimeOffset now) =>
        heard.Count == 0 ? [] : (await connection.QueryAsync<ProcessChange>(new CommandDefinition(
            """
            update process p set state = 'stopped', ended_at = @now, pid = null
            from unnest(@node, @applied) as h (node, applied)
            where p.node_id = h.node and p.ended_at is null and p.wished = 'stop' and p.revision <= h.applied and not (p.id = any(@listed))
            returning p.id, p.streamer_id, p.streamer_name as streamer, p.node_id, 'stopping' as old_state, p.state, p.reason, p.restarts as old_restarts, p.restarts,
                p.pid, p.live as old_live, null as phase, p.phase_reason
            """,
            new { node = heard.ConvertAll(h => h.Node), applied = heard.ConvertAll(h => h.Status.AppliedRevision), listed = listed.ConvertAll(r => r.Id), now }))).AsList();

    /// <summary>A process's status with the types of the database.</summary>
    private sealed record Report(
        Guid Id, long Epoch, string State, string Reason, int? Pid, int Restarts, DateTimeOffset? StartedAt, DateTimeOffset? NextStartAt,
        string? Phase, string PhaseReason, DateTimeOffset? WorkerAt, WorkerStatus Worker, HeardStatus By, bool HasEndings)
    {
        private static readonly WorkerStatus Silent = new() { LagS = -1 };

        /// <summary>Null where the agent speaks of a state that this program does not know.</summary>
        public static Report? Of(HeardStatus by, ProcessStatus status)
        {
            if (!Guid.TryParse(status.ProcessId, out var id) || StateOf(status.State) is not { } state) return null;
            var worker = status.Worker;
            return new Report(
                id, status.Epoch, state, Clean(status.Reason), status.Pid > 0 ? status.Pid : null, Math.Max(0, status.Restarts),
                Time(status.StartedAtMs), Time(status.NextStartAtMs), worker is null ? null : Clean(worker.Phase), Clean(worker?.Reason ?? ""),
                Time(worker?.AtMs ?? 0), worker ?? Silent, by, status.Endings.Count > 0);
        }

        /// <summary>What of a worker that runs is worth a write at once; null: all is, as it does not just run.</summary>
        public RunningWord? Word => State == Processes.ProcessState.Running && !HasEndings ? new(Epoch, Reason, Pid, Restarts, StartedAt, Phase, PhaseReason, Worker.Clips, Worker.NotClipped, Worker.SettingsVersion) : null;

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
