using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Accounts;

/// <summary>Somebody who may sign in.</summary>
public sealed record Account
{
    /// <summary>The row.</summary>
    public required Guid Id { get; init; }

    /// <summary>What they sign in as.</summary>
    public required string Username { get; init; }

    /// <summary>What they may do.</summary>
    public required Role Role { get; init; }

    /// <summary>The framework's hash of the password.</summary>
    public required string PasswordHash { get; init; }
}

/// <summary>Accounts as signing in needs them.</summary>
public sealed class AccountStore(Postgres postgres)
{
    /// <summary>The account of this name, in any case; null where there is none.</summary>
    public Task<Account?> FindAsync(string username, CancellationToken cancellation) => postgres.FirstAsync<Account>(
        "select id, username, role, password_hash from account where lower(username) = lower(@username)", new { username }, cancellation);

    /// <summary>Whether there is any account.</summary>
    public async Task<bool> AnyAsync(CancellationToken cancellation) =>
        await postgres.FirstAsync<bool>("select exists (select 1 from account)", null, cancellation);

    /// <summary>Adds an account unless there is one already; replicas that start together add one between them.</summary>
    /// <returns>Whether it was added.</returns>
    public async Task<bool> AddFirstAsync(Account account, DateTimeOffset now, CancellationToken cancellation) => await postgres.ExecuteAsync(
        """
        insert into account (id, username, role, password_hash, created_at, updated_at)
        select @Id, @Username, @role, @PasswordHash, @now, @now where not exists (select 1 from account)
        on conflict do nothing
        """, new { account.Id, account.Username, role = account.Role.Name(), account.PasswordHash, now }, cancellation) == 1;

    /// <summary>Replaces a password's hash, as when the framework's hasher got stronger.</summary>
    public Task RehashAsync(Guid account, string passwordHash, CancellationToken cancellation) => postgres.ExecuteAsync(
        "update account set password_hash = @passwordHash where id = @account", new { account, passwordHash }, cancellation);

    /// <summary>Whether somebody is signed in to the account of this name from this address.</summary>
    public async Task<bool> IsSignedInFromAsync(string username, string address, DateTimeOffset now, CancellationToken cancellation) => await postgres.FirstAsync<bool>(
        """
        select exists (select 1 from session s join account a on a.id = s.account_id
            where lower(a.username) = lower(@username) and s.address = @address and s.expires_at > @now)
        """, new { username, address, now }, cancellation);
}
