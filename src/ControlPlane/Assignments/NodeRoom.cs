namespace StreamClips.ControlPlane.Assignments;

/// <summary>The room on the nodes while a plan is made: who has how many, and who is next.</summary>
internal sealed class NodeRoom
{
    private const int MostNamed = 3;

    private readonly Dictionary<string, Place> _places;
    private readonly SortedSet<Place> _open = new(Place.LeastLoadedFirst);

    public NodeRoom(IReadOnlyList<PlannedNode> nodes, IReadOnlyList<LiveAssignment> live)
    {
        _places = nodes.ToDictionary(n => n.Id, n => new Place(n));
        foreach (var assignment in live) Find(assignment.NodeId).Load++;
        foreach (var place in _places.Values.Where(p => p.IsOpen)) _open.Add(place);
    }

    /// <summary>Nodes with room, those first that one more streamer would load least by their capacity.</summary>
    public IReadOnlyCollection<Place> Open => _open;

    /// <summary>All nodes that take streamers, full or not.</summary>
    public IEnumerable<Place> Taking => _places.Values.Where(p => p.Node.Use == NodeUse.Takes);

    public Place Find(string node)
    {
        // What a row names is there: a foreign key. Were it not, it is as good as lost.
        if (!_places.TryGetValue(node, out var place)) _places[node] = place = new(new(node, NodeUse.Lost, "unknown", 1, NodeHealth.Unknown, default));
        return place;
    }

    public void Take(string node) => Change(node, 1);

    public void Free(string node) => Change(node, -1);

    /// <summary>The node for a streamer, with the reason; null: the reason is why there is none.</summary>
    public (string? Node, string Reason) Best(Guid streamer, FailureMemory failures)
    {
        if (_open.Count == 0) return (null, WhyNone());
        var first = _open.Min!.Node.Id;
        if (!failures.Any(streamer)) return (first, $"on {first}: least loaded of {_open.Count} with room");
        var (best, least) = (first, failures.Of(streamer, first));
        foreach (var place in _open)
        {
            if (least == 0) break;
            var score = failures.Of(streamer, place.Node.Id);
            if (score < least) (best, least) = (place.Node.Id, score);
        }

        if (best == first) return (best, $"on {best}: least loaded of {_open.Count} with room{(least > 0 ? ", though it failed here lately: so it did on the others" : "")}");
        return (best, $"on {best}: not the least loaded of {_open.Count} with room, as it failed lately on {first}");
    }

    private void Change(string node, int by)
    {
        // The set sorts by the load: who is in it must not change it.
        var place = Find(node);
        _open.Remove(place);
        place.Load += by;
        if (place.IsOpen) _open.Add(place);
    }

    private string WhyNone()
    {
        if (_places.Count == 0) return "no node has ever connected";
        var taking = Taking.ToList();
        if (taking.Count == 0)
            return $"no node is ready ({string.Join(", ", _places.Values.GroupBy(p => p.Node.State).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => $"{g.Count()} {g.Key}"))})";
        var pressed = taking.Where(p => p.Load < p.Node.Capacity && p.Node.Health.Pressure is not null).OrderBy(p => p.Node.Id, StringComparer.Ordinal).ToList();
        var words = pressed.Take(MostNamed).Select(p => $"; {p.Node.Id}: {p.Node.Health.Pressure}");
        var more = pressed.Count > MostNamed ? $"; {pressed.Count - MostNamed} more like that" : "";
        var used = $"{taking.Sum(p => p.Load)} of {taking.Sum(p => p.Node.Capacity)} in use";
        return $"no node has room ({taking.Count} {(taking.Count == 1 ? "node" : "nodes")}, {used}{string.Concat(words)}{more})";
    }

    /// <summary>A node and how many it has.</summary>
    internal sealed class Place(PlannedNode node)
    {
        public static IComparer<Place> LeastLoadedFirst { get; } = Comparer<Place>.Create((a, b) =>
        {
            // (a.Load + 1) / a.Capacity against the same of b, without fractions.
            var byLoad = ((a.Load + 1L) * b.Node.Capacity).CompareTo((b.Load + 1L) * a.Node.Capacity);
            return byLoad != 0 ? byLoad : string.CompareOrdinal(a.Node.Id, b.Node.Id);
        });

        public PlannedNode Node { get; } = node;

        public int Load { get; set; }

        public bool IsOpen => Node.Use == NodeUse.Takes && Load < Node.Capacity && Node.Health.Pressure is null;
    }
}
