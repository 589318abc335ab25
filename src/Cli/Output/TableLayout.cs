namespace StreamClips.Cli.Output;

/// <summary>Which columns of a table a terminal shows, and how wide. Pure.</summary>
public static class TableLayout
{
    /// <summary>Cells between two columns.</summary>
    public const int Gap = 2;

    private const int LeastLong = 10;
    private const int LeastOther = 4;

    /// <summary>Fits a table.</summary>
    /// <param name="columns">The columns.</param>
    /// <param name="natural">How wide each would be, in cells.</param>
    /// <param name="width">Cells in a line; null: as many as it takes.</param>
    /// <returns>The width of each column; 0: left out. At least one is shown.</returns>
    public static int[] Fit(IReadOnlyList<Column> columns, IReadOnlyList<int> natural, int? width)
    {
        // What says nothing anywhere has no place on a terminal; a file gets every column.
        var shown = Enumerable.Range(0, columns.Count).Where(i => natural[i] > 0).ToList();
        var widths = natural.ToArray();
        if (width is not { } most) return widths;
        while (Total(shown, widths) > most)
        {
            Shrink(shown.Where(i => columns[i].Long), widths, LeastLong, Total(shown, widths) - most);
            if (Total(shown, widths) <= most) break;
            var least = shown.Where(i => columns[i].Rank > 0).OrderByDescending(i => columns[i].Rank).ThenByDescending(i => i).FirstOrDefault(-1);
            if (least < 0)
            {
                Shrink(shown, widths, LeastOther, Total(shown, widths) - most);
                while (shown.Count > 1 && Total(shown, widths) > most) shown.RemoveAt(shown.Count - 1);
                break;
            }

            shown.Remove(least);
            foreach (var i in shown) widths[i] = natural[i];
        }

        return [.. widths.Select((w, i) => shown.Contains(i) ? Math.Min(w, most) : 0)];
    }

    private static int Total(List<int> shown, int[] widths) => shown.Sum(i => widths[i]) + Math.Max(0, shown.Count - 1) * Gap;

    /// <summary>Takes cells from the widest column, one by one.</summary>
    private static void Shrink(IEnumerable<int> some, int[] widths, int least, int cells)
    {
        var all = some.ToList();
        for (; cells > 0 && all.Count > 0; cells--)
        {
            var widest = all.MaxBy(i => widths[i]);
            if (widths[widest] <= least) return;
            widths[widest]--;
        }
    }
}
