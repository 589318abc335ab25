namespace StreamClips.Bench;

/// <summary>Measures the same thing several times: one run on a shared machine says little.</summary>
internal static class Repeats
{
    /// <summary>The middle one; of an even number the mean of the two in the middle.</summary>
    public static double Median(IReadOnlyList<double> values)
    {
        if (values.Count == 0) throw new InvalidOperationException("nothing was measured");
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    /// <summary>The value that so many of a hundred are not above (nearest rank).</summary>
    public static double Percentile(IReadOnlyList<double> values, double percent)
    {
        if (values.Count == 0) throw new InvalidOperationException("nothing was measured");
        var sorted = values.Order().ToList();
        return sorted[Math.Clamp((int)Math.Ceiling(percent / 100 * sorted.Count) - 1, 0, sorted.Count - 1)];
    }

    /// <summary>
    /// How many a second of one core: the median of repeats, each of at least this time. One repeat before them only warms
    /// up. By the processor time of this process, so that others on the machine count little.
    /// </summary>
    /// <param name="repeats">How many repeats count.</param>
    /// <param name="atLeast">How long one takes at least.</param>
    /// <param name="prepare">Done before each round; its time does not count.</param>
    /// <param name="round">Does some, and says how many.</param>
    /// <param name="ct">Ends it between two rounds.</param>
    public static double PerCoreSecond(int repeats, TimeSpan atLeast, Action prepare, Func<long> round, CancellationToken ct)
    {
        var rates = new List<double>();
        for (var i = 0; i <= repeats; i++)
        {
            var (done, took) = (0L, TimeSpan.Zero);
            do
            {
                ct.ThrowIfCancellationRequested();
                prepare();
                var begun = Environment.CpuUsage.TotalTime;
                done += round();
                took += Environment.CpuUsage.TotalTime - begun;
            }
            while (took < atLeast);
            if (i > 0) rates.Add(done / took.TotalSeconds);
        }

        return Median(rates);
    }
}
