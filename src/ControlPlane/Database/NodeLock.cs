using Dapper;
using Npgsql;

namespace StreamClips.ControlPlane.Database;

/// <summary>One enrolment, renewal, revocation or first use of a certificate at a time for a node's name, whether or not the node has a row.</summary>
public static class NodeLock
{
    /// <summary>Takes the lock until the transaction ends. A statement of its own, so that the next one sees what was committed while this one waited.</summary>
    public static Task TakeAsync(NpgsqlConnection connection, string node, CancellationToken cancellation) => connection.ExecuteAsync(new CommandDefinition(
        "select pg_advisory_xact_lock(hashtextextended(@node, 20))", new { node }, cancellationToken: cancellation));
}
