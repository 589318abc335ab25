using Dapper;
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
}

/// <summary>Which nodes may still speak.</summary>
public sealed class NodeTrustStore(Postgres postgres, TimeProvider clock)
{
    /// <summary>How a certificate stands.</summary>
    public async Task<NodeStanding> StandingAsync(string serial, CancellationToken cancellation)
    {
        var row = await postgres.FirstAsync<StandingRow>(
            """
            select c.revoked_at is not null as revoked, coalesce(n.state = 'retired', false) as retired
            from node_certificate c left join node n on n.id = c.node_id where c.serial = @serial
            """, new { serial }, cancellation);
        return row switch
        {
            null => NodeStanding.Unknown,
            { Revoked: true, Retired: true } => NodeStanding.Retired,
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
    /// <param name="cancellation">Gives up; nothing is changed then.</param>
    /// <returns>Whether there is such a node, connected once or only enrolled.</returns>
    public Task<bool> ExcludeAsync(string node, string state, string by, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        var now = clock.GetUtcNow();
        // As an enrolment and a session do it: one at a time for a name.
        await connection.ExecuteAsync(new CommandDefinition("select pg_advisory_xact_lock(hashtextextended(@node, 20))", new { node }, cancellationToken: cancellation));
        var certificates = await connection.ExecuteAsync(new CommandDefinition(
            "update node_certificate set revoked_at = @now, revoked_for = @reason where node_id = @node and revoked_at is null",
            new { node, now, reason = $"the node was {state} by {by}" }, cancellationToken: cancellation));
        var rows = await connection.ExecuteAsync(new CommandDefinition(
            "update node set state = @state, session_id = null where id = @node", new { node, state }, cancellationToken: cancellation));
        if (certificates == 0 && rows == 0) return false;
        await EventStore.AnnounceAsync(connection, Topic.Planning, cancellation);
        await EventStore.AnnounceAsync(connection, Topic.Trust, cancellation);
        var kind = state == NodeState.Retired ? EventKind.NodeRetired : EventKind.NodeRevoked;
        await EventStore.AddAsync(connection, now, [new(kind, new { node, by })], cancellation);
        return true;
    }, cancellation);

    private sealed record StandingRow
    {
        public required bool Revoked { get; init; }

        public required bool Retired { get; init; }
    }
}
