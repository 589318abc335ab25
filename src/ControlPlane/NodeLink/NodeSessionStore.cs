using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Nodes;
using StreamClips.ControlPlane.Notifications;
using StreamClips.ControlPlane.Secrets;
using StreamClips.Shared.Contracts.V1;

namespace StreamClips.ControlPlane.NodeLink;

/// <summary>How a try to begin a session ended.</summary>
/// <param name="MayConnect">The certificate was still good.</param>
/// <param name="Refusal">Another agent of the node is connected: which; null: none is, and the session began.</param>
public sealed record JoinResult(bool MayConnect, string? Refusal);

/// <summary>What a node shall run.</summary>
/// <param name="Revision">Its number.</param>
/// <param name="Assignments">All of it.</param>
public sealed record Desired(long Revision, IReadOnlyList<Assignment> Assignments);

/// <summary>The sessions of nodes in the database: at most one a node, whichever replica has it.</summary>
public sealed partial class NodeSessionStore(Postgres postgres, AddressSeal seal, TimeProvider clock, ILogger<NodeSessionStore> log)
{
    /// <summary>A session that was silent for so long gives way to any newer one.</summary>
    public static readonly TimeSpan Silent = NodeLinkService.Heartbeat * 3;

    /// <summary>
    /// Begins a session. A node that has a live one is refused, unless the caller is the same agent on the same host since the same boot:
    /// then the agent was restarted, and the older session is a dead one that does not know it yet.
    /// </summary>
    public Task<JoinResult> JoinAsync(Hello hello, string serial, Guid session, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        var now = clock.GetUtcNow();
        // As a revocation does it: either it waits for this session and then ends it, or it was here before.
        await NodeLock.TakeAsync(connection, hello.NodeId, cancellation);
        var good = await connection.QueryFirstOrDefaultAsync<string>(new CommandDefinition(
            "select serial from node_certificate where serial = @serial and revoked_at is null", new { serial }, cancellationToken: cancellation));
        if (good is null) return new JoinResult(MayConnect: false, null);
        var before = await connection.QueryFirstOrDefaultAsync<NodeBefore>(new CommandDefinition(
            "select host_name, boot_id, agent_id, state, session_id is not null and clock_timestamp() - last_seen_at < @Silent as is_live from node where id = @NodeId for no key update", new { hello.NodeId, Silent }, cancellationToken: cancellation));
        if (before is { IsLive: true } && (before.HostName, before.BootId, before.AgentId) != (hello.HostName, hello.BootId, hello.AgentId))
        {
            await NodeTrustStore.TellDuplicateAsync(connection,
                new(hello.NodeId, before.HostName, hello.HostName, "another agent called with this node's certificate and was refused"), now, cancellation);
            return new JoinResult(MayConnect: true,
                $"node '{hello.NodeId}' has a live session of another agent, on host '{before.HostName}': a copied node directory, or a key in strange hands. "
                + $"Give this one an INSTANCE_ID, a NODE_DIRECTORY and a join token of its own; if it is not yours: streamclips nodes revoke {hello.NodeId}");
        }

        await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into node (id, host_name, agent_version, boot_id, agent_id, capacity, state, session_id, first_seen_at, connected_at, last_seen_at)
            values (@NodeId, @HostName, @AgentVersion, @BootId, @AgentId, @Capacity, 'ready', @session, clock_timestamp(), clock_timestamp(), clock_timestamp())
            on conflict (id) do update set host_name = excluded.host_name, agent_version = excluded.agent_version, boot_id = excluded.boot_id, agent_id = excluded.agent_id,
                capacity = excluded.capacity, state = 'ready', session_id = excluded.session_id, connected_at = excluded.connected_at,
                last_seen_at = excluded.last_seen_at
            """,
            new { hello.NodeId, hello.HostName, hello.AgentVersion, hello.BootId, hello.AgentId, hello.Capacity, session }, cancellationToken: cancellation));
        await NodeTrustStore.UseAsync(connection, hello.NodeId, serial, now, cancellation);
        await EventStore.AnnounceAsync(connection, Topic.Planning, cancellation);
        if (before?.State != NodeState.Ready)
            await EventStore.AddAsync(connection, now, [new(EventKind.NodeJoined, new { node = hello.NodeId, host = hello.HostName })], cancellation);
        return new JoinResult(MayConnect: true, null);
    }, cancellation);

    /// <summary>Ends a session, unless a newer one has taken its place. The node is not lost by that: its silence decides.</summary>
    public Task LeaveAsync(string node, Guid session, CancellationToken cancellation) => postgres.ExecuteAsync(
        "update node set session_id = null where id = @node and session_id = @session", new { node, session }, cancellation);

    /// <summary>
    /// Writes down that nodes were heard, and how their hosts are. The first statement of the transaction: it also locks
    /// the nodes' rows, by name, before those of their processes. Times are the database's: the leader, which finds nodes silent, may have another clock.
    /// </summary>
    /// <returns>How the nodes were before, by session; without those whose session is not the node's any more.</returns>
    internal static async Task<IReadOnlyDictionary<Guid, HeardNode>> HeardAsync(NpgsqlConnection connection, IReadOnlyList<HeardStatus> told, CancellationToken cancellation)
    {
        T[] Of<T>(Func<HeardStatus, T> part) => [.. told.Select(part)];
        var rows = (await connection.QueryAsync<HeardNode>(new CommandDefinition(
            $"""
            with told as (
                select * from unnest(@node, @session, @applied, @load, @memory, @available, @disk, @free, @unshipped, @listed, @cores, @kernel, @received, @sent, @sentAt)
                as t (node, session, applied, load, memory, available, disk, free, unshipped, listed, cores, kernel, received, sent, sent_at)
            ), before as (
                select n.id, n.state, n.draining, {NodeStore.IsDrained} as drained from node n join told t on t.node = n.id and t.session = n.session_id order by n.id for no key update of n
            )
            update node n set state = 'ready', last_seen_at = clock_timestamp(), applied_revision = greatest(t.applied, 0), load_1m = t.load,
                memory_total_bytes = t.memory, memory_available_bytes = t.available, disk_total_bytes = t.disk, disk_free_bytes = t.free, unshipped_clips = t.unshipped, listed_processes = t.listed,
                cores = t.cores, kernel = t.kernel, network_received_bytes = t.received, network_sent_bytes = t.sent, clock_offset_s = t.sent_at - extract(epoch from now())::double precision
            from told t join before b on b.id = t.node where n.id = b.id and n.session_id = t.session
            returning t.session, b.state, b.draining, b.drained
            """,
            new
            {
                node = Of(s => s.Node),
                session = Of(s => s.Session),
                applied = Of(s => s.Status.AppliedRevision),
                load = Of(s => s.Status.Health?.Load1M ?? 0),
                memory = Of(s => s.Status.Health?.MemoryTotalBytes ?? 0),
                available = Of(s => s.Status.Health?.MemoryAvailableBytes ?? 0),
                disk = Of(s => s.Status.Health?.DiskTotalBytes ?? 0),
                free = Of(s => s.Status.Health?.DiskFreeBytes ?? 0),
                unshipped = Of(s => s.Status.Health?.UnshippedClips ?? 0),
                listed = Of(s => s.Status.Processes.Count),
                cores = Of(s => s.Status.Health?.Cores ?? 0),
                kernel = Of(s => PostgresText.Clean(s.Status.Health?.Kernel ?? "", 100)),
                received = Of(s => s.Status.Health?.NetworkReceivedBytes ?? 0),
                sent = Of(s => s.Status.Health?.NetworkSentBytes ?? 0),
                // What follows from it has the way of the message in it, which is short.
                sentAt = Of(s => s.Status.SentAtMs > 0 ? s.Status.SentAtMs / 1000.0 : (double?)null),
            },
            cancellationToken: cancellation))).ToDictionary(n => n.Session);
        if (rows.Values.Any(n => n.State == NodeState.Lost)) await EventStore.AnnounceAsync(connection, Topic.Planning, cancellation);
        return rows;
    }

    /// <summary>Which of these sessions' nodes are to be told something, or may be trusted no longer.</summary>
    internal Task<IReadOnlyList<ChangedSession>> ChangedAsync(WatchedSession[] sessions, CancellationToken cancellation) => postgres.ListAsync<ChangedSession>(
        """
        select w.place::integer, coalesce(n.desired_revision <> w.told or (w.repeats and n.applied_revision <> n.desired_revision), false) as desired,
            c.serial is null or c.revoked_at is not null or c.superseded_by is not null as trust
        from unnest(@node, @told, @repeats, @serial) with ordinality as w (node, told, repeats, serial, place)
        left join node n on n.id = w.node left join node_certificate c on c.serial = w.serial
        where n.desired_revision <> w.told or (w.repeats and n.applied_revision <> n.desired_revision)
            or c.serial is null or c.revoked_at is not null or c.superseded_by is not null
        """,
        new
        {
            node = Array.ConvertAll(sessions, s => s.Node),
            told = Array.ConvertAll(sessions, s => s.Told),
            repeats = Array.ConvertAll(sessions, s => s.Repeats),
            serial = Array.ConvertAll(sessions, s => s.Serial),
        }, cancellation);

    /// <summary>What the node shall run, if it is not this revision any more.</summary>
    /// <param name="node">The node.</param>
    /// <param name="known">The revision that it was told.</param>
    /// <param name="repeat">Whether to say it again where the node has not applied it (its disk may have been full).</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Null where there is nothing to say, or where this replica cannot open an address: the node goes on with what it was told.</returns>
    public async Task<Desired?> DesiredAsync(string node, long known, bool repeat, CancellationToken cancellation)
    {
        var rows = await postgres.ListAsync<DesiredRow>(
            """
            select n.desired_revision, p.id, p.epoch, p.streamer_id, p.streamer_name, p.url, p.sealed_url, p.chat_url, p.settings, p.settings_version
            from node n left join process p on p.node_id = n.id and p.wished = 'run' and p.ended_at is null
            where n.id = @node and (n.desired_revision <> @known or (@repeat and n.applied_revision <> n.desired_revision)) order by p.id
            """, new { node, known, repeat }, cancellation);
        if (rows.Count == 0) return null;
        if (rows.FirstOrDefault(r => r.SealedUrl is not null && seal.Open(r.SealedUrl) is null) is { } closed)
        {
            CannotOpen(node, closed.StreamerName);
            return null;
        }

        return new Desired(rows[0].DesiredRevision, [.. rows.Where(r => r.Id is not null).Select(r => new Assignment
        {
            ProcessId = r.Id!.Value.ToString(),
            Epoch = r.Epoch,
            StreamerId = r.StreamerId.ToString(),
            Streamer = r.StreamerName,
            Url = r.SealedUrl is null ? r.Url : seal.Open(r.SealedUrl)!,
            ChatUrl = r.ChatUrl ?? "",
            SettingsJson = r.Settings,
            SettingsVersion = r.SettingsVersion,
        })]);
    }

    [LoggerMessage(1419, LogLevel.Error,
        "desired.sealed: node '{Node}' is told nothing new: the address of '{Streamer}' was sealed with another SECRET_KEY; start this control plane again with that one")]
    private partial void CannotOpen(string node, string streamer);

    private sealed record NodeBefore
    {
        public required string HostName { get; init; }

        public required string BootId { get; init; }

        public required string AgentId { get; init; }

        public required string State { get; init; }

        public required bool IsLive { get; init; }
    }

    private sealed record DesiredRow
    {
        public long DesiredRevision { get; init; }

        public Guid? Id { get; init; }

        public long Epoch { get; init; }

        public Guid StreamerId { get; init; }

        public string StreamerName { get; init; } = "";

        public string Url { get; init; } = "";

        public string? SealedUrl { get; init; }

        public string? ChatUrl { get; init; }

        public string Settings { get; init; } = "{}";

        public string SettingsVersion { get; init; } = "";
    }
}

/// <summary>A session that is to look for itself.</summary>
internal sealed record ChangedSession
{
    /// <summary>Which one of those asked for, from 1.</summary>
    public required int Place { get; init; }

    /// <summary>Whether there is something to tell its node.</summary>
    public required bool Desired { get; init; }

    /// <summary>Whether its certificate is not good any more.</summary>
    public required bool Trust { get; init; }
}

/// <summary>How a node was before it said how it is.</summary>
internal sealed record HeardNode
{
    /// <summary>The session that it was heard by.</summary>
    public required Guid Session { get; init; }

    /// <summary>Its state.</summary>
    public required string State { get; init; }

    /// <summary>Whether it was being emptied.</summary>
    public required bool Draining { get; init; }

    /// <summary>Whether that was done.</summary>
    public required bool Drained { get; init; }
}
