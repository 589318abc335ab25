using Dapper;

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

    /// <summary>Runs a statement and returns how many rows it touched; for somebody (<see cref="Acting"/>), or fenced (<see cref="Fencing"/>), in a transaction that says so.</summary>
    public static async Task<int> ExecuteAsync(this Postgres postgres, string sql, object? values, CancellationToken cancellation)
    {
        if (Acting.Current is not null || Fencing.IsSet)
            return await postgres.TransactAsync(c => c.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: cancellation)), cancellation);
        await using var connection = await postgres.OpenAsync(cancellation);
        return await connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: cancellation));
    }
}
