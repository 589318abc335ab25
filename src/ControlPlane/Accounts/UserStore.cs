using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Notifications;

namespace StreamClips.ControlPlane.Accounts;

/// <summary>An account as admins see it.</summary>
public sealed record User
{
    /// <summary>The row.</summary>
    public required Guid Id { get; init; }

    /// <summary>What they sign in as.</summary>
    public required string Username { get; init; }

    /// <summary>What they may do.</summary>
    public required Role Role { get; init; }

    /// <summary>When they were added.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When role or password were last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When a session of theirs that has not ended was last used; null: there is none.</summary>
    public DateTimeOffset? LastSeenAt { get; init; }

    /// <summary>Tokens that have not expired.</summary>
    public required int Tokens { get; init; }

    /// <summary>Grows with every change that somebody makes.</summary>
    public required long Version { get; init; }

    /// <summary>An example.</summary>
    public static User Example { get; } = new()
    {
        Id = Guid.Parse("0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5f"), Username = "ada", Role = Role.Operator, CreatedAt = DateTimeOffset.Parse("2026-01-31T12:00:00Z"),
        UpdatedAt = DateTimeOffset.Parse("2026-01-31T12:00:00Z"), LastSeenAt = DateTimeOffset.Parse("2026-02-01T08:30:00Z"), Tokens = 1, Version = 1,
    };
}

/// <summary>How a change to a user went.</summary>
public enum UserChange
{
    /// <summary>It is committed.</summary>
    Done,

    /// <summary>There is no such user.</summary>
    NotFound,

    /// <summary>Another user has the name.</summary>
    NameTaken,

    /// <summary>Nobody could let anybody in any more.</summary>
    LastAdmin,

    /// <summary>Somebody else changed it first.</summary>
    Stale,
}

/// <summary>Users in the database.</summary>
public sealed class UserStore(Postgres postgres, TimeProvider clock)
{
    private const string Select =
        """
        select a.id, a.username, a.role, a.created_at, a.updated_at, a.version,
            (select max(s.last_seen_at) from session s where s.account_id = a.id) as last_seen_at,
            (select count(*)::integer from api_token t where t.account_id = a.id and t.expires_at > @now) as tokens
        from account a
        """;

    /// <summary>A page of users by name.</summary>
    /// <param name="after">The name that the page begins after; null: the first page.</param>
    /// <param name="limit">Most rows.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<IReadOnlyList<User>> ListAsync(string? after, int limit, CancellationToken cancellation) => postgres.ListAsync<User>(
        $"{Select} where @after::text is null or lower(a.username) > lower(@after) order by lower(a.username) limit @limit",
        new { after, limit, now = clock.GetUtcNow() }, cancellation);

    /// <summary>A page of users in any order.</summary>
    public Task<IReadOnlyList<User>> ListAsync(string? role, string? text, ListOrder order, int limit, CancellationToken cancellation) => postgres.ListAsync<User>(
        $"""
        {Select}
        where (@role::text is null or a.role = @role) and (@text::text is null or strpos(lower(a.username), lower(@text)) > 0) and {order.After}
        order by {order.By} limit @limit
        """, new { role, text, order.SortValue, order.SortId, limit, now = clock.GetUtcNow() }, cancellation);

    /// <summary>One user; null where there is none of this id.</summary>
    public Task<User?> GetAsync(Guid id, CancellationToken cancellation) =>
        postgres.FirstAsync<User>($"{Select} where a.id = @id", new { id, now = clock.GetUtcNow() }, cancellation);

    /// <summary>Adds a user.</summary>
    public async Task<(UserChange Outcome, Guid Id)> AddAsync(string username, Role role, string passwordHash, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        try
        {
            await postgres.TransactAsync(async connection =>
            {
                await connection.ExecuteAsync(new CommandDefinition(
                    "insert into account (id, username, role, password_hash, created_at, updated_at) values (@id, @username, @role, @passwordHash, @now, @now)",
                    new { id, username, role = role.Name(), passwordHash, now }, cancellationToken: cancellation));
                await EventStore.AddAsync(connection, now, [Event(EventKind.UserAdded, id, username)], cancellation);
            }, cancellation);
            return (UserChange.Done, id);
        }
        catch (PostgresException e) when (DatabaseFault.IsDuplicate(e, "account_username"))
        {
            return (UserChange.NameTaken, id);
        }
    }

    /// <summary>Gives a user another role, which counts from the next request on.</summary>
    public Task<UserChange> SetRoleAsync(Guid id, Role role, long? expected, CancellationToken cancellation) => ChangeAsync(
        id, role == Role.Admin, expected, EventKind.UserChanged, "update account set role = @role, version = version + 1, updated_at = @now where id = @id and role <> @role", new { id, role = role.Name(), now = clock.GetUtcNow() }, cancellation);

    /// <summary>Removes a user with their sessions and tokens.</summary>
    public Task<UserChange> RemoveAsync(Guid id, long? expected, CancellationToken cancellation) =>
        ChangeAsync(id, false, expected, EventKind.UserRemoved, "delete from account where id = @id", new { id }, cancellation);

    /// <summary>
    /// Replaces a password, and ends the user's sessions: whoever knew the old one is out. Where somebody else sets it, their tokens go too, as
    /// some may be an intruder's; who changes their own keeps them, and sees them listed.
    /// </summary>
    /// <param name="id">The user.</param>
    /// <param name="passwordHash">The new password's hash.</param>
    /// <param name="but">A session that goes on: the one in which it was changed.</param>
    /// <param name="expected">Only where the user is of this version; null: of any.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<UserChange> SetPasswordAsync(Guid id, string passwordHash, Guid? but, long? expected, CancellationToken cancellation) => await postgres.TransactAsync(async connection =>
    {
        var values = new { id, passwordHash, but, now = clock.GetUtcNow() };
        var version = await connection.QueryFirstOrDefaultAsync<long?>(new CommandDefinition("select version from account where id = @id for update", values, cancellationToken: cancellation));
        if (expected is not null && version is not null && expected != version) return UserChange.Stale;
        var name = await connection.QueryFirstOrDefaultAsync<string>(new CommandDefinition(
            "update account set password_hash = @passwordHash, version = version + 1, updated_at = @now where id = @id returning username", values, cancellationToken: cancellation));
        if (name is null) return UserChange.NotFound;
        await connection.ExecuteAsync(new CommandDefinition(
            "delete from session where account_id = @id and id is distinct from @but", values, cancellationToken: cancellation));
        await connection.ExecuteAsync(new CommandDefinition(
            """
            delete from api_token where account_id = @id and id is distinct from @but
                and not exists (select 1 from session where id = @but and account_id = @id)
            """, values, cancellationToken: cancellation));
        await EventStore.AddAsync(connection, values.now, [Event(EventKind.UserChanged, id, name)], cancellation);
        return UserChange.Done;
    }, cancellation);

    private async Task<UserChange> ChangeAsync(Guid id, bool staysAdmin, long? expected, string kind, string sql, object values, CancellationToken cancellation) => await postgres.TransactAsync(async connection =>
    {
        // One change at a time, so that two admins cannot demote each other.
        var admins = (await connection.QueryAsync<Guid>(new CommandDefinition(
            "select id from account where role = 'admin' order by id for update", cancellationToken: cancellation))).AsList();
        if (!staysAdmin && admins is [var last] && last == id) return UserChange.LastAdmin;
        var before = await connection.QueryFirstOrDefaultAsync<Before>(new CommandDefinition(
            "select username, version from account where id = @id for update", new { id }, cancellationToken: cancellation));
        if (before is null) return UserChange.NotFound;
        if (expected is not null && expected != before.Version) return UserChange.Stale;
        var rows = await connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: cancellation));
        if (rows > 0) await EventStore.AddAsync(connection, clock.GetUtcNow(), [Event(kind, id, before.Username)], cancellation);
        return UserChange.Done;
    }, cancellation);

    private static NewEvent Event(string kind, Guid id, string username) => new(kind, new { user_id = id, user = username, by = Acting.Current?.Name });

    private sealed record Before
    {
        public required string Username { get; init; }

        public required long Version { get; init; }
    }
}
