using System.Collections.Concurrent;

namespace StreamClips.ControlPlane.Partitions;

/// <summary>
/// The days that can be written to, remembered: who writes asks here before its transaction, and a day that is missing is made.
/// Bounded by what <see cref="DayTable.DayOf"/> lets through.
/// </summary>
public sealed class KnownDays(PartitionStore store, TimeProvider clock)
{
    private readonly ConcurrentDictionary<(string Table, DateOnly Day), bool> _known = new();

    /// <summary>Those of the days that can be written to, and today.</summary>
    public async Task<IReadOnlySet<DateOnly>> UsableAsync(DayTable table, IEnumerable<DateOnly> days, CancellationToken cancellation)
    {
        var usable = new HashSet<DateOnly>();
        foreach (var day in days.Append(DayTable.Day(clock.GetUtcNow())).Distinct())
        {
            if (!_known.ContainsKey((table.Name, day)))
            {
                if (!await store.EnsureAsync(table, day, cancellation)) continue;
                _known[(table.Name, day)] = true;
            }

            usable.Add(day);
        }

        return usable;
    }

    /// <summary>Forgets all: a day was found to be gone.</summary>
    public void Forget() => _known.Clear();
}
