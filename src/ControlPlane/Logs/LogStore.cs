using StreamClips.ControlPlane.Database;

namespace StreamClips.ControlPlane.Logs;

/// <summary>The levels of log lines, as numbers in the database.</summary>
public static class LogLevels
{
    /// <summary>The names, lowest first; a name's place is its number.</summary>
    public static IReadOnlyList<string> Names { get; } = ["debug", "info", "warning", "error"];

    /// <summary>The number of a level; null where there is none of this name.</summary>
    public static int? Number(string name) => name switch
    {
        "debug" => 0,
        "info" => 1,
        "warning" => 2,
        "error" => 3,
        _ => null,
    };
}

/// <summary>Something that a worker said.</summary>
public sealed record LogLine
{
    /// <summary>The row.</summary>
    public required long Id { get; init; }

    /// <summary>When, by the worker's clock.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The process.</summary>
    public required Guid ProcessId { get; init; }

    /// <summary>The channel; null where it was not known any more.</summary>
    public Guid? StreamerId { get; init; }

    /// <summary>The node.</summary>
    public required string NodeId { get; init; }

    /// <summary>debug, info, warning or error.</summary>
    public required string Level { get; init; }

    /// <summary>The event's name.</summary>
    public required string Event { get; init; }

    /// <summary>One line for people.</summary>
    public required string Message { get; init; }
}

/// <summary>Which log lines a list shows.</summary>
public sealed record LogFilter
{
    /// <summary>Of this process.</summary>
    public Guid? Process { get; init; }

    /// <summary>Of this streamer.</summary>
    public Guid? Streamer { get; init; }

    /// <summary>Of this node.</summary>
    public string? Node { get; init; }

    /// <summary>Of this level (its number) or a higher one.</summary>
    public int? Level { get; init; }

    /// <summary>Whose message or event holds this text, in any case.</summary>
    public string? Text { get; init; }

    /// <summary>At this time or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Before this time.</summary>
    public DateTimeOffset? To { get; init; }
}

/// <summary>Log lines in the database.</summary>
public sealed class LogStore(Postgres postgres)
{
    /// <summary>Most lines that one trim removes.</summary>
    public const int TrimBatch = 50_000;

    /// <summary>A page of log lines, newest first.</summary>
    public Task<IReadOnlyList<LogLine>> ListAsync(LogFilter filter, (DateTimeOffset At, long Id)? before, int limit, CancellationToken cancellation)
    {
        // Only the conditions that are asked for: an index serves each of them, and none serves "or null".
        List<string> conditions = [];
        if (filter.Process is not null) conditions.Add("process_id = @Process");
        if (filter.Streamer is not null) conditions.Add("streamer_id = @Streamer");
        if (filter.Node is not null) conditions.Add("node_id = @Node");
        if (filter.Level is > 0) conditions.Add("level >= @Level");
        if (filter.Text is not null) conditions.Add("(message ilike @pattern or event ilike @pattern)");
        if (filter.From is not null) conditions.Add("at >= @From");
        if (filter.To is not null) conditions.Add("at < @To");
        if (before is not null) conditions.Add("(at, id) < (@at, @id)");
        var where = conditions.Count == 0 ? "" : $"where {string.Join(" and ", conditions)}";
        var pattern = filter.Text is { } text ? $"%{Escape(text)}%" : null;
        return postgres.ListAsync<LogLine>(
            $"""
            select id, at, process_id, streamer_id, node_id, (array['debug', 'info', 'warning', 'error'])[level + 1] as level, event, message
            from log_line {where} order by at desc, id desc limit @limit
            """,
            new { filter.Process, filter.Streamer, filter.Node, filter.Level, pattern, filter.From, filter.To, at = before?.At, id = before?.Id, limit },
            cancellation);
    }

    /// <summary>Removes lines older than this, at most <see cref="TrimBatch"/> of them.</summary>
    public Task<int> TrimAsync(DateTimeOffset before, CancellationToken cancellation) => postgres.ExecuteAsync(
        """
        delete from log_line where id in (select id from log_line where at < @before order by at limit @TrimBatch)
        """, new { before, TrimBatch }, cancellation);

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);
}
