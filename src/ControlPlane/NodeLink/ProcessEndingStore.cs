using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Notifications;
using StreamClips.ControlPlane.Processes;
using StreamClips.Shared.Contracts.V1;
using ProcessState = StreamClips.ControlPlane.Processes.ProcessState;

namespace StreamClips.ControlPlane.NodeLink;

/// <summary>
/// Takes in how runs ended that nobody asked to end. The agent tells each with every status until it is acknowledged, so a crash that was
/// answered before any status went out is not lost; each is kept and told once.
/// </summary>
public static class ProcessEndingStore
{
    private const int LongestText = 1000;

    /// <summary>Takes them in.</summary>
    /// <returns>Those to be told that no change of state tells.</returns>
    public static async Task<IReadOnlyList<NewEvent>> AddAsync(NpgsqlConnection connection, NodeStatus status, IReadOnlyList<ProcessChange> processes, CancellationToken cancellation)
    {
        var known = processes.ToDictionary(p => p.Id);
        var rows = status.Processes
            .SelectMany(p => p.Endings.Take(Processes.ProcessEnding.MostTold).Select(e => Row.Of(p.ProcessId, e))).OfType<Row>()
            .Where(r => known.ContainsKey(r.Id)).ToList();
        if (rows.Count == 0) return [];
        var added = (await connection.QueryAsync<Added>(new CommandDefinition(
            """
            insert into process_ending (process_id, at, cause, last_lines)
            select id, at, cause, string_to_array(lines, chr(10)) from unnest(@id, @at, @cause, @lines) as r (id, at, cause, lines)
            on conflict do nothing returning process_id as id, at, cause
            """,
            new { id = rows.ConvertAll(r => r.Id), at = rows.ConvertAll(r => r.At), cause = rows.ConvertAll(r => r.Cause), lines = rows.ConvertAll(r => r.Lines) },
            cancellationToken: cancellation))).AsList();
        return [.. added.GroupBy(a => a.Id).SelectMany(g => Untold(known[g.Key], g.OrderBy(a => a.At)))];
    }

    /// <summary>The acknowledgement of a status that is committed; null: it told of no ending.</summary>
    public static EndingsAck? Acknowledge(NodeStatus status)
    {
        var ack = new EndingsAck();
        foreach (var process in status.Processes.Where(p => p.Endings.Count > 0))
            ack.Endings.Add(new EndingAck { ProcessId = process.ProcessId, ToMs = process.Endings.Take(Processes.ProcessEnding.MostTold).Max(e => e.AtMs) });
        return ack.Endings.Count == 0 ? null : ack;
    }

    /// <summary>The newest one is told by the change of state, where that was seen.</summary>
    private static IEnumerable<NewEvent> Untold(ProcessChange process, IOrderedEnumerable<Added> endings)
    {
        var told = process.State != process.OldState && process.State is ProcessState.BackingOff or ProcessState.Failed;
        return (told ? endings.SkipLast(1) : endings).Select(e => new NewEvent(
            EventKind.ProcessCrashed,
            new { process_id = process.Id, streamer_id = process.StreamerId, process.Streamer, node = process.NodeId, process.Pid, process.Restarts, reason = e.Cause }));
    }

    private sealed record Row(Guid Id, DateTimeOffset At, string Cause, string Lines)
    {
        public static Row? Of(string process, Shared.Contracts.V1.ProcessEnding ending) =>
            Guid.TryParse(process, out var id) && ending.AtMs is > 0 and < 253402300800000
                ? new(
                    id, DateTimeOffset.FromUnixTimeMilliseconds(ending.AtMs), PostgresText.Clean(ending.Cause, LongestText),
                    string.Join('\n', ending.LastLines.Take(Processes.ProcessEnding.MostLines).Select(l => PostgresText.Clean(l, LongestText).ReplaceLineEndings(" "))))
                : null;
    }

    private sealed record Added
    {
        public required Guid Id { get; init; }

        public required DateTimeOffset At { get; init; }

        public required string Cause { get; init; }
    }
}
