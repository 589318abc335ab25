using StreamClips.ControlPlane.Database;

namespace StreamClips.ControlPlane.Accounts;

/// <summary>Somebody who may sign in.</summary>
public sealed record Account
{
    /// <summary>The row.</summary>
    public required Guid Id { get; init; }

    /// <summary>What they sign in as.</summary>
    public required string Username { get; init; }

    /// <summary>The framework's hash of the password.</summary>
    public required string PasswordHash { get; init; }
}

/// <summary>A sign-in that has not expired.</summary>
public sealed record Session
{
    /// <summary>Who signed in.</summary>
    public required Guid AccountId { get; init; }

    /// <summary>What they sign in as.</summary>
    public required string Username { get; init; }

    /// <summary>When it ends.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>Accounts and sessions in the database.</summary>
public sealed class AccountStore(Postgres postgres)
{
    /// <summary>The account of this name, in any case; null where there is none.</summary>
    public Task<Account?> FindAsync(string username, CancellationToken cancellation) => postgres.FirstAsync<Account>(
        "select id, username, password_hash from account where lower(username) = lower(@username)", new { username }, cancellation);

    /// <summary>Whether there is any account.</summary>
    public async Task<bool> AnyAsync(CancellationToken cancellation) =>
        await postgres.FirstAsync<bool>("select exists (select 1 from account)", null, cancellation);

    /// <summary>Adds an account unless there is one already; replicas that start together add one between them.</summary>
    /// <returns>Whether it was added.</returns>
    public async Task<bool> AddFirstAsync(Account account, DateTimeOffset now, CancellationToken cancellation) => await postgres.ExecuteAsync(
        """
        insert into account (id, username, password_hash, created_at)
        select @Id, @Username, @PasswordHash, @now where not exists (select 1 from account)
        on conflict do nothing
        """, new { account.Id, account.Username, account.PasswordHash, now }, cancellation) == 1;

    /// <summary>Replaces a password's hash, as when the framework's hasher got stronger.</summary>
    public Task RehashAsync(Guid account, string passwordHash, CancellationToken cancellation) => postgres.ExecuteAsync(
        "update account set password_hash = @passwordHash where id = @account", new { account, passwordHash }, cancellation);

    /// <summary>Remembers a sign-in.</summary>
    public Task AddSessionAsync(byte[] tokenHash, Guid account, string address, DateTimeOffset now, DateTimeOffset expires, CancellationToken cancellation) =>
        postgres.ExecuteAsync(
            """
            insert into session (token_hash, account_id, address, created_at, expires_at)
            values (@tokenHash, @account, @address, @now, @expires)
            """, new { tokenHash, account, address, now, expires }, cancellation);

    /// <summary>The sign-in of this token; null where it is unknown or expired.</summary>
    public Task<Session?> FindSessionAsync(byte[] tokenHash, DateTimeOffset now, CancellationToken cancellation) => postgres.FirstAsync<Session>(
        """
        select s.account_id, a.username, s.expires_at from session s join account a on a.id = s.account_id
        where s.token_hash = @tokenHash and s.expires_at > @now
        """, new { tokenHash, now }, cancellation);

    /// <summary>Forgets a sign-in.</summary>
    public Task RemoveSessionAsync(byte[] tokenHash, CancellationToken cancellation) =>
        postgres.ExecuteAsync("delete from session where token_hash = @tokenHash", new { tokenHash }, cancellation);

    /// <summary>Forgets sign-ins that have expired.</summary>
    public Task<int> TrimSessionsAsync(DateTimeOffset now, CancellationToken cancellation) =>
        postgres.ExecuteAsync("delete from session where expires_at <= @now", new { now }, cancellation);
}
