namespace StreamClips.ControlPlane.Partitions;

/// <summary>Decides which days go. Pure.</summary>
public static class Retention
{
    /// <summary>The days that are to go, those first that are half gone, then the oldest, each with the reason.</summary>
    /// <param name="table">What is to be kept.</param>
    /// <param name="partitions">What there is.</param>
    /// <param name="now">The time.</param>
    public static IReadOnlyList<(DayPartition Partition, string Why)> Due(DayTable table, IReadOnlyList<DayPartition> partitions, DateTimeOffset now)
    {
        var today = DayTable.Day(now).ToDateTime(TimeOnly.MinValue);
        var due = new List<(DayPartition, string)>();
        due.AddRange(partitions.Where(p => p.State is DayState.Detaching or DayState.Detached).OrderByDescending(p => p.State == DayState.Detaching).ThenBy(p => p.Day).Select(p => (p, "its removal was begun before")));
        var bytes = partitions.Where(p => p.State == DayState.Kept).Sum(p => p.Bytes);
        foreach (var partition in partitions.Where(p => p.State == DayState.Kept && p.Day < today).OrderBy(p => p.Day))
        {
            if (partition.Day < today.AddDays(-table.KeepDays)) due.Add((partition, $"it is older than {table.KeepDays} days"));
            else if (table.KeepBytes > 0 && bytes > table.KeepBytes) due.Add((partition, $"all days have {bytes >> 20} MiB, and {table.KeepBytes >> 20} MiB are kept"));
            else break;
            bytes -= partition.Bytes;
        }

        return due;
    }
}
