using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Notifications;

namespace StreamClips.ControlPlane.Leadership;

/// <summary>The lease in the database.</summary>
/// <param name="postgres">A pool of its own: a leader whose requests use up all connections must still renew.</param>
public sealed class LeaseStore(Postgres postgres) : IAsyncDisposable
{
    /// <summary>Connections that the lease needs at most.</summary>
    public const int MostConnections = 2;

    /// <summary>Takes the lease with a new term where it has run out or is this replica's own; otherwise only looks.</summary>
    public Task<LeaseSeen> TakeAsync(string replica, CancellationToken cancellation) => SeenAsync(
        """
        with taken as (
            update lease set term = term + 1, holder = @replica, expires_at = clock_timestamp() + @Length
            where expires_at <= clock_timestamp() or holder = @replica returning term, holder, expires_at
        )
        select term, holder, expires_at - clock_timestamp() as remaining, true as is_ours from taken
        union all select term, holder, expires_at - clock_timestamp(), false from lease where not exists (select from taken)
        """, new { replica, LeasePlan.Length }, cancellation);

    /// <summary>Renews the lease of a term, unless another has begun.</summary>
    public Task<LeaseSeen> RenewAsync(string replica, long term, CancellationToken cancellation) => SeenAsync(
        """
        with renewed as (
            update lease set expires_at = clock_timestamp() + @Length where term = @term and holder = @replica returning term, holder, expires_at
        )
        select term, holder, expires_at - clock_timestamp() as remaining, true as is_ours from renewed
        union all select term, holder, expires_at - clock_timestamp(), false from lease where not exists (select from renewed)
        """, new { replica, term, LeasePlan.Length }, cancellation);

    /// <summary>Looks at the lease.</summary>
    public Task<LeaseSeen> LookAsync(CancellationToken cancellation) => SeenAsync(
        "select term, holder, expires_at - clock_timestamp() as remaining, false as is_ours from lease", null, cancellation);

    /// <summary>Gives the lease back, so that another replica leads at once; nothing happens where another term has begun.</summary>
    public Task GiveBackAsync(string replica, long term, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        await connection.ExecuteAsync(new CommandDefinition(
            "update lease set expires_at = clock_timestamp() where term = @term and holder = @replica", new { replica, term }, cancellationToken: cancellation));
        await EventStore.AnnounceAsync(connection, Topic.Leadership, cancellation);
    }, cancellation);

    /// <summary>Lets the transaction on a connection commit only while a term is the newest one, and has no other begin before that commit.</summary>
    /// <exception cref="TermOverException">It is not, and is over from now on.</exception>
    public static async Task FenceAsync(NpgsqlConnection connection, Term term, CancellationToken cancellation)
    {
        if (term.Lasts && await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select true from lease where term = @Number for key share", new { term.Number }, cancellationToken: cancellation))) return;
        await term.EndAsync();
        throw new TermOverException(term.Number);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => postgres.DisposeAsync();

    private async Task<LeaseSeen> SeenAsync(string sql, object? values, CancellationToken cancellation)
    {
        var row = await postgres.FirstAsync<LeaseRow>(sql, values, cancellation) ?? throw new InvalidOperationException("the lease's row is missing");
        return new(row.Term, row.Holder, row.Remaining, row.IsOurs);
    }

    private sealed record LeaseRow
    {
        public required long Term { get; init; }

        public required string Holder { get; init; }

        public required TimeSpan Remaining { get; init; }

        public required bool IsOurs { get; init; }
    }
}
