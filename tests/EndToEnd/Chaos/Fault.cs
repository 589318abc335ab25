namespace StreamClips.EndToEnd.Tests.Chaos;

/// <summary>Something bad that is done to the system.</summary>
/// <param name="At">When, from the beginning.</param>
/// <param name="Target">To what.</param>
/// <param name="Kind">What is done.</param>
/// <param name="Lasts">How long it stands still, is away, or is bad.</param>
/// <param name="Draw">Which one, where there are several.</param>
internal sealed record Fault(TimeSpan At, string Target, string Kind, TimeSpan Lasts, int Draw)
{
    /// <summary>What can be hit, how, and how many seconds lie between two hits.</summary>
    private static readonly (string Target, string[] Kinds, double Least, double Most)[] Targets =
    [
        ("agent", ["kill", "kill", "terminate", "stop"], 6, 16),
        ("worker", ["kill", "stop"], 4, 14),
        ("control plane", ["kill", "kill", "terminate", "stop"], 10, 24),
        ("postgres", ["kill", "kill backend", "stop"], 10, 24),
        ("sshd", ["kill", "away", "stop"], 4, 12),
        ("link", ["cut", "refuse", "dead", "delay", "half-close up", "half-close down"], 4, 12),
    ];

    /// <summary>Makes a plan. The same seed makes the same one, whichever the machine.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="duration">For how long things are bad.</param>
    /// <returns>Faults by time; those of one target do not overlap, those of several do.</returns>
    public static IReadOnlyList<Fault> Plan(int seed, TimeSpan duration)
    {
        var random = new Random(seed);
        var faults = new List<Fault>();
        foreach (var (target, kinds, least, most) in Targets)
        {
            var at = random.NextDouble() * most;
            while (at < duration.TotalSeconds)
            {
                // Mostly short; one in eight longer than a node may be silent.
                var lasts = random.Next(8) == 0 ? 16 + (4 * random.NextDouble()) : 4 * random.NextDouble();
                faults.Add(new(TimeSpan.FromSeconds(at), target, kinds[random.Next(kinds.Length)], TimeSpan.FromSeconds(lasts), random.Next()));
                at += lasts + least + ((most - least) * random.NextDouble());
            }
        }

        return [.. faults.OrderBy(f => f.At)];
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Target}: {Kind} ({Lasts.TotalSeconds:0.00} s)");
}
