using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Logs;

/// <summary>Lines that came since somebody last looked.</summary>
/// <param name="Lines">Those that fit the filter, each with its place, in the order in which they were committed.</param>
/// <param name="Place">Where to go on.</param>
/// <param name="More">Whether more wait already.</param>
public sealed record LogTail(IReadOnlyList<(LogPlace Place, LogLine Line)> Lines, LogPlace Place, bool More);

/// <summary>Log lines in the database.</summary>
public sealed class LogStore(Postgres postgres)
{
    /// <summary>Most lines that one look at what is new goes through.</summary>
    public const int TailBatch = 2000;

    /// <summary>How long a search may take. Text in days that are over is found by an index; in the present day each line in question is read.</summary>
    public static readonly TimeSpan LongestSearch = TimeSpan.FromSeconds(5);

    private static readonly ListOrder Newest = new("true", "at desc, id desc", null, null);

    private const string Columns =
        "id, at, process_id, streamer_id, node_id, (array['debug', 'info', 'warning', 'error'])[level + 1] as level, event, message, clock_at";

    /// <summary>A page of log lines, newest first.</summary>
    /// <returns>The lines; null: the search took longer than <see cref="LongestSearch"/>, and less must be asked for.</returns>
    public Task<IReadOnlyList<LogLine>?> ListAsync(LogFilter filter, ListOrder order, int limit, CancellationToken cancellation) =>
        postgres.SearchAsync<IReadOnlyList<LogLine>>(LongestSearch, connection => PageAsync(connection, filter, order, null, limit, cancellation)!, cancellation);

    /// <summary>A page of log lines, newest first, that begins behind a line, or with the newest.</summary>
    /// <inheritdoc cref="ListAsync(LogFilter, ListOrder, int, CancellationToken)" path="/returns"/>
    public Task<IReadOnlyList<LogLine>?> ListAsync(LogFilter filter, (DateTimeOffset At, long Id)? before, int limit, CancellationToken cancellation) => ListAsync(
        filter, before is var (at, id) ? Newest with { After = "(at, id) < (@SortValue, @SortId)", SortValue = at, SortId = id } : Newest, limit, cancellation);

    /// <summary>The newest lines, newest first, and the place from which on exactly the others come.</summary>
    /// <inheritdoc cref="ListAsync(LogFilter, ListOrder, int, CancellationToken)" path="/returns"/>
    public Task<(IReadOnlyList<LogLine> Lines, LogPlace Place)?> NewestAsync(LogFilter filter, int limit, CancellationToken cancellation) =>
        postgres.SearchAsync<(IReadOnlyList<LogLine>, LogPlace)?>(LongestSearch, async connection =>
        {
            // What a transaction that still runs has brought, or one after it, comes later.
            var horizon = await connection.ExecuteScalarAsync<string>(new CommandDefinition("select pg_snapshot_xmin(pg_current_snapshot())::text", cancellationToken: cancellation));
            var lines = limit == 0 ? [] : await PageAsync(connection, filter, Newest, horizon, limit, cancellation);
            return (lines, new LogPlace(ulong.Parse(horizon!), 0));
        }, cancellation);

    /// <summary>
    /// What was committed since a place: goes through so many lines at most, whatever the filter lets through. Lines become visible
    /// in another order than that of their ids; all transactions below the snapshot's xmin are over, so none is passed over there.
    /// </summary>
    public async Task<LogTail> TailAsync(LogFilter filter, LogPlace after, CancellationToken cancellation)
    {
        var fits = string.Join(" and ", filter.Conditions().Append("true"));
        var rows = await postgres.ListAsync<TailRow>(
            $"""
            select {Columns}, brought_by::text as transaction, total, fits from (
                select *, {fits} as fits, row_number() over w as number, count(*) over () as total from (
                    select * from log_line
                    where brought_by >= @transaction::xid8 and (brought_by > @transaction::xid8 or id > @Id) and brought_by < pg_snapshot_xmin(pg_current_snapshot())
                    order by brought_by, id limit @TailBatch) scanned
                window w as (order by brought_by, id)) numbered
            where fits or number = total order by number
            """,
            new { transaction = after.Transaction.ToString(), after.Id, TailBatch, filter.Process, filter.Streamer, filter.Node, filter.Pattern, filter.Since, filter.Until }, cancellation);
        if (rows.Count == 0) return new([], after, More: false);
        var places = rows.Select(r => new LogPlace(ulong.Parse(r.Transaction), r.Id)).ToList();
        return new([.. rows.Zip(places).Where(r => r.First.Fits).Select(r => (r.Second, r.First.Line))], places[^1], rows[0].Total == TailBatch);
    }

    private static async Task<IReadOnlyList<LogLine>> PageAsync(NpgsqlConnection connection, LogFilter filter, ListOrder order, string? horizon, int limit, CancellationToken cancellation)
    {
        List<string> conditions = [.. filter.Conditions(), order.After];
        if (horizon is not null) conditions.Add("brought_by < @horizon::xid8");
        return (await connection.QueryAsync<LogLine>(new CommandDefinition(
            $"select {Columns} from log_line where {string.Join(" and ", conditions)} order by {order.By} limit @limit",
            new { filter.Process, filter.Streamer, filter.Node, filter.Pattern, filter.Since, filter.Until, order.SortValue, order.SortId, horizon, limit },
            cancellationToken: cancellation))).AsList();
    }

    private sealed record TailRow
    {
        public required long Id { get; init; }

        public required DateTimeOffset At { get; init; }

        public required Guid ProcessId { get; init; }

        public Guid? StreamerId { get; init; }

        public required string NodeId { get; init; }

        public required string Level { get; init; }

        public required string Event { get; init; }

        public required string Message { get; init; }

        public DateTimeOffset? ClockAt { get; init; }

        public required string Transaction { get; init; }

        public required long Total { get; init; }

        public required bool Fits { get; init; }

        public LogLine Line => new() { Id = Id, At = At, ProcessId = ProcessId, StreamerId = StreamerId, NodeId = NodeId, Level = Level, Event = Event, Message = Message, ClockAt = ClockAt };
    }
}
