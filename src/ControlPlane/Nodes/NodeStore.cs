using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Notifications;

namespace StreamClips.ControlPlane.Nodes;

/// <summary>Whether a node can be counted on.</summary>
public static class NodeState
{
    /// <summary>It was heard lately.</summary>
    public const string Ready = "ready";

    /// <summary>It was silent for too long.</summary>
    public const string Lost = "lost";

    /// <summary>Its certificates were revoked: it is not let in.</summary>
    public const string Revoked = "revoked";

    /// <summary>It was taken out of service: it is not let in.</summary>
    public const string Retired = "retired";
}

/// <summary>What became of a change that somebody made to a node.</summary>
public enum NodeChange
{
    /// <summary>It is committed.</summary>
    Done,

    /// <summary>There is no such node.</summary>
    NotFound,

    /// <summary>Somebody else changed it first.</summary>
    Stale,
}

/// <summary>A server with an agent.</summary>
public sealed record Node
{
    /// <summary>Its stable name.</summary>
    public required string Id { get; init; }

    /// <summary>The host's name.</summary>
    public required string HostName { get; init; }

    /// <summary>The agent's version.</summary>
    public required string AgentVersion { get; init; }

    /// <summary>Workers it takes.</summary>
    public required int Capacity { get; init; }

    /// <summary>One of <see cref="NodeState"/>.</summary>
    public required string State { get; init; }

    /// <summary>Processes it shall run.</summary>
    public required int Processes { get; init; }

    /// <summary>When it first connected.</summary>
    public required DateTimeOffset FirstSeenAt { get; init; }

    /// <summary>When it last connected.</summary>
    public required DateTimeOffset ConnectedAt { get; init; }

    /// <summary>When it was last heard.</summary>
    public required DateTimeOffset LastSeenAt { get; init; }

    /// <summary>Number of the desired state it should have.</summary>
    public required long DesiredRevision { get; init; }

    /// <summary>Number of the desired state it has applied.</summary>
    public required long AppliedRevision { get; init; }

    /// <summary>Load over one minute.</summary>
    public required double Load1m { get; init; }

    /// <summary>Memory in bytes; 0: not told yet.</summary>
    public required long MemoryTotalBytes { get; init; }

    /// <summary>Memory that is free for use, in bytes.</summary>
    public required long MemoryAvailableBytes { get; init; }

    /// <summary>Disk in bytes; 0: not told yet.</summary>
    public required long DiskTotalBytes { get; init; }

    /// <summary>Free disk in bytes.</summary>
    public required long DiskFreeBytes { get; init; }

    /// <summary>Clips that are not in storage yet.</summary>
    public required int UnshippedClips { get; init; }

    /// <summary>Length of their files, and of renditions', in bytes.</summary>
    public required long UnshippedBytes { get; init; }

    /// <summary>When the oldest of those clips was finished; null: there is none.</summary>
    public DateTimeOffset? OldestUnshippedAt { get; init; }

    /// <summary>Why the storage takes no clips at present; empty: it does.</summary>
    public required string ShippingFault { get; init; }

    /// <summary>With so many bytes that are not in storage the node makes no new clips; 0: not told yet.</summary>
    public required long SpoolLimitBytes { get; init; }

    /// <summary>How much of that is taken up, 0 to 1 and a little more; null: not told yet.</summary>
    public double? SpoolShare => SpoolLimitBytes > 0 ? Math.Round((double)UnshippedBytes / SpoolLimitBytes, 3) : null;

    /// <summary>Why it makes no new clips at present; empty: it does.</summary>
    public required string RecordingPaused { get; init; }

    /// <summary>Processors; 0: not told yet.</summary>
    public required int Cores { get; init; }

    /// <summary>The kernel's release; empty: not told yet.</summary>
    public required string Kernel { get; init; }

    /// <summary>Received by the host's network devices since its boot.</summary>
    public required long NetworkReceivedBytes { get; init; }

    /// <summary>Sent likewise.</summary>
    public required long NetworkSentBytes { get; init; }

    /// <summary>How far the host's clock is ahead of the database's, with the way of a message in it; null: not told yet.</summary>
    public double? ClockOffsetS { get; init; }

    /// <summary>Whether it gives away what it runs and takes nothing new.</summary>
    public required bool Draining { get; init; }

    /// <summary>
    /// Whether that is done: its agent, which was heard lately, has no worker's directory any more. It removes one only when nothing runs there and every clip,
    /// rendition and journal line of it has arrived.
    /// </summary>
    public required bool Drained { get; init; }

    /// <summary>When its newest certificate ends; null: it has none that is good.</summary>
    public DateTimeOffset? CertificateExpiresAt { get; init; }

    /// <summary>When another agent last called with this node's certificate and was refused; null: never.</summary>
    public DateTimeOffset? DuplicateAt { get; init; }

    /// <summary>The host of that other agent; empty: never.</summary>
    public required string DuplicateHost { get; init; }

    /// <summary>Grows with each change that somebody makes: drains or undrains it, revokes, retires or enrols it. What its agent reports makes no new one.</summary>
    public required long Version { get; init; }

    /// <summary>An example.</summary>
    public static Node Example { get; } = new()
    {
        Id = "node-1", HostName = "server-17", AgentVersion = "0.1.0", Capacity = 40, State = NodeState.Ready, Processes = 12, FirstSeenAt = DateTimeOffset.Parse("2026-01-31T12:00:00Z"),
        ConnectedAt = DateTimeOffset.Parse("2026-02-01T08:00:00Z"), LastSeenAt = DateTimeOffset.Parse("2026-02-01T08:30:00Z"), DesiredRevision = 81, AppliedRevision = 81, Load1m = 1.7,
        MemoryTotalBytes = 8L << 30, MemoryAvailableBytes = 5L << 30, DiskTotalBytes = 80L << 30, DiskFreeBytes = 61L << 30, UnshippedClips = 0, UnshippedBytes = 0, ShippingFault = "",
        SpoolLimitBytes = 20L << 30, RecordingPaused = "", Cores = 4, Kernel = "6.1.0", NetworkReceivedBytes = 81_234_567_890, NetworkSentBytes = 9_876_543_210, ClockOffsetS = 0.004,
        Draining = false, Drained = false, CertificateExpiresAt = DateTimeOffset.Parse("2026-03-02T12:00:00Z"), DuplicateHost = "", Version = 3,
    };
}

/// <summary>Nodes in the database.</summary>
public sealed class NodeStore(Postgres postgres, TimeProvider clock)
{
    /// <summary>Whether a node, n, is drained; as SQL.</summary>
    internal const string IsDrained =
        """
        (n.draining and n.state = 'ready' and n.listed_processes is not distinct from 0 and n.unshipped_clips = 0 and n.applied_revision = n.desired_revision
            and not exists (select 1 from process p where p.node_id = n.id and p.ended_at is null))
        """;

    private const string Columns =
        $"""
        n.id, n.host_name, n.agent_version, n.capacity, n.state, n.first_seen_at, n.connected_at, n.last_seen_at,
        n.desired_revision, n.applied_revision, n.load_1m, n.memory_total_bytes, n.memory_available_bytes,
        n.disk_total_bytes, n.disk_free_bytes, n.unshipped_clips, n.unshipped_bytes, n.oldest_unshipped_at, n.shipping_fault,
        n.spool_limit_bytes, n.recording_paused, n.cores, n.kernel, n.network_received_bytes, n.network_sent_bytes, n.clock_offset_s, n.draining,
        {IsDrained} as drained,
        n.duplicate_at, n.duplicate_host, n.version,
        (select max(c.expires_at) from node_certificate c where c.node_id = n.id and c.revoked_at is null) as certificate_expires_at,
        (select count(*)::integer from process p where p.node_id = n.id and p.ended_at is null and p.wished = 'run') as processes
        """;

    /// <summary>All nodes by name.</summary>
    public Task<IReadOnlyList<Node>> ListAsync(CancellationToken cancellation) =>
        postgres.ListAsync<Node>($"select {Columns} from node n order by n.id limit 10000", null, cancellation);

    /// <summary>One node; null where there is none of this name.</summary>
    public Task<Node?> GetAsync(string id, CancellationToken cancellation) =>
        postgres.FirstAsync<Node>($"select {Columns} from node n where n.id = @id", new { id }, cancellation);

    /// <summary>Lets a node give away what it runs and take nothing new, or takes that back.</summary>
    /// <param name="id">The node.</param>
    /// <param name="draining">Whether.</param>
    /// <param name="expected">Only where it is of this version; null: of any.</param>
    /// <param name="cancellation">Gives up; nothing is changed then.</param>
    public Task<NodeChange> SetDrainingAsync(string id, bool draining, long? expected, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        var found = await connection.QueryFirstOrDefaultAsync<Before>(new CommandDefinition(
            "select draining, version from node where id = @id for update", new { id }, cancellationToken: cancellation));
        if (found is null) return NodeChange.NotFound;
        if (expected is not null && expected != found.Version) return NodeChange.Stale;
        var before = found.Draining;
        await connection.ExecuteAsync(new CommandDefinition(
            "update node set draining = @draining, version = version + 1 where id = @id and draining <> @draining", new { id, draining }, cancellationToken: cancellation));

        // Where nothing ran, it is done at once.
        var events = new List<NewEvent>();
        if (before != draining) events.Add(new(draining ? EventKind.NodeDraining : EventKind.NodeUndrained, new { node = id, by = Acting.Current?.Name }));
        if (!before && draining && await IsDrainedAsync(connection, id, cancellation)) events.Add(Drained(id));
        // Whichever replica leads: a signal of this one alone would leave the others to their poll.
        await EventStore.AnnounceAsync(connection, Topic.Planning, cancellation);
        await EventStore.AddAsync(connection, clock.GetUtcNow(), events, cancellation);
        return NodeChange.Done;
    }, cancellation);

    /// <summary>Whether a node is drained, within a transaction.</summary>
    internal static Task<bool> IsDrainedAsync(NpgsqlConnection connection, string id, CancellationToken cancellation) =>
        connection.QueryFirstOrDefaultAsync<bool>(new CommandDefinition($"select {IsDrained} from node n where n.id = @id", new { id }, cancellationToken: cancellation));

    /// <summary>What is told once it is.</summary>
    internal static NewEvent Drained(string id) => new(EventKind.NodeDrained, new { node = id });

    private sealed record Before
    {
        public required bool Draining { get; init; }

        public required long Version { get; init; }
    }
}
