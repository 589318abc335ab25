using StreamClips.ControlPlane.Assignments;
using StreamClips.ControlPlane.Nodes;
using StreamClips.ControlPlane.Processes;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Tests.Assignments;

public sealed class AssignmentPlannerTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Test]
    public void A_wanted_streamer_goes_to_the_least_loaded_node_with_room()
    {
        var busy = Streamer("busy");
        var plan = Plan([busy, Streamer("new")], [Node("node-1", 2), Node("node-2", 2), Node("node-3", 2, NodeState.Lost)], [Live(busy, "node-1")]);

        var start = (Decision.Start)plan.Single();
        Assert.That((start.Order.Streamer, start.NodeId), Is.EqualTo(("new", "node-2")));
        Assert.That(start.Reason, Is.EqualTo("on node-2: least loaded of 2 with room"));
    }

    [Test]
    public void Load_is_measured_by_capacity()
    {
        var (a, b, c) = (Streamer("a"), Streamer("b"), Streamer("c"));
        var plan = Plan([a, b, c, Streamer("new")], [Node("node-1", 10), Node("node-2", 2)], [Live(a, "node-1"), Live(b, "node-1"), Live(c, "node-2")]);

        Assert.That(((Decision.Start)plan.Single()).NodeId, Is.EqualTo("node-1"), "2 of 10 is less than 1 of 2");
    }

    [Test]
    public void Nothing_moves_without_need()
    {
        var (a, b) = (Streamer("a"), Streamer("b"));

        Assert.That(Plan([a, b], [Node("node-1"), Node("node-2")], [Live(a, "node-1"), Live(b, "node-1")]), Is.Empty);
    }

    [Test]
    public void No_node_gets_more_than_it_takes()
    {
        var plan = Plan([.. Enumerable.Range(0, 5).Select(i => Streamer($"s{i}"))], [Node("node-1", 2), Node("node-2", 1)], []);

        Assert.That(plan.OfType<Decision.Start>().CountBy(s => s.NodeId).ToDictionary(), Is.EqualTo(new Dictionary<string, int> { ["node-1"] = 2, ["node-2"] = 1 }));
        Assert.That(plan.OfType<Decision.Wait>().Select(w => w.Reason), Is.EqualTo(Enumerable.Repeat("every ready node is full (node-1: 2 of 2, node-2: 1 of 1)", 2)));
    }

    [Test]
    public void A_reason_to_wait_is_told_once_and_taken_back()
    {
        var waits = Streamer("a") with { Waiting = "no node has ever connected" };

        Assert.That(Plan([waits], [], []), Is.Empty);
        Assert.That(Plan([waits with { Wanted = false }], [], []), Is.EqualTo((Decision[])[new Decision.Wait(waits.Id, "")]));
        Assert.That(Plan([waits], [Node("node-1")], [Live(waits, "node-1")]), Is.EqualTo((Decision[])[new Decision.Wait(waits.Id, "")]));
    }

    [Test]
    public void A_streamer_of_a_lost_node_moves_and_the_old_assignment_ends_first()
    {
        var a = Streamer("a");
        var held = Live(a, "node-1");
        var plan = Plan([a], [Node("node-1", state: NodeState.Lost), Node("node-2")], [held]);

        Assert.That(plan[0], Is.EqualTo(new Decision.End(held.ProcessId, "node-1", Lost: true, "node-1 is lost: moved to node-2")));
        Assert.That(((Decision.Start)plan[1]).NodeId, Is.EqualTo("node-2"));
    }

    [Test]
    public void A_lost_node_keeps_its_streamers_while_nobody_else_can_have_them()
    {
        var a = Streamer("a");
        var plan = Plan([a], [Node("node-1", state: NodeState.Lost)], [Live(a, "node-1")]);

        Assert.That(plan, Is.EqualTo((Decision[])[new Decision.Wait(a.Id, "node-1 is lost, and no node is ready (1 lost)")]));
    }

    [Test]
    public void A_changed_order_restarts_in_place_even_on_a_full_node()
    {
        var a = Streamer("a");
        var old = Live(a, "node-1") with { Order = a.Order! with { Settings = a.Order.Settings with { SurgeThreshold = 3 } } };
        var plan = Plan([a], [Node("node-1", 1), Node("node-2", 9)], [old]);

        Assert.That(plan.Select(d => d.GetType().Name), Is.EqualTo((string[])["End", "Start"]));
        Assert.That(((Decision.End)plan[0]).Lost, Is.False);
        Assert.That(((Decision.Start)plan[1]).NodeId, Is.EqualTo("node-1"));
    }

    [Test]
    public void A_streamer_whose_settings_cannot_be_read_waits_and_holds_up_no_other()
    {
        var (waits, runs, other) = (Streamer("a") with { Order = null }, Streamer("b"), Streamer("c"));
        var plan = Plan([waits, runs with { Order = null }, other], [Node("node-1")], [Live(runs, "node-1")]);

        Assert.That(plan.OfType<Decision.Wait>().Select(w => (w.StreamerId, w.Reason)), Is.EquivalentTo(
            ((Guid, string)[])[(waits.Id, AssignmentPlanner.UnreadableSettings), (runs.Id, AssignmentPlanner.UnreadableSettings)]));
        Assert.That(plan.OfType<Decision.Start>().Single().StreamerId, Is.EqualTo(other.Id));
        Assert.That(plan.OfType<Decision.End>(), Is.Empty, "what runs runs on");
    }

    [Test]
    public void A_place_that_becomes_free_is_used_in_the_same_plan()
    {
        var (stopped, waits) = (Streamer("a") with { Wanted = false }, Streamer("b"));
        var plan = Plan([waits, stopped], [Node("node-1", 1)], [Live(stopped, "node-1")]);

        Assert.That(plan.OfType<Decision.Start>().Single().StreamerId, Is.EqualTo(waits.Id));
    }

    [TestCase(120, 59, 0)]
    [TestCase(120, 60, 1)]
    [TestCase(119, 599, 0)]
    [TestCase(119, 600, 1)]
    public void A_stream_that_ended_rests_a_minute_and_ten_after_a_short_run(int ranFor, int secondsAgo, int starts)
    {
        var ended = Streamer("a") with { Last = new LastRun(ProcessState.Ended, Now.AddSeconds(-secondsAgo - ranFor), Now.AddSeconds(-secondsAgo)) };

        Assert.That(Plan([ended], [Node("node-1")], []).OfType<Decision.Start>().Count(), Is.EqualTo(starts));
    }

    [Test]
    public void Ten_thousand_streamers_on_500_nodes_are_spread_evenly()
    {
        var plan = Plan([.. Enumerable.Range(0, 10_000).Select(i => Streamer($"s{i}"))], [.. Enumerable.Range(0, 500).Select(i => Node($"node-{i}", 30))], []);

        Assert.That(plan.OfType<Decision.Start>().CountBy(s => s.NodeId).Select(c => c.Value).ToList(), Has.Count.EqualTo(500).And.All.EqualTo(20));
    }

    private static IReadOnlyList<Decision> Plan(IReadOnlyList<PlannedStreamer> streamers, IReadOnlyList<PlannedNode> nodes, IReadOnlyList<LiveAssignment> live) =>
        AssignmentPlanner.Plan(streamers, nodes, live, Now);

    private static PlannedStreamer Streamer(string name) =>
        new(Guid.NewGuid(), true, new WorkOrder(name, $"https://www.twitch.tv/{name}", null, ClipSettings.Default), "", null);

    private static PlannedNode Node(string id, int capacity = 10, string state = NodeState.Ready) => new(id, state, capacity);

    private static LiveAssignment Live(PlannedStreamer streamer, string node) => new(Guid.NewGuid(), streamer.Id, node, streamer.Order);
}
