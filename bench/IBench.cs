namespace StreamClips.Bench;

/// <summary>Measures one part, and foreign programs that do the same job beside it.</summary>
internal interface IBench
{
    /// <summary>Its name on the command line and in JSON.</summary>
    string Name { get; }

    /// <summary>What it measures, in one line.</summary>
    string Summary { get; }

    /// <summary>Measures. An exception ends this bench alone: it counts as failed, with the exception's message.</summary>
    Task<BenchResult> RunAsync(BenchContext context, CancellationToken ct);
}

/// <summary>What a bench is given.</summary>
/// <param name="Quick">Whether the runs shall be short: rougher figures in a fraction of the time.</param>
/// <param name="Directory">A directory for its data, which exists and may hold what earlier runs left. It stays.</param>
/// <param name="Progress">Where it says what it is doing, for people; never the figures.</param>
internal sealed record BenchContext(bool Quick, string Directory, TextWriter Progress);
