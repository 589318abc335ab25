using System.Net.Sockets;
using Npgsql;

namespace StreamClips.ControlPlane.Database;

/// <summary>Tells apart a database that is away (try again later) from a bug (do not).</summary>
public static class DatabaseFault
{
    // idle_in_transaction_session_timeout (PostgreSQL manual, appendix A), which the driver has no name for.
    private const string IdleInTransaction = "25P03";

    /// <summary>Whether the failure passes by itself: no connection, shutting down, read-only after a failover, too many connections, a time-out, a lock that others hold.</summary>
    public static bool IsUnavailable(Exception exception) => exception switch
    {
        PostgresException e => e.IsTransient || e.SqlState is
            PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
            or PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.DiskFull
            or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.TooManyConnections or IdleInTransaction,
        NpgsqlException => true,
        SocketException or TimeoutException => true,
        ObjectDisposedException => false,
        _ => exception.InnerException is { } inner && IsUnavailable(inner),
    };

    /// <summary>Whether the failure came from the database, or from the way to it, at all.</summary>
    public static bool IsOfDatabase(Exception exception) => exception is NpgsqlException || IsUnavailable(exception);

    /// <summary>The failure in one line, without anything secret.</summary>
    public static string Describe(Exception exception) => exception switch
    {
        PostgresException e => e.MessageText,
        { InnerException: { } inner } => Describe(inner),
        _ => exception.Message,
    };

    /// <summary>Whether the failure is a row that another row forbids.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="constraint">The unique index.</param>
    public static bool IsDuplicate(Exception exception, string constraint) =>
        exception is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } e && e.ConstraintName == constraint;
}
