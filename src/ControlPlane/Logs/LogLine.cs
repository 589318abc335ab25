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

    /// <summary>When, by the worker's clock; where that was days off, when it came here.</summary>
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

    /// <summary>What the worker's clock said, where the line could not be kept under that time.</summary>
    public DateTimeOffset? ClockAt { get; init; }

    /// <summary>For the documentation.</summary>
    public static LogLine Example { get; } = new()
    {
        Id = 4711, At = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero), ProcessId = new("0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"), StreamerId = new("0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c"), NodeId = "node-1",
        Level = "warning", Event = "segment.lost", Message = "segment 12 is lost: https://video.example/12.ts answered 404",
    };
}

/// <summary>Which log lines are wanted: those to which everything applies that is given.</summary>
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

    /// <summary>Whose event and message, with a space between them, hold this text, in any case.</summary>
    public string? Text { get; init; }

    /// <summary>At this time or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Before this time.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The text as a pattern for LIKE.</summary>
    public string? Pattern => Text is { } text ? PostgresText.Containing(text) : null;

    /// <summary>What applies, as SQL over <c>log_line</c> whose parameters are the members of this record.</summary>
    public IEnumerable<string> Conditions()
    {
        // Only what is asked for: an index serves each of them, and none serves "or null". The level stands there as a number, so that the
        // planner sees that the index of warnings and errors is enough.
        if (Process is not null) yield return "process_id = @Process";
        if (Streamer is not null) yield return "streamer_id = @Streamer";
        if (Node is not null) yield return "node_id = @Node";
        if (Level is > 0) yield return $"level >= {Level}";
        if (Text is not null) yield return "event || ' ' || message ilike @Pattern";
        if (Since is not null) yield return "at >= @Since";
        if (Until is not null) yield return "at < @Until";
    }
}

/// <summary>
/// How far somebody has followed the lines: every line of this transaction up to this id, and all of earlier ones. Written as
/// <c>TRANSACTION-ID</c>.
/// </summary>
/// <param name="Transaction">The transaction that brought the last line.</param>
/// <param name="Id">The last line's id.</param>
public readonly record struct LogPlace(ulong Transaction, long Id)
{
    /// <summary>Reads a place that was given out before; null where it is none.</summary>
    public static LogPlace? TryParse(string text)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        return dash > 0 && ulong.TryParse(text.AsSpan(0, dash), System.Globalization.NumberStyles.None, null, out var transaction)
            && long.TryParse(text.AsSpan(dash + 1), System.Globalization.NumberStyles.None, null, out var id) ? new(transaction, id) : null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Transaction}-{Id}";
}
