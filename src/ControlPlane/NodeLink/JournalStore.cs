using Dapper;
using Npgsql;
using StreamClips.ControlPlane.ChatRates;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Logs;
using StreamClips.ControlPlane.Notifications;
using StreamClips.ControlPlane.Partitions;
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
public sealed class JournalStore(Postgres postgres, DayTables tables, KnownDays days, LogAnnouncer announcer, TimeProvider clock)
{
    /// <summary>Most lines in a batch, as the contract says.</summary>
    public const int MostLines = 2000;

    /// <summary>Takes batches in, of each process one, all with one transaction.</summary>
    /// <param name="node">Who sent them.</param>
    /// <param name="batches">The batches by process.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>For each where its journal stands now, or why it is refused.</returns>
    public async Task<IReadOnlyDictionary<Guid, JournalTaken>> TakeAsync(string node, IReadOnlyDictionary<Guid, ParsedJournal> batches, CancellationToken cancellation)
    {
        try
        {
            return await TakeOnceAsync(node, batches, cancellation);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            // A day that was known has been removed since, by whichever replica.
            days.Forget();
            return await TakeOnceAsync(node, batches, cancellation);
        }
    }

    private async Task<IReadOnlyDictionary<Guid, JournalTaken>> TakeOnceAsync(string node, IReadOnlyDictionary<Guid, ParsedJournal> batches, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var usable = await days.UsableAsync(tables.Logs, batches.Values.SelectMany(b => b.Logs).Select(l => tables.Logs.DayOf(l.At, now)).OfType<DateOnly>().Distinct(), cancellation);
        var usableForChats = await days.UsableAsync(tables.ChatRates, batches.Values.SelectMany(b => b.Chats).Select(c => tables.ChatRates.DayOf(c.From, now)).OfType<DateOnly>().Distinct(), cancellation);
        var result = await postgres.TransactAsync(async connection =>
        {
            var standings = await StandingsAsync(connection, node, [.. batches.Keys], now, cancellation);
            var taken = new Dictionary<Guid, JournalTaken>();
            var fits = new List<(Standing Of, ParsedJournal Journal)>();
            foreach (var stands in standings)
            {
                var (batch, cursor) = (batches[stands.Id], new JournalCursor { File = stands.File, Offset = stands.Position });
                var refusal = (stands.ProcessNodeId ?? stands.NodeId) == node ? null : $"process {stands.Id} is not of node '{node}'";
                var follows = refusal is null && cursor.Equals(batch.From);
                taken[stands.Id] = new(follows ? batch.To : cursor, refusal);
                if (follows) fits.Add((stands, batch));
            }

            var minutes = Minutes(fits, usableForChats, now);
            foreach (var (day, copy) in minutes.Days) await copy.WriteAsync(connection, tables.ChatRates.Partition(day), cancellation);
            foreach (var (day, copy) in Lines(node, fits, minutes.NotKept, usable, now)) await copy.WriteAsync(connection, tables.Logs.Partition(day), cancellation);
            await connection.ExecuteAsync(new CommandDefinition(
                """
                update journal_cursor c set file = r.file, position = r.position, updated_at = @now
                from unnest(@ids, @files, @positions) as r (id, file, position) where c.process_id = r.id
                """,
                new { ids = fits.ConvertAll(f => f.Of.Id), files = fits.ConvertAll(f => f.Journal.To.File), positions = fits.ConvertAll(f => f.Journal.To.Offset), now },
                cancellationToken: cancellation));
            await EventStore.AddAsync(connection, now, [.. fits.SelectMany(f => Events(f.Of, f.Journal, node))], cancellation);
            return taken;
        }, cancellation);
        if (batches.Values.Any(b => b.Logs.Count > 0)) announcer.Wrote();
        return result;
    }

    /// <summary>Where the journals stand, locked, in the order of their ids; a new one begins.</summary>
    private static async Task<List<Standing>> StandingsAsync(NpgsqlConnection connection, string node, Guid[] ids, DateTimeOffset now, CancellationToken cancellation)
    {
        var standings = await ReadAsync();
        if (standings.Count == ids.Length) return standings;
        await connection.ExecuteAsync(new CommandDefinition(
            "insert into journal_cursor (process_id, node_id, file, position, updated_at) select id, @node, 1, 0, @now from unnest(@ids) as r (id) order by id on conflict do nothing",
            new { ids, node, now }, cancellationToken: cancellation));
        return await ReadAsync();

        async Task<List<Standing>> ReadAsync() => (await connection.QueryAsync<Standing>(new CommandDefinition(
            """
            select c.process_id as id, c.file, c.position, c.node_id, p.node_id as process_node_id, p.streamer_id, p.streamer_name as streamer
            from journal_cursor c left join process p on p.id = c.process_id where c.process_id = any(@ids) order by c.process_id for update of c
            """, new { ids }, cancellationToken: cancellation))).AsList();
    }

    private static IEnumerable<NewEvent> Events(Standing of, ParsedJournal journal, string node) => journal.Surges.Select(s => new NewEvent(EventKind.Surge, new
    {
        process_id = of.Id,
        streamer_id = of.StreamerId,
        of.Streamer,
        node,
        clip_id = s.ClipId,
        score = Math.Round(s.Score, 3),
        reason = PostgresText.Clean(s.Reason, LogStoreCopy.LongestMessage),
    }));

    /// <summary>The lines by the days under which they are kept; those of a day that cannot be written to under the present time.</summary>
    private Dictionary<DateOnly, LogStoreCopy> Lines(
        string node, List<(Standing Of, ParsedJournal Journal)> some, Dictionary<Guid, int> minutesNotKept, IReadOnlySet<DateOnly> usable, DateTimeOffset now)
    {
        var copies = new Dictionary<DateOnly, LogStoreCopy>();
        foreach (var (of, journal) in some)
        {
            foreach (var line in minutesNotKept.TryGetValue(of.Id, out var notKept) ? journal.Logs.Append(NotKept(notKept, now)) : journal.Logs)
            {
                var kept = tables.Logs.DayOf(line.At, now) is { } own && usable.Contains(own);
                var at = kept ? line.At : now;
                var day = DayTable.Day(at);
                if (!copies.TryGetValue(day, out var copy)) copies[day] = copy = new LogStoreCopy(node);
                copy.Add(of.Id, of.StreamerId, line, at);
            }
        }

        return copies;
    }

    /// <summary>
    /// The minutes of chats by the days under which they are kept. Not those of a day that cannot be written to: their times are what they tell,
    /// and another time would be a lie.
    /// </summary>
    private (Dictionary<DateOnly, ChatRateStoreCopy> Days, Dictionary<Guid, int> NotKept) Minutes(
        List<(Standing Of, ParsedJournal Journal)> some, IReadOnlySet<DateOnly> usable, DateTimeOffset now)
    {
        var (copies, notKept) = (new Dictionary<DateOnly, ChatRateStoreCopy>(), new Dictionary<Guid, int>());
        foreach (var (of, journal) in some)
        {
            foreach (var minute in journal.Chats)
            {
                if (tables.ChatRates.DayOf(minute.From, now) is not { } day || !usable.Contains(day))
                {
                    notKept[of.Id] = notKept.GetValueOrDefault(of.Id) + 1;
                    continue;
                }

                if (!copies.TryGetValue(day, out var copy)) copies[day] = copy = new ChatRateStoreCopy();
                copy.Add(of.Id, minute);
            }
        }

        return (copies, notKept);
    }

    private static LogEntry NotKept(int minutes, DateTimeOffset now) => new()
    {
        At = now, Level = "warning", Event = "chat.rate_not_kept",
        Message = $"{minutes} minutes of the chat's rate are not kept: by the chat's clock they are of a day that is not kept, or of one to come",
    };

    private sealed record Standing
    {
        public required Guid Id { get; init; }

        public required int File { get; init; }

        public required long Position { get; init; }

        public required string NodeId { get; init; }

        public string? ProcessNodeId { get; init; }

        public Guid? StreamerId { get; init; }

        public string? Streamer { get; init; }
    }
}
