using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Notifications;
using StreamClips.ControlPlane.Settings;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Assignments;

/// <summary>Reads the planner's facts, and carries its plans out, in one transaction under a lock that only one planner holds.</summary>
public sealed partial class AssignmentStore(Postgres postgres, ILogger<AssignmentStore> log)
{
    private const long PlannerLock = 0x504C_414E_4E45_5201; // "PLANNER"

    private string? _unreadable;

    /// <summary>Plans once.</summary>
    /// <param name="now">The time.</param>
    /// <param name="asked">A streamer whose start was just asked for: it does not rest after its stream's end.</param>
    /// <param name="cancellation">Gives up; nothing is changed then.</param>
    /// <returns>What was decided and done.</returns>
    public Task<IReadOnlyList<Decision>> PlanAsync(DateTimeOffset now, Guid? asked, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        await connection.ExecuteAsync(new CommandDefinition("select pg_advisory_xact_lock(@PlannerLock)", new { PlannerLock }, cancellationToken: cancellation));
        var (streamers, nodes, live) = await FactsAsync(connection, cancellation);
        streamers = streamers.ConvertAll(s => s.Id == asked ? s with { Last = null } : s);
        var plan = AssignmentPlanner.Plan(streamers, nodes, live, now);
        if (plan.Count > 0) await CarryOutAsync(connection, plan, now, cancellation);
        return plan;
    }, cancellation);

    /// <summary>Marks nodes as lost that were last heard before this.</summary>
    /// <returns>The nodes that are lost now and were not.</returns>
    public Task<IReadOnlyList<string>> MarkLostAsync(DateTimeOffset heardBefore, DateTimeOffset now, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        var lost = (await connection.QueryAsync<LostNode>(new CommandDefinition(
            "update node set state = 'lost' where state = 'ready' and last_seen_at < @heardBefore returning id, last_seen_at",
            new { heardBefore }, cancellationToken: cancellation))).AsList();
        var events = lost.Select(n => new NewEvent(EventKind.NodeLost, new { node = n.Id, reason = $"not heard for {(now - n.LastSeenAt).TotalSeconds:0} s" })).ToList();
        await EventStore.AddAsync(connection, now, events, cancellation);
        return (IReadOnlyList<string>)lost.ConvertAll(n => n.Id);
    }, cancellation);

    private async Task<(List<PlannedStreamer> Streamers, List<PlannedNode> Nodes, List<LiveAssignment> Live)> FactsAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        using var reader = await connection.QueryMultipleAsync(new CommandDefinition(
            """
            select value from settings_default;
            select id, state, capacity from node;
            select s.id, s.name, s.url, s.chat_url, s.active, s.settings, s.waiting, l.state as last_state, l.created_at as last_started_at, l.ended_at as last_ended_at
            from streamer s left join lateral (
                select p.state, p.created_at, p.ended_at from process p where p.streamer_id = s.id and p.wished = 'stop' order by p.epoch desc limit 1) l on s.active
            where s.active or s.waiting <> '' or exists (select 1 from process p where p.streamer_id = s.id and p.wished = 'run');
            select id as process_id, streamer_id, node_id, streamer_name, url, chat_url, settings from process where wished = 'run';
            """, cancellationToken: cancellation));
        var defaults = Defaults(await reader.ReadFirstOrDefaultAsync<string>());
        var nodes = (await reader.ReadAsync<NodeRow>()).Select(n => new PlannedNode(n.Id, n.State, n.Capacity)).ToList();
        var streamers = (await reader.ReadAsync<StreamerRow>()).Select(s => new PlannedStreamer(
            s.Id, s.Active, SettingsOverrides.TryApply(defaults, s.Settings) is { } settings ? new WorkOrder(s.Name, s.Url, s.ChatUrl, settings) : null, s.Waiting,
            s.LastState is null ? null : new LastRun(s.LastState, s.LastStartedAt ?? DateTimeOffset.UnixEpoch, s.LastEndedAt))).ToList();
        var live = (await reader.ReadAsync<LiveRow>()).Select(l => new LiveAssignment(
            l.ProcessId, l.StreamerId, l.NodeId, SettingsOverrides.TryRead(l.Settings) is { } settings ? new WorkOrder(l.StreamerName, l.Url, l.ChatUrl, settings) : null)).ToList();
        return (streamers, nodes, live);
    }

    /// <summary>The defaults; those of the program where what was saved is of another build, which is told once.</summary>
    private ClipSettings Defaults(string? saved)
    {
        if (saved is null) return ClipSettings.Default;
        if (SettingsOverrides.TryRead(saved) is { } read) return read;
        if (_unreadable != saved) Unreadable();
        _unreadable = saved;
        return ClipSettings.Default;
    }

    private static async Task CarryOutAsync(NpgsqlConnection connection, IReadOnlyList<Decision> plan, DateTimeOffset now, CancellationToken cancellation)
    {
        var changed = plan.Select(d => d switch { Decision.End e => e.NodeId, Decision.Start s => s.NodeId, _ => null }).OfType<string>().Distinct().Order().ToArray();
        await connection.ExecuteAsync(new CommandDefinition(
            "update node set desired_revision = desired_revision + 1 where id = any(@changed)", new { changed }, cancellationToken: cancellation));
        var events = new List<NewEvent>();
        foreach (var decision in plan)
        {
            switch (decision)
            {
                case Decision.End end: await EndAsync(connection, end, now, cancellation); break;
                case Decision.Wait wait: await WaitAsync(connection, wait, cancellation); break;
                case Decision.Start start: events.Add(await StartAsync(connection, start, now, cancellation)); break;
            }
        }

        if (changed.Length > 0) await EventStore.AnnounceAsync(connection, Topic.Desired, cancellation);
        await EventStore.AddAsync(connection, now, events, cancellation);
    }

    private static Task EndAsync(NpgsqlConnection connection, Decision.End end, DateTimeOffset now, CancellationToken cancellation) =>
        connection.ExecuteAsync(new CommandDefinition(
            """
            update process set wished = 'stop', reason = @Reason, state = case when @Lost then 'lost' else 'stopping' end,
                ended_at = case when @Lost then @now end, revision = n.desired_revision
            from node n where process.id = @ProcessId and n.id = process.node_id
            """, new { end.ProcessId, end.Reason, end.Lost, now }, cancellationToken: cancellation));

    private static Task WaitAsync(NpgsqlConnection connection, Decision.Wait wait, CancellationToken cancellation) =>
        connection.ExecuteAsync(new CommandDefinition(
            "update streamer set waiting = @Reason where id = @StreamerId", new { wait.StreamerId, wait.Reason }, cancellationToken: cancellation));

    private static async Task<NewEvent> StartAsync(NpgsqlConnection connection, Decision.Start start, DateTimeOffset now, CancellationToken cancellation)
    {
        var id = Guid.CreateVersion7(now);
        var order = start.Order;
        var epoch = await connection.ExecuteScalarAsync<long>(new CommandDefinition(
            """
            with next as (update streamer set last_epoch = last_epoch + 1, waiting = '' where id = @streamerId returning last_epoch)
            insert into process (id, streamer_id, node_id, epoch, streamer_name, url, chat_url, settings, placement, wished, state, revision, created_at)
            select @id, @streamerId, @NodeId, next.last_epoch, @Streamer, @Url, @ChatUrl, @settings::jsonb, @Reason, 'run', 'assigned', n.desired_revision, @now
            from next, node n where n.id = @NodeId
            returning epoch
            """,
            new
            {
                id,
                streamerId = start.StreamerId,
                start.NodeId,
                order.Streamer,
                order.Url,
                order.ChatUrl,
                settings = order.Settings.ToJson(),
                start.Reason,
                now,
            },
            cancellationToken: cancellation));
        return new NewEvent(EventKind.ProcessAssigned, new
        {
            process_id = id,
            streamer_id = start.StreamerId,
            streamer = order.Streamer,
            node = start.NodeId,
            epoch,
            reason = start.Reason,
        });
    }

    [LoggerMessage(1310, LogLevel.Warning, "settings.unreadable: the saved default settings are of another build; the program's own are used: save them again")]
    private partial void Unreadable();

    private sealed record LostNode
    {
        public required string Id { get; init; }

        public required DateTimeOffset LastSeenAt { get; init; }
    }

    private sealed record NodeRow
    {
        public required string Id { get; init; }

        public required string State { get; init; }

        public required int Capacity { get; init; }
    }

    private sealed record StreamerRow
    {
        public required Guid Id { get; init; }

        public required string Name { get; init; }

        public required string Url { get; init; }

        public string? ChatUrl { get; init; }

        public required bool Active { get; init; }

        public required string Settings { get; init; }

        public required string Waiting { get; init; }

        public string? LastState { get; init; }

        public DateTimeOffset? LastStartedAt { get; init; }

        public DateTimeOffset? LastEndedAt { get; init; }
    }

    private sealed record LiveRow
    {
        public required Guid ProcessId { get; init; }

        public required Guid StreamerId { get; init; }

        public required string NodeId { get; init; }

        public required string StreamerName { get; init; }

        public required string Url { get; init; }

        public string? ChatUrl { get; init; }

        public required string Settings { get; init; }
    }
}
