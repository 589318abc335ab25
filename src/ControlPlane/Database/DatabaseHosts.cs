using Npgsql;

namespace StreamClips.ControlPlane.Database;

/// <summary>
/// The way to the one server that takes changes, of those that <c>DATABASE_URL</c> names. Every host may be named: after a failover the
/// new primary is found, and a standby, or a primary that has become read-only, is never asked.
/// </summary>
public static class DatabaseHosts
{
    /// <summary>A host that was found to be down, a standby or the primary is asked again after so long, in seconds.</summary>
    private const int RecheckSeconds = 2;

    // What the server ends by itself where this program cannot: it may be paused in the middle of a transaction.
    private const string Limits = "-c lock_timeout=10s -c idle_in_transaction_session_timeout=10s";

    /// <summary>A pool for requests. Dispose it.</summary>
    /// <param name="settings">Where to, with the pool's bounds.</param>
    public static NpgsqlDataSource Pool(NpgsqlConnectionStringBuilder settings) => Build(new(settings.ConnectionString)
    {
        Options = string.IsNullOrEmpty(settings.Options) ? Limits : $"{Limits} {settings.Options}",
    });

    /// <summary>Single connections, without limits, for changes to the schema. Dispose it.</summary>
    public static NpgsqlDataSource Single(string connection) => Build(new(connection) { Pooling = false, Timeout = 15, CommandTimeout = 0 });

    /// <summary>The hosts with their ports and the database's name, without credentials, for messages.</summary>
    public static string Describe(NpgsqlConnectionStringBuilder settings) =>
        string.Join(',', (settings.Host ?? "").Split(',').Select(h => HasPort(h) ? h : $"{h}:{settings.Port}")) + $"/{settings.Database}";

    private static bool HasPort(string host) => host.LastIndexOf(':') is > 0 and var at && (host[at - 1] == ']' || !host[..at].Contains(':', StringComparison.Ordinal));

    private static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder settings)
    {
        // It is asked for below: of one host there is nothing to choose.
        settings.TargetSessionAttributes = null;
        settings.HostRecheckSeconds = RecheckSeconds;
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        return settings.Host!.Contains(',', StringComparison.Ordinal) ? builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.ReadWrite) : builder.Build();
    }
}
