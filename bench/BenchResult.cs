namespace StreamClips.Bench;

/// <summary>One number that was measured.</summary>
/// <param name="Name">Its name, with the unit last: <c>parse_lines_per_s</c>. The same thing has the same name for a peer.</param>
/// <param name="Value">The number: the median where there were repeats.</param>
/// <param name="Unit">The unit for people, as in <c>lines/s</c>.</param>
internal sealed record BenchFigure(string Name, double Value, string Unit);

/// <summary>A foreign program that was measured in the same run.</summary>
/// <param name="Name">Its name, as a JSON name: <c>tmi_js</c>.</param>
/// <param name="Figures">What was measured; empty where it is absent.</param>
/// <param name="Absent">Why it was not measured; null where it was.</param>
internal sealed record BenchPeer(string Name, IReadOnlyList<BenchFigure> Figures, string? Absent = null)
{
    /// <summary>A peer that is not on this machine.</summary>
    public static BenchPeer Missing(string name, string why) => new(name, [], why);
}

/// <summary>What a bench found.</summary>
/// <param name="Figures">Our own numbers.</param>
/// <param name="Peers">Those of others; a peer that is not installed says so and is no failure.</param>
/// <param name="Fault">What must not be, however good the figures are; null: nothing. The command then fails.</param>
internal sealed record BenchResult(IReadOnlyList<BenchFigure> Figures, IReadOnlyList<BenchPeer> Peers, string? Fault = null);
