namespace StreamClips.ControlPlane.Partitions;

/// <summary>A table in days: which one, and how long its days are kept.</summary>
/// <param name="Name">The parent's name.</param>
/// <param name="KeepDays">Days (UTC) before today that are kept, at least 1.</param>
/// <param name="KeepBytes">Bytes of all days together, indexes included, from which on the oldest go; 0: without end.</param>
/// <param name="Text">What is searched in it, as SQL over a row; null: nothing.</param>
public sealed record DayTable(string Name, int KeepDays, long KeepBytes = 0, string? Text = null)
{
    /// <summary>The day under which a row of this time is kept; null: it is too old, or of a clock that is ahead.</summary>
    public DateOnly? DayOf(DateTimeOffset at, DateTimeOffset now)
    {
        var (day, today) = (Day(at), Day(now));
        return day >= today.AddDays(-KeepDays) && day <= today.AddDays(1) ? day : null;
    }

    /// <summary>What the table of a day is called.</summary>
    public string Partition(DateOnly day) => $"{Name}_{day:yyyyMMdd}";

    /// <summary>The day (UTC) of a time.</summary>
    public static DateOnly Day(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);
}

/// <summary>The tables in days that there are.</summary>
public sealed record DayTables(RetentionOptions Options)
{
    /// <summary>What workers say.</summary>
    public DayTable Logs { get; } = new("log_line", Options.LogKeepDays, Options.LogKeepBytes, "event || ' ' || message");

    /// <summary>How much was said in the chats.</summary>
    public DayTable ChatRates { get; } = new("chat_rate", Options.ChatRateKeepDays, Options.ChatRateKeepBytes);

    /// <summary>All of them.</summary>
    public IReadOnlyList<DayTable> All => [Logs, ChatRates];
}

/// <summary>How a day's table stands.</summary>
public static class DayState
{
    /// <summary>In use.</summary>
    public const string Kept = "kept";

    /// <summary>Being taken out of the parent: no longer read, and not yet alone.</summary>
    public const string Detaching = "detaching";

    /// <summary>No longer part of the parent, as its removal was begun, and not yet removed.</summary>
    public const string Detached = "detached";

    /// <summary>No part of the parent, and this program did not take it out: a person has put it there to read in it. It is left alone.</summary>
    public const string Apart = "apart";
}

/// <summary>The table of one day.</summary>
public sealed record DayPartition
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The table that it is a part of.</summary>
    public required string Table { get; init; }

    /// <summary>The day, UTC.</summary>
    public required DateTime Day { get; init; }

    /// <summary>One of <see cref="DayState"/>.</summary>
    public required string State { get; init; }

    /// <summary>Rows, as the database estimates.</summary>
    public required long Rows { get; init; }

    /// <summary>Bytes with its indexes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Whether text in it is found by an index: in a log's day that is over, where the server has pg_trgm.</summary>
    public required bool Searchable { get; init; }

    /// <summary>Why it is still there although it should be gone; null: it may be there.</summary>
    public string? Fault { get; init; }

    /// <summary>Since when it should be gone.</summary>
    public DateTimeOffset? FaultSince { get; init; }

    /// <summary>When its removal was last tried.</summary>
    public DateTimeOffset? TriedAt { get; init; }

    /// <summary>How often that was tried.</summary>
    public int? Tries { get; init; }
}
