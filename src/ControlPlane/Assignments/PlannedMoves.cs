namespace StreamClips.ControlPlane.Assignments;

/// <summary>
/// Moves what could also stay, a few at a time and then none for a while: off nodes that are emptied, away from nodes where a worker
/// fails, and, when somebody asked or a node joined, from full nodes to empty ones. Never what is being clipped.
/// </summary>
public static class PlannedMoves
{
    /// <summary>Most moves at once.</summary>
    public const int Most = 10;

    /// <summary>A worker that failed on so many nodes would fail on the next one too: it stays.</summary>
    public const int MostNodesTried = 3;

    /// <summary>Between two steps.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);

    /// <summary>What was placed so lately is not moved to even out the load.</summary>
    public static readonly TimeSpan Cooldown = TimeSpan.FromMinutes(10);

    // Nobody asked for it when a node joined: only a difference of so many hundredths of a node's capacity is worth a gap in a recording.
    private const int WorthAfterJoin = 10;

    internal static void Add(PlanDraft draft, IReadOnlyList<(PlannedStreamer Streamer, LiveAssignment Held)> staying, PlanFacts facts, DateTimeOffset now)
    {
        var left = facts.Balance.MovedAt is { } moved && now - moved < Pause && now >= moved ? 0 : Most;
        var stayed = new List<(PlannedStreamer Streamer, LiveAssignment Held)>();
        foreach (var (streamer, held) in staying)
        {
            if (left > 0 && (Drains(draft, held) ? Leave(draft, streamer, held) : Flee(draft, streamer, held))) left--;
            else stayed.Add((streamer, held));
        }

        foreach (var (streamer, held) in stayed) Stay(draft, streamer, held);
        Even(draft, [.. stayed.Where(s => !s.Held.HasFailed && !Drains(draft, s.Held))], facts, left, now);
    }

    private static bool Drains(PlanDraft draft, LiveAssignment held) => draft.Use(held) == NodeUse.Drains;

    private static bool Leave(PlanDraft draft, PlannedStreamer streamer, LiveAssignment held)
    {
        if (!draft.MustLeave(held) || draft.Room.Best(streamer.Id, draft.Failures) is not ({ } node, var placement)) return false;
        draft.Move(streamer, held, node, draft.Left(held), $"{placement} ({draft.Left(held)})");
        return true;
    }

    /// <summary>What was not moved stays, unless its node is emptied and no other has room: then it ends and waits for one, at once, as that strains nobody.</summary>
    private static void Stay(PlanDraft draft, PlannedStreamer streamer, LiveAssignment held)
    {
        var nowhere = Drains(draft, held) && draft.Room.Open.Count == 0 ? draft.Room.Best(streamer.Id, draft.Failures).Reason : "";
        var ends = nowhere.Length > 0 && draft.MustLeave(held);
        if (ends) draft.End(held, draft.Left(held));
        draft.Wait(streamer, nowhere.Length == 0 || ends ? nowhere : $"{draft.Left(held)}, and {nowhere}");
    }

    private static bool Flee(PlanDraft draft, PlannedStreamer streamer, LiveAssignment held)
    {
        if (!held.HasFailed) return false;
        // Its present node counts too, whether it failed there before or not.
        var tried = draft.Failures.Count(streamer.Id) + (draft.Failures.Of(streamer.Id, held.NodeId) > 0 ? 0 : 1);
        if (tried >= MostNodesTried) return false;
        var other = draft.Room.Open.FirstOrDefault(p => p.Node.Id != held.NodeId && draft.Failures.Of(streamer.Id, p.Node.Id) == 0);
        if (other is null) return false;
        draft.Move(streamer, held, other.Node.Id, $"its worker fails on {held.NodeId}", $"on {other.Node.Id}: its worker failed on {held.NodeId}");
        return true;
    }

    private static void Even(PlanDraft draft, List<(PlannedStreamer Streamer, LiveAssignment Held)> running, PlanFacts facts, int left, DateTimeOffset now)
    {
        var (asked, joined) = Wish(facts);
        if (left == 0 || (!asked && joined is null)) return;
        var worth = asked ? 0 : WorthAfterJoin;
        var why = asked ? $"evens out the load, as {facts.Balance.AskedBy} asked" : $"evens out the load, as {joined!.Id} joined";
        var movable = running.Where(r => !r.Held.IsClipping && now - r.Held.Since >= Cooldown)
            .OrderBy(r => !r.Held.IsIdle).ThenBy(r => r.Streamer.Id).GroupBy(r => r.Held.NodeId)
            .ToDictionary(g => g.Key, g => new Queue<(PlannedStreamer Streamer, LiveAssignment Held)>(g));
        while (left > 0)
        {
            var fullest = draft.Room.Taking.OrderByDescending(p => (double)p.Load / p.Node.Capacity).ThenBy(p => p.Node.Id, StringComparer.Ordinal).ToList();
            if (fullest.Count == 0) return;
            if (draft.Room.Open.FirstOrDefault() is not { } to || !IsWorth(fullest[0], to, worth))
            {
                var at = joined is null || joined.JoinedAt < now ? now : joined.JoinedAt;
                draft.Balanced(at, asked ? $"the load is even: {fullest[0].Node.Id} has most with {Share(fullest[0])}, {fullest[^1].Node.Id} least with {Share(fullest[^1])}" : "");
                return;
            }

            // Where the fullest one has nothing that may move yet, the next one may.
            var from = fullest.TakeWhile(p => IsWorth(p, to, worth)).FirstOrDefault(p => Next(draft, movable, p, to) is not null);
            if (from is null) return;
            var (streamer, held) = movable[from.Node.Id].Dequeue();
            draft.Move(streamer, held, to.Node.Id, why, $"on {to.Node.Id}: {why} ({from.Node.Id} had {Share(from)}, {to.Node.Id} {Share(to)})");
            left--;
        }
    }

    /// <summary>Whether somebody asked, and the newest node that joined, since the load was last even.</summary>
    private static (bool Asked, PlannedNode? Joined) Wish(PlanFacts facts)
    {
        var since = facts.Balance.BalancedAt ?? DateTimeOffset.MinValue;
        var joined = facts.Nodes.Where(n => n.Use == NodeUse.Takes && n.JoinedAt > since).OrderByDescending(n => n.JoinedAt).ThenBy(n => n.Id, StringComparer.Ordinal).FirstOrDefault();
        return (facts.Balance.AskedAt > since, joined);
    }

    /// <summary>The next one of a node that the other has not failed lately; those before it are passed over in this step.</summary>
    private static LiveAssignment? Next(PlanDraft draft, Dictionary<string, Queue<(PlannedStreamer Streamer, LiveAssignment Held)>> movable, NodeRoom.Place from, NodeRoom.Place to)
    {
        if (!movable.TryGetValue(from.Node.Id, out var queue)) return null;
        while (queue.TryPeek(out var next))
        {
            if (draft.Failures.Of(next.Streamer.Id, to.Node.Id) == 0) return next.Held;
            queue.Dequeue();
        }

        return null;
    }

    /// <summary>Whether the one would still be fuller than the other, by so many hundredths, were a streamer moved.</summary>
    private static bool IsWorth(NodeRoom.Place from, NodeRoom.Place to, int hundredths)
    {
        long before = (long)from.Load * to.Node.Capacity, after = (to.Load + 1L) * from.Node.Capacity;
        return (before - after) * 100 > hundredths * (long)from.Node.Capacity * to.Node.Capacity;
    }

    private static string Share(NodeRoom.Place place) => $"{place.Load} of {place.Node.Capacity}";
}
