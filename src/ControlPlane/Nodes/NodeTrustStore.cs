using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Notifications;

namespace StreamClips.ControlPlane.Nodes;

/// <summary>Whether a certificate still lets its node in.</summary>
public enum NodeStanding
{
    /// <summary>It does.</summary>
    Good,

    /// <summary>The database knows no such certificate.</summary>
    Unknown,

    /// <summary>It was revoked, or replaced by an enrolment.</summary>
    Revoked,

    /// <summary>The node was retired.</summary>
    Retired,

    /// <summary>It was renewed, and the new one is in use: this is a copy of the key, or of the node's directory.</summary>
    Superseded,
}

/// <summary>Somebody else who showed a node's certificate.</summary>
/// <param name="Node">The node.</param>
/// <param name="Host">What the node's own host calls itself.</param>
/// <param name="RefusedHost">The host, or the address, of who was refused.</param>
/// <param name="Reason">What happened, in words.</param>
public sealed record Duplicate(string Node, string Host, string RefusedHost, string Reason);

/// <summary>Which nodes may still speak.</summary>
public sealed class NodeTrustStore(Postgres postgres, TimeProvider clock)
{
    // A second agent that calls again after so long is told of again.
    private static readonly TimeSpan DuplicateIsOld = TimeSpan.FromMinutes(10);

    /// <summary>How a certificate stands.</summary>
    public async Task<NodeStanding> StandingAsync(string serial, CancellationToken cancellation)
    {
        var row = await postgres.FirstAsync<StandingRow>(
            """
            select c.revoked_at is not null as revoked, c.superseded_by is not null as superseded, coalesce(n.state = 'retired', false) as retired
            from node_certificate c left join node n on n.id = c.node_id where c.serial = @serial
            """, new { serial }, cancellation);
        return row switch
        {
            null => NodeStanding.Unknown,
            { Revoked: true, Retired: true } => NodeStanding.Retired,
            { Superseded: true } => NodeStanding.Superseded,
            { Revoked: true } => NodeStanding.Revoked,
            _ => NodeStanding.Good,
        };
    }

    /// <summary>
    /// Lets a node in no more: all of its certificates are revoked, its session ends, its channels go elsewhere. Only a join token for it brings it back.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="state"><see cref="NodeState.Revoked"/> or <see cref="NodeState.Retired"/>.</param>
    /// <param name="by">Who does it.</param>
    /// <param name="expected">Only where it is of this version, 0 for one that is only enrolled; null: of any.</param>
    /// <param name="cancellation">Gives up; nothing is changed then.</param>
    /// <returns>What became of it; a node may be connected once or only enrolled.</returns>
    public Task<NodeChange> ExcludeAsync(string node, string state, string by, long? expected, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        var now = clock.GetUtcNow();
        // As an enrolment and a session do it: one at a time for a name.
        await NodeLock.TakeAsync(connection, node, cancellation);
        var version = await connection.QueryFirstOrDefaultAsync<long?>(new CommandDefinition("select version from node where id = @node for update", new { node }, cancellationToken: cancellation));
        if (expected is not null && expected != (version ?? 0)) return NodeChange.Stale;
        var certificates = await connection.ExecuteAsync(new CommandDefinition(
            "update node_certificate set revoked_at = @now, revoked_for = @reason where node_id = @node and revoked_at is null",
            new { node, now, reason = $"the node was {state} by {by}" }, cancellationToken: cancellation));
        var rows = await connection.ExecuteAsync(new CommandDefinition(
            "update node set version = version + (state <> @state)::integer, state = @state, session_id = null, duplicate_at = null, duplicate_host = '' where id = @node", new { node, state }, cancellationToken: cancellation));
        if (certificates == 0 && rows == 0) return NodeChange.NotFound;
        await EventStore.AnnounceAsync(connection, Topic.Planning, cancellation);
        await EventStore.AnnounceAsync(connection, Topic.Trust, cancellation);
        var kind = state == NodeState.Retired ? EventKind.NodeRetired : EventKind.NodeRevoked;
        await EventStore.AddAsync(connection, now, [new(kind, new { node, by })], cancellation);
        return NodeChange.Done;
    }, cancellation);

    /// <summary>
    /// Takes a certificate into use. With the first use of one that renewed another, that one ends, and so does all else that came of it: of a copied key
    /// there are renewals that nobody uses.
    /// </summary>
    /// <param name="connection">The connection of the session's transaction, which holds the <see cref="NodeLock"/>.</param>
    /// <param name="node">The node.</param>
    /// <param name="serial">The certificate's serial number.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task UseAsync(NpgsqlConnection connection, string node, string serial, DateTimeOffset now, CancellationToken cancellation)
    {
        var family = await connection.QueryAsync<string?>(new CommandDefinition(
            "update node_certificate set used_at = @now where serial = @serial and used_at is null returning family", new { serial, now }, cancellationToken: cancellation));
        if (family.FirstOrDefault() is not { } enrolled) return;
        var ended = await connection.ExecuteAsync(new CommandDefinition(
            """
            update node_certificate set revoked_at = @now, revoked_for = 'it was renewed, and the new certificate is in use', superseded_by = @serial
            where node_id = @node and revoked_at is null and serial <> @serial and (family = @enrolled or serial = @enrolled) and renews is distinct from @serial
            """, new { node, serial, enrolled, now }, cancellationToken: cancellation));
        if (ended > 0) await EventStore.AnnounceAsync(connection, Topic.Trust, cancellation);
    }

    /// <summary>Writes down that somebody called with a certificate that its node has replaced.</summary>
    /// <param name="node">The node.</param>
    /// <param name="address">Where the call came from.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task TellCopyAsync(string node, string address, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        var host = await connection.QueryFirstOrDefaultAsync<string>(new CommandDefinition("select host_name from node where id = @node", new { node }, cancellationToken: cancellation));
        await TellDuplicateAsync(connection, new(node, host ?? "", address, "somebody called with a certificate that this node has renewed, and was refused"), clock.GetUtcNow(), cancellation);
        return true;
    }, cancellation);

    /// <summary>Writes down that another agent called, and from where; as an event where it is news: it calls every few seconds.</summary>
    public static async Task TellDuplicateAsync(NpgsqlConnection connection, Duplicate duplicate, DateTimeOffset now, CancellationToken cancellation)
    {
        // What is known is not written again at each call: only before it gets old.
        var fresh = now - (DuplicateIsOld / 4);
        if (await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select exists (select 1 from node where id = @Node and duplicate_host = @RefusedHost and duplicate_at > @fresh)", new { duplicate.Node, duplicate.RefusedHost, fresh }, cancellationToken: cancellation)))
        {
            return;
        }

        var old = now - DuplicateIsOld;
        var news = await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            """
            with before as (select id, duplicate_at, duplicate_host from node where id = @Node for update)
            update node set duplicate_at = @now, duplicate_host = @RefusedHost from before where node.id = before.id
            returning before.duplicate_host <> @RefusedHost or before.duplicate_at is null or before.duplicate_at < @old
            """, new { duplicate.Node, duplicate.RefusedHost, now, old }, cancellationToken: cancellation));
        if (!news) return;
        await EventStore.AddAsync(connection, now,
            [new(EventKind.NodeDuplicate, new { node = duplicate.Node, host = duplicate.Host, refused_host = duplicate.RefusedHost, reason = duplicate.Reason })], cancellation);
    }

    private sealed record StandingRow
    {
        public required bool Revoked { get; init; }

        public required bool Superseded { get; init; }

        public required bool Retired { get; init; }
    }
}
