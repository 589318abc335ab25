using Dapper;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Notifications;

namespace StreamClips.ControlPlane.Accounts;

/// <summary>A key for programs, without the key.</summary>
public sealed record ApiToken
{
    /// <summary>How every token begins, so that people and secret scanners know one when they see it.</summary>
    public const string Mark = "sct_";

    /// <summary>Characters of a token that are kept to recognise it.</summary>
    public const int PrefixLength = 12;

    /// <summary>The version of every token: nobody changes one. It is made, and revoked.</summary>
    public const long Version = 1;

    /// <summary>Most tokens of a user.</summary>
    public const int MostOfUser = 100;

    /// <summary>The row.</summary>
    public required Guid Id { get; init; }

    /// <summary>Whose it is.</summary>
    public required Guid AccountId { get; init; }

    /// <summary>The owner's name.</summary>
    public required string Username { get; init; }

    /// <summary>The owner's role as it is now.</summary>
    public required Role Role { get; init; }

    /// <summary>What it is for.</summary>
    public required string Name { get; init; }

    /// <summary>read, operate or admin.</summary>
    public required string Scope { get; init; }

    /// <summary>How it begins.</summary>
    public required string Prefix { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ends.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When it was last used, to the minute; null: never.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>Where it was last used from.</summary>
    public string? LastAddress { get; init; }

    /// <summary>What it reaches now: its scope, and never more than its owner's role.</summary>
    public Role Reaches => (Role)Math.Min((int)Role, (int)(Roles.OfScope(Scope) ?? Role.Viewer));
}

/// <summary>Tokens in the database.</summary>
public sealed class TokenStore(Postgres postgres, TimeProvider clock)
{
    private static readonly TimeSpan Touch = TimeSpan.FromMinutes(1);

    private const string Columns =
        "t.id, t.account_id, a.username, a.role, t.name, t.scope, t.prefix, t.created_at, t.expires_at, t.last_used_at, t.last_address";

    private const string From = "api_token t join account a on a.id = t.account_id";

    /// <summary>Adds a token, unless its owner has as many as one may.</summary>
    public async Task<bool> AddAsync(ApiToken token, byte[] hash, CancellationToken cancellation) => await postgres.TransactAsync(async connection =>
    {
        // The owner's row is locked, so that two that are made at once are counted one after the other.
        await connection.ExecuteAsync(new CommandDefinition("select 1 from account where id = @AccountId for update", new { token.AccountId }, cancellationToken: cancellation));
        var rows = await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into api_token (id, account_id, name, scope, prefix, token_hash, created_at, expires_at)
            select @Id, @AccountId, @Name, @Scope, @Prefix, @hash, @CreatedAt, @ExpiresAt
            where (select count(*) from api_token where account_id = @AccountId) < @MostOfUser
            """,
            new { token.Id, token.AccountId, token.Name, token.Scope, token.Prefix, hash, token.CreatedAt, token.ExpiresAt, ApiToken.MostOfUser },
            cancellationToken: cancellation));
        if (rows == 0) return false;
        await EventStore.AddAsync(connection, token.CreatedAt, [new(EventKind.TokenMade, new { token_id = token.Id, token = token.Name, scope = token.Scope, by = token.Username })], cancellation);
        return true;
    }, cancellation);

    /// <summary>The token of this hash, which is used now; null where it is unknown or expired. The use is written at most once a minute.</summary>
    public async Task<ApiToken?> UseAsync(byte[] hash, string address, DateTimeOffset now, CancellationToken cancellation)
    {
        var token = await postgres.FirstAsync<ApiToken>($"select {Columns} from {From} where t.token_hash = @hash and t.expires_at > @now", new { hash, now }, cancellation);
        if (token is not null && (token.LastUsedAt is null || token.LastUsedAt < now - Touch))
        {
            await postgres.ExecuteAsync(
                "update api_token set last_used_at = @now, last_address = @address where id = @Id and (last_used_at is null or last_used_at < @now)",
                new { token.Id, now, address }, cancellation);
        }

        return token;
    }

    /// <summary>Whether a token is still good.</summary>
    public async Task<bool> IsOpenAsync(Guid id, DateTimeOffset now, CancellationToken cancellation) =>
        await postgres.FirstAsync<bool>("select exists (select 1 from api_token where id = @id and expires_at > @now)", new { id, now }, cancellation);

    /// <summary>A page of tokens in any order, those that expired too.</summary>
    /// <param name="account">Of this user; null: of all.</param>
    /// <param name="order">The order, and where the page begins.</param>
    /// <param name="limit">Most rows.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<IReadOnlyList<ApiToken>> ListAsync(Guid? account, ListOrder order, int limit, CancellationToken cancellation) => postgres.ListAsync<ApiToken>(
        $"""
        select {Columns} from {From}
        where (@account::uuid is null or t.account_id = @account) and {order.After}
        order by {order.By} limit @limit
        """, new { account, order.SortValue, order.SortId, limit }, cancellation);

    /// <summary>One token; null where there is none of this id.</summary>
    /// <param name="id">The token.</param>
    /// <param name="account">Only where it is this user's; null: anybody's.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<ApiToken?> GetAsync(Guid id, Guid? account, CancellationToken cancellation) => postgres.FirstAsync<ApiToken>(
        $"select {Columns} from {From} where t.id = @id and (@account::uuid is null or t.account_id = @account)", new { id, account }, cancellation);

    /// <summary>Revokes a token.</summary>
    /// <param name="id">The token.</param>
    /// <param name="account">Only where it is this user's; null: anybody's.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Whether there was one.</returns>
    public Task<bool> RevokeAsync(Guid id, Guid? account, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        var name = await connection.QueryFirstOrDefaultAsync<string>(new CommandDefinition(
            "delete from api_token where id = @id and (@account::uuid is null or account_id = @account) returning name", new { id, account }, cancellationToken: cancellation));
        if (name is null) return false;
        await EventStore.AddAsync(connection, clock.GetUtcNow(), [new(EventKind.TokenRevoked, new { token_id = id, token = name, by = Acting.Current?.Name })], cancellation);
        return true;
    }, cancellation);
}
