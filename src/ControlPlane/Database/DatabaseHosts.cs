using Dapper;
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

    /// <summary>
    /// A pool. Dispose it. The server itself ends a statement that takes too long, a wait for a lock, and a transaction whose program stands still:
    /// this program may be paused or gone. Said to each session at its beginning and not as start-up options, which poolers refuse; so sessions are not
    /// reset between two uses, and whoever wants one otherwise takes a single one.
    /// </summary>
    /// <param name="settings">Where to, with the pool's bounds.</param>
    /// <param name="longestStatement">When the server ends a statement.</param>
    public static NpgsqlDataSource Pool(NpgsqlConnectionStringBuilder settings, TimeSpan longestStatement) => Build(
        new(settings.ConnectionString) { NoResetOnClose = true },
        $"set statement_timeout = {(long)longestStatement.TotalMilliseconds}; set lock_timeout = '10s'; set idle_in_transaction_session_timeout = '10s'");

    /// <summary>Single connections, which end with their use, and whose statements the server does not end: for changes to the schema, and for what a session itself is wanted for. Dispose it.</summary>
    public static NpgsqlDataSource Single(NpgsqlConnectionStringBuilder settings) => Build(new(settings.ConnectionString) { Pooling = false }, "set statement_timeout = 0");

    /// <summary>The hosts with their ports and the database's name, without credentials, for messages.</summary>
    public static string Describe(NpgsqlConnectionStringBuilder settings) =>
        string.Join(',', (settings.Host ?? "").Split(',').Select(h => HasPort(h) ? h : $"{h}:{settings.Port}")) + $"/{settings.Database}";

    private static bool HasPort(string host) => host.LastIndexOf(':') is > 0 and var at && (host[at - 1] == ']' || !host[..at].Contains(':', StringComparison.Ordinal));

    private static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder settings, string begin)
    {
        // It is asked for below: of one host there is nothing to choose.
        settings.TargetSessionAttributes = null;
        settings.HostRecheckSeconds = RecheckSeconds;
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        builder.UsePhysicalConnectionInitializer(connection => connection.Execute(begin), connection => connection.ExecuteAsync(begin));
        return settings.Host!.Contains(',', StringComparison.Ordinal) ? builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.ReadWrite) : builder.Build();
    }
}
