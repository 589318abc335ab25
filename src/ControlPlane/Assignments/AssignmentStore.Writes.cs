using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Notifications;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Assignments;

/// <content>What a plan changes: one statement for each kind of decision.</content>
public sealed partial class AssignmentStore
{
    // More of them tell nobody anything, and would push other events out of the list that is kept.
    private const int MostWaitEvents = 100;

    /// <summary>What was stopping on a node that says nothing any more is over: nobody will say how it ended.</summary>
    private static Task EndUnheardAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancellation) => connection.ExecuteAsync(new CommandDefinition(
        """
        update process p set state = 'lost', ended_at = @now from node n
        where n.id = p.node_id and n.state in ('lost', 'retired', 'revoked') and p.ended_at is null and p.wished = 'stop'
        """, new { now }, cancellationToken: cancellation));

    /// <summary>Ends what still runs: what ended by itself since the facts were read has its end already.</summary>
    private static async Task EndAsync(NpgsqlConnection connection, List<Decision.End> ends, DateTimeOffset now, CancellationToken cancellation)
    {
        if (ends.Count == 0) return;
        await connection.ExecuteAsync(new CommandDefinition(
            """
            update process p set wished = 'stop', reason = e.reason, state = case when e.lost then 'lost' else 'stopping' end,
                ended_at = case when e.lost then @now end, revision = n.desired_revision
            from unnest(@id, @reason, @lost) as e (id, reason, lost), node n
            where p.id = e.id and n.id = p.node_id and p.wished = 'run'
            """,
            new { id = ends.ConvertAll(e => e.ProcessId), reason = ends.ConvertAll(e => e.Reason), lost = ends.ConvertAll(e => e.Lost), now },
            cancellationToken: cancellation));
        var failed = ends.Where(e => e.Failed).ToList();
        if (failed.Count == 0) return;
        await connection.ExecuteAsync(new CommandDefinition(
            """
            delete from placement_failure where at < @old;
            insert into placement_failure (streamer_id, node_id, at)
            select s.id, f.node, @now from unnest(@streamer, @node) as f (streamer, node) join streamer s on s.id = f.streamer
            on conflict do nothing;
            """,
            new { streamer = failed.ConvertAll(e => e.StreamerId), node = failed.ConvertAll(e => e.NodeId), now, old = now - FailureMemory.Kept },
            cancellationToken: cancellation));
    }

    /// <returns>Those that wait and did not before, as events: another reason for the same wait is no news.</returns>
    private static async Task<List<NewEvent>> WaitAsync(NpgsqlConnection connection, List<Decision.Wait> waits, PlanFacts facts, CancellationToken cancellation)
    {
        if (waits.Count == 0) return [];
        var rows = await connection.QueryAsync<WaitRow>(new CommandDefinition(
            "update streamer s set waiting = w.reason from unnest(@id, @reason) as w (id, reason) where s.id = w.id returning s.id, s.name, s.waiting",
            new { id = waits.ConvertAll(w => w.StreamerId), reason = waits.ConvertAll(w => w.Reason) }, cancellationToken: cancellation));
        var waited = facts.Streamers.Where(s => s.Waiting.Length > 0).Select(s => s.Id).ToHashSet();
        return [.. rows.Where(r => r.Waiting.Length > 0 && !waited.Contains(r.Id)).Take(MostWaitEvents)
            .Select(r => new NewEvent(EventKind.StreamerWaits, new { streamer_id = r.Id, streamer = r.Name, reason = r.Waiting }))];
    }

    private static async Task<List<NewEvent>> StartAsync(NpgsqlConnection connection, List<Decision.Start> starts, DateTimeOffset now, CancellationToken cancellation)
    {
        if (starts.Count == 0) return [];
        var json = new Dictionary<ClipSettings, string>();
        var rows = await connection.QueryAsync<StartedRow>(new CommandDefinition(
            """
            with wanted as (
                select * from unnest(@id, @streamer, @node, @name, @url, @box, @chat, @settings, @version, @reason) as w (id, streamer, node, name, url, box, chat, settings, version, reason)
            ), next as (
                update streamer s set last_epoch = s.last_epoch + 1, waiting = '' from wanted w where s.id = w.streamer returning s.id, s.last_epoch
            )
            insert into process (id, streamer_id, node_id, epoch, streamer_name, url, sealed_url, chat_url, settings, settings_version, placement, wished, state, revision, created_at)
            select w.id, w.streamer, w.node, next.last_epoch, w.name, w.url, w.box, w.chat, w.settings::jsonb, w.version, w.reason, 'run', 'assigned', n.desired_revision, @now
            from wanted w join next on next.id = w.streamer join node n on n.id = w.node
            returning id, streamer_id, streamer_name as streamer, node_id, epoch, placement
            """,
            new
            {
                id = starts.ConvertAll(_ => Guid.CreateVersion7(now)),
                streamer = starts.ConvertAll(s => s.StreamerId),
                node = starts.ConvertAll(s => s.NodeId),
                name = starts.ConvertAll(s => s.Order.Streamer),
                url = starts.ConvertAll(s => s.Order.Url),
                box = starts.ConvertAll(s => s.Order.SealedUrl),
                chat = starts.ConvertAll(s => s.Order.ChatUrl),
                settings = starts.ConvertAll(s => json.TryGetValue(s.Order.Settings, out var known) ? known : json[s.Order.Settings] = s.Order.Settings.ToJson()),
                version = starts.ConvertAll(s => s.SettingsVersion),
                reason = starts.ConvertAll(s => s.Reason),
                now,
            },
            cancellationToken: cancellation));
        return [.. rows.Select(r => new NewEvent(EventKind.ProcessAssigned, new
        {
            process_id = r.Id,
            streamer_id = r.StreamerId,
            streamer = r.Streamer,
            node = r.NodeId,
            epoch = r.Epoch,
            reason = r.Placement,
        }))];
    }

    /// <summary>Writes down when something was moved without need, and that the load is even.</summary>
    /// <returns>What to tell whoever asked for it.</returns>
    private static async Task<NewEvent?> BalanceAsync(NpgsqlConnection connection, IReadOnlyList<Decision> plan, DateTimeOffset now, CancellationToken cancellation)
    {
        var moved = plan.OfType<Decision.Start>().Any(s => s.IsMove);
        var balanced = plan.OfType<Decision.Balanced>().FirstOrDefault();
        if (!moved && balanced is null) return null;
        await connection.ExecuteAsync(new CommandDefinition(
            "update balance set moved_at = case when @moved then @now else moved_at end, balanced_at = coalesce(@at, balanced_at)",
            new { moved, now, at = balanced?.At }, cancellationToken: cancellation));
        return balanced is { Reason.Length: > 0 } ? new NewEvent(EventKind.NodesBalanced, new { balanced.Reason }) : null;
    }

    private sealed record WaitRow
    {
        public required Guid Id { get; init; }

        public required string Name { get; init; }

        public required string Waiting { get; init; }
    }

    private sealed record StartedRow
    {
        public required Guid Id { get; init; }

        public required Guid StreamerId { get; init; }

        public required string Streamer { get; init; }

        public required string NodeId { get; init; }

        public required long Epoch { get; init; }

        public required string Placement { get; init; }
    }
}
