using StreamClips.ControlPlane.Assignments;

namespace StreamClips.ControlPlane.Tests.Assignments;

/// <summary>What holds of every plan, tried on many fleets; a failure names the seed that makes it again.</summary>
public sealed class PlannerRulesTests
{
    private const int Seeds = 1_000;

    [Test]
    public void No_plan_fills_a_node_beyond_what_it_takes_nor_starts_where_nothing_may_start() => Each((facts, plan, why) =>
    {
        var after = Fleet.After(facts, plan, Fleet.Now);
        foreach (var node in facts.Nodes)
        {
            var before = facts.Live.Count(l => l.NodeId == node.Id);
            Assert.That(after.Live.Count(l => l.NodeId == node.Id), Is.LessThanOrEqualTo(Math.Max(node.Capacity, before)), $"{why}: {node}");
        }

        var open = facts.Nodes.Where(n => n.Use == NodeUse.Takes).ToDictionary(n => n.Id);
        var stayed = facts.Live.Select(l => (l.StreamerId, l.NodeId)).ToHashSet();
        foreach (var start in plan.OfType<Decision.Start>())
            Assert.That(open.TryGetValue(start.NodeId, out var node) && (node.Health.Pressure is null || stayed.Contains((start.StreamerId, start.NodeId))), $"{why}: {start}");
    });

    [Test]
    public void A_plan_that_was_carried_out_leaves_nothing_to_decide() => Each((facts, plan, why) =>
        Assert.That(AssignmentPlanner.Plan(Fleet.After(facts, plan, Fleet.Now), Fleet.Now), Is.Empty, why));

    [Test]
    public void The_order_of_the_facts_changes_nothing() => Each((facts, plan, why) =>
        Assert.That(AssignmentPlanner.Plan(Fleet.Shuffled(facts, 7), Fleet.Now), Is.EqualTo(plan), why));

    [Test]
    public void Whatever_is_wanted_and_can_run_runs_or_is_told_why_not() => Each((facts, plan, why) =>
    {
        var after = Fleet.After(facts, plan, Fleet.Now);
        var live = after.Live.Select(l => l.StreamerId).ToHashSet();
        Assert.That(after.Streamers.Where(s => s.Wanted && !live.Contains(s.Id)).Select(s => s.Waiting), Is.All.Not.Empty, why);
        Assert.That(after.Streamers.Where(s => !s.Wanted && (live.Contains(s.Id) || s.Waiting.Length > 0)), Is.Empty, why);
        if (HasRoom(after)) Assert.That(after.Streamers.Where(s => s.Waiting.Contains("no node", StringComparison.Ordinal)), Is.Empty, why);
    });

    [Test]
    public void Nothing_leaves_a_node_without_a_reason_and_nothing_that_clips_is_moved() => Each((facts, plan, why) =>
    {
        var nodes = facts.Nodes.ToDictionary(n => n.Id);
        var live = facts.Live.ToDictionary(l => l.ProcessId);
        var streamers = facts.Streamers.ToDictionary(s => s.Id);
        var moves = plan.OfType<Decision.Start>().Where(s => s.IsMove).ToDictionary(s => s.StreamerId);
        var after = Fleet.After(facts, plan, Fleet.Now);
        Assert.That(moves, Has.Count.LessThanOrEqualTo(facts.Balance.MovedAt > Fleet.Now - PlannedMoves.Pause ? 0 : PlannedMoves.Most), why);
        var even = facts.Balance.AskedAt > (facts.Balance.BalancedAt ?? default) || nodes.Values.Any(n => n.Use == NodeUse.Takes && n.JoinedAt > (facts.Balance.BalancedAt ?? default));
        foreach (var end in plan.OfType<Decision.End>())
        {
            var (held, streamer, use) = (live[end.ProcessId], streamers[end.StreamerId], nodes[end.NodeId].Use);
            Assert.That(end.Reason, Is.Not.Empty);
            var moved = moves.ContainsKey(end.StreamerId);
            var needed = !streamer.Wanted || streamer.Order is null || held.Order?.IsSameChannel(streamer.Order) != true || use is NodeUse.Lost or NodeUse.Gone;
            var nowhere = use == NodeUse.Drains && !needed && !moved;
            Assert.That(nowhere || (needed ^ moved), $"{why}: {end}");
            if (nowhere) Assert.That(HasRoom(after), Is.False, $"{why}: {end}");
            if (!moved && !nowhere) continue;
            Assert.That(!held.IsClipping || held.HasFailed, $"{why}: {end}");
            Assert.That(use == NodeUse.Drains || held.HasFailed || (even && Fleet.Now - held.Since >= PlannedMoves.Cooldown), $"{why}: {end}");
        }
    });

    [Test]
    public void A_node_that_is_lost_moves_its_own_streamers_and_no_other() => Each((facts, plan, why) =>
    {
        var now = Fleet.Now.AddSeconds(1);
        var settled = Fleet.After(facts, plan, Fleet.Now);
        if (settled.Nodes.FirstOrDefault(n => n.Use == NodeUse.Takes) is not { } leaves) return;
        var lost = settled with { Nodes = [.. settled.Nodes.Select(n => n == leaves ? n with { Use = NodeUse.Lost, State = "lost" } : n)], Balance = settled.Balance with { MovedAt = now } };
        var emptied = settled.Nodes.Where(n => n.Use == NodeUse.Drains).Select(n => n.Id);
        Assert.That(AssignmentPlanner.Plan(lost, now).OfType<Decision.End>().Select(e => e.NodeId).Distinct().Except(emptied), Is.SubsetOf((string[])[leaves.Id]), why);
    });

    [Test]
    public void From_nothing_no_node_is_fuller_than_another_would_be_with_one_more() => Each((facts, _, why) =>
    {
        var fresh = facts with { Live = [], Failures = [] };
        var after = Fleet.After(fresh, AssignmentPlanner.Plan(fresh, Fleet.Now), Fleet.Now);
        var load = facts.Nodes.ToDictionary(n => n.Id, n => after.Live.Count(l => l.NodeId == n.Id));
        foreach (var full in facts.Nodes.Where(n => load[n.Id] > 0))
            foreach (var other in facts.Nodes.Where(n => n.Use == NodeUse.Takes && n.Health.Pressure is null && load[n.Id] < n.Capacity))
                Assert.That((double)load[full.Id] / full.Capacity, Is.LessThanOrEqualTo((load[other.Id] + 1.0) / other.Capacity + 1e-9), $"{why}: {full.Id}, {other.Id}");
    });

    [Test]
    public void A_request_evens_the_load_out_step_by_step_and_comes_to_its_end()
    {
        PlannedStreamer[] all = [.. Enumerable.Range(0, 60).Select(i => Fleet.Streamer(Guid.NewGuid(), $"s{i}"))];
        var now = Fleet.Now;
        var facts = Fleet.Of(all, [Fleet.Node("node-1", 60), Fleet.Node("node-2", 60), Fleet.Node("node-3", 30)], [.. all.Select(s => Fleet.Live(s, "node-1", now.AddHours(-1)))]);
        Assert.That(AssignmentPlanner.Plan(facts, now), Is.Empty, "nobody asked");

        facts = facts with { Balance = facts.Balance with { AskedAt = now.AddSeconds(-1), AskedBy = "anna" } };
        Assert.That(AssignmentPlanner.Plan(facts, now).OfType<Decision.Start>().First().Reason, Is.EqualTo("on node-2: evens out the load, as anna asked (node-1 had 60 of 60, node-2 0 of 60)"));
        Decision.Balanced? even = null;
        var steps = 0;
        for (; even is null; now += PlannedMoves.Pause)
        {
            var plan = AssignmentPlanner.Plan(facts, now);
            Assert.That(plan.OfType<Decision.Start>().Count(), Is.InRange(1, PlannedMoves.Most), $"step {steps}");
            facts = Fleet.After(facts, plan, now);
            even = plan.OfType<Decision.Balanced>().FirstOrDefault();
            steps++;
        }

        Assert.That(even.Reason, Is.EqualTo("the load is even: node-1 has most with 24 of 60, node-3 least with 12 of 30"));
        Assert.That(steps, Is.EqualTo(4), "36 moves by 10");
        Assert.That(facts.Live.CountBy(l => l.NodeId).OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => c.Value), Is.EqualTo((int[])[24, 24, 12]));
        Assert.That(AssignmentPlanner.Plan(facts, now.AddHours(1)), Is.Empty, "it is done");
    }

    [TestCase(11, 100, 0, TestName = "A_node_that_joins_is_given_none_for_a_tenth_of_difference")]
    [TestCase(20, 9, 0, TestName = "A_node_that_joins_is_given_none_that_was_placed_lately")]
    [TestCase(20, 100, 5, TestName = "A_node_that_joins_is_given_some_where_the_difference_is_large")]
    public void Joins(int streamers, int minutesAgo, int moves)
    {
        PlannedStreamer[] all = [.. Enumerable.Range(0, streamers).Select(i => Fleet.Streamer(Guid.NewGuid(), $"s{i}"))];
        var joined = Fleet.Node("node-2", 100) with { JoinedAt = Fleet.Now };
        var facts = Fleet.Of(all, [Fleet.Node("node-1", 100), joined], [.. all.Select(s => Fleet.Live(s, "node-1", Fleet.Now.AddMinutes(-minutesAgo)))]);

        var starts = AssignmentPlanner.Plan(facts, Fleet.Now).OfType<Decision.Start>().ToList();
        Assert.That(starts, Has.Count.EqualTo(moves).And.All.Matches<Decision.Start>(s => s.Reason.Contains("evens out the load, as node-2 joined", StringComparison.Ordinal)));
        Assert.That(AssignmentPlanner.Plan(facts with { Balance = facts.Balance with { BalancedAt = Fleet.Now } }, Fleet.Now), Is.Empty, "once it was found even that is over");
    }

    [Test]
    public void Nothing_stays_on_a_node_that_is_let_in_no_more_and_on_one_that_is_emptied_only_clips_and_what_goes_next() => Each((facts, plan, why) =>
    {
        var after = Fleet.After(facts, plan, Fleet.Now);
        foreach (var node in facts.Nodes)
        {
            var left = after.Live.Where(l => l.NodeId == node.Id).ToList();
            if (node.Use == NodeUse.Gone) Assert.That(left, Is.Empty, $"{why}: {node}");
            if (node.Use == NodeUse.Drains && !HasRoom(after)) Assert.That(left, Is.All.Matches<LiveAssignment>(l => l.IsClipping && !l.HasFailed), $"{why}: {node}");
        }
    });

    private static bool HasRoom(PlanFacts facts) =>
        facts.Nodes.Any(n => n.Use == NodeUse.Takes && n.Health.Pressure is null && facts.Live.Count(l => l.NodeId == n.Id) < n.Capacity);

    private static void Each(Action<PlanFacts, IReadOnlyList<Decision>, string> check)
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var facts = Fleet.Random(seed);
            check(facts, AssignmentPlanner.Plan(facts, Fleet.Now), $"seed {seed}");
        }
    }
}
