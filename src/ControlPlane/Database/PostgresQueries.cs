using Dapper;
using Npgsql;

namespace StreamClips.ControlPlane.Database;

/// <summary>One statement on a connection of its own; what most store methods are. Only <c>ExecuteAsync</c> may write.</summary>
public static class PostgresQueries
{
    /// <summary>All rows of a query.</summary>
    public static async Task<IReadOnlyList<T>> ListAsync<T>(this Postgres postgres, string sql, object? values, CancellationToken cancellation)
    {
        await using var connection = await postgres.OpenAsync(cancellation);
        return (await connection.QueryAsync<T>(new CommandDefinition(sql, values, cancellationToken: cancellation))).AsList();
    }

    /// <summary>The first row of a query, or null.</summary>
    public static async Task<T?> FirstAsync<T>(this Postgres postgres, string sql, object? values, CancellationToken cancellation)
    {
        await using var connection = await postgres.OpenAsync(cancellation);
        return await connection.QueryFirstOrDefaultAsync<T>(new CommandDefinition(sql, values, cancellationToken: cancellation));
    }

    /// <summary>Reads for so long at most: what nobody waits for any more must not keep a core busy.</summary>
    /// <returns>What was found; null: it took longer.</returns>
    public static async Task<T?> SearchAsync<T>(this Postgres postgres, TimeSpan longest, Func<NpgsqlConnection, Task<T>> search, CancellationToken cancellation)
    {
        try
        {
            return await postgres.TransactAsync<T?>(async connection =>
            {
                await connection.ExecuteAsync(new CommandDefinition($"set local statement_timeout = {(int)longest.TotalMilliseconds}", cancellationToken: cancellation));
                return await search(connection);
            }, cancellation);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.QueryCanceled && !cancellation.IsCancellationRequested)
        {
            return default;
        }
    }

    /// <summary>Runs a statement and returns how many rows it touched; for somebody (<see cref="Acting"/>), or fenced (<see cref="Fencing"/>), in a transaction that says so.</summary>
    public static async Task<int> ExecuteAsync(this Postgres postgres, string sql, object? values, CancellationToken cancellation)
    {
        if (Acting.Current is not null || Fencing.IsSet)
            return await postgres.TransactAsync(c => c.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: cancellation)), cancellation);
        await using var connection = await postgres.OpenAsync(cancellation);
        return await connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: cancellation));
    }
}
