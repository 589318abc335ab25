namespace StreamClips.ControlPlane.Assignments;

/// <summary>Which nodes failed which streamers lately. A failure counts one, half of it after half an hour, and so on.</summary>
public sealed class FailureMemory
{
    /// <summary>The time in which a failure comes to count half.</summary>
    public static readonly TimeSpan HalfLife = TimeSpan.FromMinutes(30);

    /// <summary>Older ones are forgotten.</summary>
    public static readonly TimeSpan Kept = HalfLife * 8;

    // From here on a node is passed over for this streamer where another one has room.
    private const double Counts = 0.5;

    private readonly Dictionary<Guid, Dictionary<string, double>> _scores = [];

    /// <summary>Weighs the failures at a time.</summary>
    public FailureMemory(IEnumerable<PastFailure> failures, DateTimeOffset now)
    {
        // In an order of their own: a sum of fractions depends on it.
        foreach (var failure in failures.Where(f => now - f.At < Kept).OrderBy(f => f.At))
        {
            if (!_scores.TryGetValue(failure.StreamerId, out var nodes)) _scores[failure.StreamerId] = nodes = [];
            var age = failure.At < now ? now - failure.At : TimeSpan.Zero;
            nodes[failure.NodeId] = nodes.GetValueOrDefault(failure.NodeId) + Math.Pow(0.5, age / HalfLife);
        }
    }

    /// <summary>How often, and how lately, the node failed the streamer; 0 where that does not count (any more).</summary>
    public double Of(Guid streamer, string node) =>
        _scores.TryGetValue(streamer, out var nodes) && nodes.TryGetValue(node, out var score) && score >= Counts ? score : 0;

    /// <summary>Whether any node failed the streamer lately.</summary>
    public bool Any(Guid streamer) => Count(streamer) > 0;

    /// <summary>How many nodes failed the streamer lately.</summary>
    public int Count(Guid streamer) => _scores.TryGetValue(streamer, out var nodes) ? nodes.Values.Count(s => s >= Counts) : 0;
}
