namespace StreamClips.ControlPlane.Partitions;

/// <summary>The table of one day.</summary>
public sealed record PartitionView
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The table that it is a part of.</summary>
    public required string Table { get; init; }

    /// <summary>The day, UTC.</summary>
    public required DateOnly Day { get; init; }

    /// <summary>kept; detaching or detached: its removal has begun; apart: somebody restored it beside the others, and it is left alone.</summary>
    public required string State { get; init; }

    /// <summary>Rows, as the database estimates.</summary>
    public required long Rows { get; init; }

    /// <summary>Bytes with its indexes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Whether text in it is found by an index.</summary>
    public required bool Searchable { get; init; }

    /// <summary>Why it is still there although it should be gone; null: it may be there.</summary>
    public string? Fault { get; init; }

    /// <summary>Since when it should be gone.</summary>
    public DateTimeOffset? FaultSince { get; init; }

    /// <summary>When its removal was last tried.</summary>
    public DateTimeOffset? TriedAt { get; init; }

    /// <summary>How often that was tried.</summary>
    public int? Tries { get; init; }

    /// <summary>For the documentation.</summary>
    public static PartitionView Example { get; } = new() { Name = "log_line_20260131", Table = "log_line", Day = new(2026, 1, 31), State = DayState.Kept, Rows = 81_250, Bytes = 41_943_040, Searchable = true };

    /// <summary>A day as the wire has it.</summary>
    public static PartitionView Of(DayPartition p) => new()
    {
        Name = p.Name, Table = p.Table, Day = DateOnly.FromDateTime(p.Day), State = p.State, Rows = p.Rows, Bytes = p.Bytes, Searchable = p.Searchable,
        Fault = p.Fault, FaultSince = p.FaultSince, TriedAt = p.TriedAt, Tries = p.Tries,
    };
}

/// <summary>How long the days of a table are kept.</summary>
/// <param name="Table">The table.</param>
/// <param name="Days">Days before today.</param>
/// <param name="Bytes">Bytes of all days from which on the oldest go; 0: without end.</param>
public sealed record KeptTable(string Table, int Days, long Bytes);

/// <summary>All days.</summary>
/// <param name="Items">The days, by table and oldest first.</param>
/// <param name="Keep">How long they are kept.</param>
public sealed record PartitionList(IReadOnlyList<PartitionView> Items, IReadOnlyList<KeptTable> Keep)
{
    /// <summary>For the documentation.</summary>
    public static PartitionList Example { get; } = new([PartitionView.Example], [new("log_line", 14, 20L << 30)]);
}
