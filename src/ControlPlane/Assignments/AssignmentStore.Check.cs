using System.Data;
using Dapper;

namespace StreamClips.ControlPlane.Assignments;

/// <content>Compares what is kept in memory with the whole, and removes what changed before that.</content>
public sealed partial class AssignmentStore
{
    /// <summary>
    /// Reads the whole fleet, compares it with what is kept of it, and goes on with what was read. A difference is a bug, told as an error:
    /// a change that was not noted.
    /// </summary>
    /// <returns>What differed.</returns>
    public async Task<IReadOnlyList<string>> CheckAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        await _planning.WaitAsync(cancellation);
        try
        {
            var differences = await CompareAsync(now, cancellation);
            if (differences.Count > 0) Differs(differences.Count, differences[0]);
            if (_memory is { } memory) await TrimAsync(memory.Seen, cancellation);
            return differences;
        }
        finally
        {
            _planning.Release();
        }
    }

    private async Task<IReadOnlyList<string>> CompareAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        await using var connection = await postgres.OpenAsync(cancellation);
        // One snapshot for both: what is committed meanwhile is in neither.
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        var kept = Interlocked.Exchange(ref _memory, null);
        var origin = await connection.QueryFirstAsync<FleetOrigin>(new CommandDefinition(OriginSql, cancellationToken: cancellation));
        var caughtUp = kept?.Origin == origin && await CatchUpAsync(connection, kept, now, cancellation) is not null;
        var (whole, _) = await ReadAsync(connection, origin, now, cancellation);
        _memory = whole;
        return caughtUp ? [.. kept!.Differences(whole)] : [];
    }

    /// <summary>Removes changes that this memory has taken in. Replicas with an older one read all; so they do after a restore, whose transactions are other ones.</summary>
    private Task TrimAsync(string seen, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        await connection.ExecuteAsync(new CommandDefinition(
            """
            update planning_trimmed set before = @seen::text::xid8;
            delete from planning_change where xid < @seen::text::xid8 or xid >= pg_snapshot_xmax(pg_current_snapshot());
            """, new { seen }, cancellationToken: cancellation));
    }, cancellation);

    [LoggerMessage(1311, LogLevel.Error, "assignment.memory: what is kept of the fleet differed in {Count} places from what the database holds, as: {First}; it was read anew")]
    private partial void Differs(int count, string first);
}
