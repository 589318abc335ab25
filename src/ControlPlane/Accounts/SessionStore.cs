using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Accounts;

/// <summary>A sign-in that has not ended.</summary>
public sealed record Session
{
    /// <summary>How long a session is good for, however much it is used.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    /// <summary>The version of every session: nobody changes one. It begins, and ends.</summary>
    public const long Version = 1;

    /// <summary>How long it is good for without a request.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromHours(24);

    /// <summary>The row.</summary>
    public required Guid Id { get; init; }

    /// <summary>Who signed in.</summary>
    public required Guid AccountId { get; init; }

    /// <summary>What they sign in as.</summary>
    public required string Username { get; init; }

    /// <summary>What they may do.</summary>
    public required Role Role { get; init; }

    /// <summary>Where they signed in from.</summary>
    public string Address { get; init; } = "";

    /// <summary>What the browser or program calls itself; at most 200 characters.</summary>
    public string UserAgent { get; init; } = "";

    /// <summary>When they signed in.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last used, to the minute.</summary>
    public required DateTimeOffset LastSeenAt { get; init; }

    /// <summary>When it ends at the latest.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>Sign-ins in the database.</summary>
public sealed class SessionStore(Postgres postgres)
{
    private const int MostListed = 1000;
    private static readonly TimeSpan Touch = TimeSpan.FromMinutes(1);

    private const string Columns =
        "s.id, s.account_id, a.username, a.role, s.address, s.user_agent, s.created_at, s.last_seen_at, s.expires_at";

    private const string From = "session s join account a on a.id = s.account_id";

    /// <summary>Remembers a sign-in.</summary>
    public Task AddAsync(Session session, byte[] tokenHash, CancellationToken cancellation) => postgres.ExecuteAsync(
        """
        insert into session (id, token_hash, account_id, address, user_agent, created_at, last_seen_at, expires_at)
        values (@Id, @tokenHash, @AccountId, @Address, @UserAgent, @CreatedAt, @LastSeenAt, @ExpiresAt)
        """,
        new { session.Id, tokenHash, session.AccountId, session.Address, session.UserAgent, session.CreatedAt, session.LastSeenAt, session.ExpiresAt }, cancellation);

    /// <summary>The sign-in of this token, which is used now; null where it is unknown or ended. The use is written at most once a minute.</summary>
    public async Task<Session?> UseAsync(byte[] tokenHash, DateTimeOffset now, CancellationToken cancellation)
    {
        var session = await postgres.FirstAsync<Session>(
            $"select {Columns} from {From} where s.token_hash = @tokenHash and s.expires_at > @now and s.last_seen_at > @idle",
            new { tokenHash, now, idle = now - Session.Idle }, cancellation);
        if (session is not null && session.LastSeenAt < now - Touch) await TouchAsync(session.Id, now, cancellation);
        return session;
    }

    /// <summary>Whether a session has not ended; an open stream counts as use.</summary>
    public async Task<bool> IsOpenAsync(Guid id, DateTimeOffset now, CancellationToken cancellation)
    {
        var seen = await postgres.FirstAsync<DateTimeOffset?>(
            "select last_seen_at from session where id = @id and expires_at > @now and last_seen_at > @idle", new { id, now, idle = now - Session.Idle }, cancellation);
        if (seen < now - Touch) await TouchAsync(id, now, cancellation);
        return seen is not null;
    }

    /// <summary>The sign-ins that have not ended, the last used first.</summary>
    /// <param name="account">Of this user; null: of all.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<IReadOnlyList<Session>> ListAsync(Guid? account, DateTimeOffset now, CancellationToken cancellation) => postgres.ListAsync<Session>(
        $"""
        select {Columns} from {From}
        where (@account::uuid is null or s.account_id = @account) and s.expires_at > @now and s.last_seen_at > @idle
        order by s.last_seen_at desc, s.id limit {MostListed}
        """, new { account, now, idle = now - Session.Idle }, cancellation);

    /// <summary>A sign-in that has not ended; null where there is none of this id.</summary>
    /// <param name="id">The session.</param>
    /// <param name="account">Only where it is this user's; null: anybody's.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<Session?> GetAsync(Guid id, Guid? account, DateTimeOffset now, CancellationToken cancellation) => postgres.FirstAsync<Session>(
        $"""
        select {Columns} from {From}
        where s.id = @id and (@account::uuid is null or s.account_id = @account) and s.expires_at > @now and s.last_seen_at > @idle
        """, new { id, account, now, idle = now - Session.Idle }, cancellation);

    /// <summary>Ends a session.</summary>
    /// <param name="id">The session.</param>
    /// <param name="account">Only where it is this user's; null: anybody's.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> EndAsync(Guid id, Guid? account, CancellationToken cancellation) => await postgres.ExecuteAsync(
        "delete from session where id = @id and (@account::uuid is null or account_id = @account)", new { id, account }, cancellation) > 0;

    /// <summary>Forgets sign-ins that have ended by themselves.</summary>
    public Task<int> TrimAsync(DateTimeOffset now, CancellationToken cancellation) => postgres.ExecuteAsync(
        "delete from session where expires_at <= @now or last_seen_at <= @idle", new { now, idle = now - Session.Idle }, cancellation);

    private Task TouchAsync(Guid id, DateTimeOffset now, CancellationToken cancellation) =>
        postgres.ExecuteAsync("update session set last_seen_at = @now where id = @id and last_seen_at < @now", new { id, now }, cancellation);
}
