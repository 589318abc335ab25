using Dapper;
using Npgsql;
using NpgsqlTypes;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Logs;
using StreamClips.ControlPlane.Notifications;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Journal;

namespace StreamClips.ControlPlane.NodeLink;

/// <summary>How far a journal is in the database, and whether the batch was refused for good.</summary>
/// <param name="Cursor">What is committed.</param>
/// <param name="Refusal">Why the node may not write this journal; null: it may.</param>
public sealed record JournalTaken(JournalCursor Cursor, string? Refusal);

/// <summary>
/// Takes journal lines in exactly once: the rows, the events and the cursor commit together, and a batch that does not
/// begin where the cursor stands writes nothing.
/// </summary>
public sealed class JournalStore(Postgres postgres, TimeProvider clock)
{
    /// <summary>Most lines in a batch, as the contract says.</summary>
    public const int MostLines = 500;

    private const int LongestMessage = 8000;

    /// <summary>Takes a batch in.</summary>
    public Task<JournalTaken> TakeAsync(string node, Guid process, JournalBatch batch, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        var now = clock.GetUtcNow();
        await connection.ExecuteAsync(new CommandDefinition(
            "insert into journal_cursor (process_id, node_id, file, position, updated_at) values (@process, @node, 1, 0, @now) on conflict do nothing",
            new { process, node, now }, cancellationToken: cancellation));
        var stands = await connection.QueryFirstAsync<Standing>(new CommandDefinition(
            """
            select c.file, c.position, c.node_id, p.node_id as process_node_id, p.streamer_id, p.streamer_name as streamer
            from journal_cursor c left join process p on p.id = c.process_id where c.process_id = @process for update of c
            """, new { process }, cancellationToken: cancellation));
        var cursor = new JournalCursor { File = stands.File, Offset = stands.Position };
        if ((stands.ProcessNodeId ?? stands.NodeId) != node) return new JournalTaken(cursor, $"process {process} is not of node '{node}'");
        if (!cursor.Equals(batch.From)) return new JournalTaken(cursor, null);
        var lines = Lines.Of(batch, process, now);
        await CopyAsync(connection, node, process, stands.StreamerId, lines.Logs, cancellation);
        await connection.ExecuteAsync(new CommandDefinition(
            "update journal_cursor set file = @File, position = @Offset, updated_at = @now where process_id = @process",
            new { process, batch.To.File, batch.To.Offset, now }, cancellationToken: cancellation));
        var events = lines.Surges.ConvertAll(s => new NewEvent(EventKind.Surge, new
        {
            process_id = process,
            streamer_id = stands.StreamerId,
            stands.Streamer,
            node,
            clip_id = s.ClipId,
            score = Math.Round(s.Score, 3),
            reason = PostgresText.Clean(s.Reason, LongestMessage),
        }));
        await EventStore.AddAsync(connection, now, events, cancellation);
        return new JournalTaken(batch.To, null);
    }, cancellation);

    private static async Task CopyAsync(NpgsqlConnection connection, string node, Guid process, Guid? streamer, List<LogEntry> logs, CancellationToken cancellation)
    {
        if (logs.Count == 0) return;
        await using var copy = await connection.BeginBinaryImportAsync(
            "copy log_line (at, process_id, streamer_id, node_id, level, event, message) from stdin (format binary)", cancellation);
        foreach (var line in logs)
        {
            await copy.StartRowAsync(cancellation);
            await copy.WriteAsync(line.At.UtcDateTime, NpgsqlDbType.TimestampTz, cancellation);
            await copy.WriteAsync(process, NpgsqlDbType.Uuid, cancellation);
            if (streamer is { } id) await copy.WriteAsync(id, NpgsqlDbType.Uuid, cancellation);
            else await copy.WriteNullAsync(cancellation);
            await copy.WriteAsync(node, NpgsqlDbType.Text, cancellation);
            await copy.WriteAsync((short)(LogLevels.Number(line.Level) ?? 1), NpgsqlDbType.Smallint, cancellation);
            await copy.WriteAsync(PostgresText.Clean(line.Event, 100), NpgsqlDbType.Text, cancellation);
            await copy.WriteAsync(PostgresText.Clean(line.Message, LongestMessage), NpgsqlDbType.Text, cancellation);
        }

        await copy.CompleteAsync(cancellation);
    }

    /// <summary>
    /// What a batch holds. A surge is an event (the worker writes a log line of its own beside it), a clip comes with its
    /// report; lines that cannot be read are counted, not passed over in silence.
    /// </summary>
    private sealed record Lines(List<LogEntry> Logs, List<SurgeEntry> Surges)
    {
        public static Lines Of(JournalBatch batch, Guid process, DateTimeOffset now)
        {
            var lines = new Lines([], []);
            var damaged = 0;
            foreach (var line in batch.Lines)
            {
                switch (JournalEntry.TryParse(line.Span))
                {
                    case LogEntry entry: lines.Logs.Add(entry); break;
                    case SurgeEntry entry: lines.Surges.Add(entry); break;
                    case null: damaged++; break;
                }
            }

            if (damaged > 0)
                lines.Logs.Add(new LogEntry { At = now, Level = "warning", Event = "journal.damaged", Message = $"{damaged} lines of the journal of {process} could not be read" });
            return lines;
        }
    }

    private sealed record Standing
    {
        public required int File { get; init; }

        public required long Position { get; init; }

        public required string NodeId { get; init; }

        public string? ProcessNodeId { get; init; }

        public Guid? StreamerId { get; init; }

        public string? Streamer { get; init; }
    }
}
