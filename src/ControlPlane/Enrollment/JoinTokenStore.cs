using Dapper;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Notifications;

namespace StreamClips.ControlPlane.Enrollment;

/// <summary>A join token as the control plane knows it: all but the token itself.</summary>
public sealed record JoinTokenRow
{
    /// <summary>Its id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The only node that it is for; null: any new one.</summary>
    public string? NodeId { get; init; }

    /// <summary>How many servers it lets in.</summary>
    public required int Uses { get; init; }

    /// <summary>How many it has let in.</summary>
    public required int Used { get; init; }

    /// <summary>Who made it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ceases to be good.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When somebody revoked it; null: nobody did.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Who revoked it.</summary>
    public string? RevokedBy { get; init; }

    /// <summary>Grows with each server that it lets in, and when it is revoked.</summary>
    public required long Version { get; init; }

    /// <summary>Whether it still lets servers in, in one word: active, used_up, expired, revoked.</summary>
    public string State(DateTimeOffset now) =>
        RevokedAt is not null ? "revoked" : Used >= Uses ? "used_up" : ExpiresAt <= now ? "expired" : "active";
}

/// <summary>What became of a token that was to be revoked.</summary>
public enum TokenChange
{
    /// <summary>It is revoked.</summary>
    Done,

    /// <summary>There is no such token.</summary>
    NotFound,

    /// <summary>It was used or revoked meanwhile.</summary>
    Stale,
}

/// <summary>Who used a join token.</summary>
public sealed record JoinTokenUse
{
    /// <summary>The token.</summary>
    public required Guid TokenId { get; init; }

    /// <summary>The node that was let in.</summary>
    public required string NodeId { get; init; }

    /// <summary>What its host calls itself.</summary>
    public required string HostName { get; init; }

    /// <summary>The address that it called from.</summary>
    public required string Address { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset IssuedAt { get; init; }
}

/// <summary>Join tokens in the database.</summary>
public sealed class JoinTokenStore(Postgres postgres, TimeProvider clock)
{
    /// <summary>How long a token is listed after its end.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(14);

    private const string Version = "(1 + used + (revoked_at is not null)::integer)::bigint";

    private const string Columns = $"id, node_id, uses, used, created_by, created_at, expires_at, revoked_at, revoked_by, {Version} as version";

    /// <summary>Adds one.</summary>
    /// <param name="hash">SHA-256 of its secret.</param>
    /// <param name="node">The only node that it is for; null: any new one.</param>
    /// <param name="uses">How many servers it lets in, 1 to 1000.</param>
    /// <param name="life">How long it is good for.</param>
    /// <param name="by">Who makes it.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<JoinTokenRow> AddAsync(byte[] hash, string? node, int uses, TimeSpan life, string by, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var row = new JoinTokenRow { Id = Guid.CreateVersion7(now), NodeId = node, Uses = uses, Used = 0, CreatedBy = by, CreatedAt = now, ExpiresAt = now + life, Version = 1 };
        await postgres.TransactAsync(async connection =>
        {
            await connection.ExecuteAsync(new CommandDefinition(
                """
                insert into join_token (id, secret_hash, node_id, uses, created_by, created_at, expires_at)
                values (@Id, @hash, @NodeId, @Uses, @CreatedBy, @CreatedAt, @ExpiresAt)
                """, new { row.Id, hash, row.NodeId, row.Uses, row.CreatedBy, row.CreatedAt, row.ExpiresAt }, cancellationToken: cancellation));
            await EventStore.AddAsync(connection, now, [new(EventKind.JoinTokenMade, new { token_id = row.Id, node, uses, by })], cancellation);
        }, cancellation);
        return row;
    }

    /// <summary>A page of tokens.</summary>
    public Task<IReadOnlyList<JoinTokenRow>> ListAsync(ListOrder order, int limit, CancellationToken cancellation) => postgres.ListAsync<JoinTokenRow>(
        $"select {Columns} from join_token where {order.After} order by {order.By} limit @limit", new { order.SortValue, order.SortId, limit }, cancellation);

    /// <summary>One token; null where there is none of this id.</summary>
    public Task<JoinTokenRow?> GetAsync(Guid id, CancellationToken cancellation) =>
        postgres.FirstAsync<JoinTokenRow>($"select {Columns} from join_token where id = @id", new { id }, cancellation);

    /// <summary>Who used these tokens, oldest first.</summary>
    public Task<IReadOnlyList<JoinTokenUse>> UsesAsync(IReadOnlyList<Guid> tokens, CancellationToken cancellation) => postgres.ListAsync<JoinTokenUse>(
        "select token_id, node_id, host_name, address, issued_at from node_certificate where token_id = any(@tokens) order by issued_at",
        new { tokens = tokens.ToArray() }, cancellation);

    /// <summary>Revokes one; whom it has let in stays.</summary>
    /// <param name="id">The token.</param>
    /// <param name="by">Who does it.</param>
    /// <param name="expected">Only where it is of this version; null: of any.</param>
    /// <param name="cancellation">Gives up; nothing is changed then.</param>
    public Task<TokenChange> RevokeAsync(Guid id, string by, long? expected, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        var now = clock.GetUtcNow();
        var version = await connection.QueryFirstOrDefaultAsync<long?>(new CommandDefinition($"select {Version} from join_token where id = @id for update", new { id }, cancellationToken: cancellation));
        if (version is null) return TokenChange.NotFound;
        if (expected is not null && expected != version) return TokenChange.Stale;
        await connection.ExecuteAsync(new CommandDefinition(
            "update join_token set revoked_at = coalesce(revoked_at, @now), revoked_by = coalesce(revoked_by, @by) where id = @id", new { id, by, now }, cancellationToken: cancellation));
        await EventStore.AddAsync(connection, now, [new(EventKind.JoinTokenRevoked, new { token_id = id, by })], cancellation);
        return TokenChange.Done;
    }, cancellation);

    /// <summary>Forgets tokens, and nodes' certificates, that ended long ago. Revoked certificates are kept until they would have expired, and so long more.</summary>
    public async Task<int> TrimAsync(DateTimeOffset now, CancellationToken cancellation) => await postgres.ExecuteAsync(
        "delete from join_token where expires_at < @before", new { before = now - Kept }, cancellation)
        + await postgres.ExecuteAsync("delete from node_certificate where expires_at < @before", new { before = now - Kept }, cancellation);
}
