using Dapper;
using Npgsql;

namespace StreamClips.ControlPlane.Database;

/// <summary>
/// Finds out whether a pooler stands between that lends a session for a transaction at a time, as PgBouncer with <c>pool_mode=transaction</c>. What is announced is
/// then never heard, locks of a session are somebody else's, and limits are set for strangers.
/// </summary>
public static class Poolers
{
    /// <summary>Looks.</summary>
    /// <param name="connection">An Npgsql connection string.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>What is wrong and what to do, for people; null: a session stays one's own, with a pooler or without.</returns>
    public static async Task<string?> FaultAsync(string connection, CancellationToken cancellation)
    {
        var settings = new NpgsqlConnectionStringBuilder(connection) { Timeout = 15, CommandTimeout = 15 };
        await using var source = DatabaseHosts.Single(settings);
        await using var one = await source.OpenConnectionAsync(cancellation);
        var server = await ServerAsync(one);
        // The server's own word at the beginning; of a pooler it is a number of the pooler's.
        if (server == one.ProcessID) return null;
        await using var other = await source.OpenConnectionAsync(cancellation);
        await using var transaction = await other.BeginTransactionAsync(cancellation);
        var others = await ServerAsync(other);
        // Where there is only one to lend, the first would wait for it.
        return LendsByTransaction(server, others, others == server ? server : await ServerAsync(one))
            ? $"the database at {DatabaseHosts.Describe(settings)} is behind a pooler that gives each transaction another session (as PgBouncer with pool_mode=transaction): "
                + "set pool_mode=session for it, or connect to the database itself"
            : null;

        Task<int> ServerAsync(NpgsqlConnection session) => session.ExecuteScalarAsync<int>(new CommandDefinition("select pg_backend_pid()", cancellationToken: cancellation));
    }

    /// <summary>Whether sessions are lent for a transaction each.</summary>
    /// <param name="one">The server's session of one connection.</param>
    /// <param name="other">That of another one, which has a transaction open since.</param>
    /// <param name="oneAgain">That of the first one then.</param>
    public static bool LendsByTransaction(int one, int other, int oneAgain) => other == one || oneAgain != one;
}
