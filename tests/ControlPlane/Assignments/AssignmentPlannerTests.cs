using StreamClips.ControlPlane.Assignments;
using StreamClips.ControlPlane.Processes;

namespace StreamClips.ControlPlane.Tests.Assignments;

public sealed class AssignmentPlannerTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Test]
    public void A_wanted_streamer_goes_to_the_least_loaded_node_with_room()
    {
        var busy = Streamer("busy");
        var plan = Plan([busy, Streamer("new")], [Node("node-1", 2), Node("node-2", 2), Node("node-3", 2, "lost")], [Live(busy, "node-1")]);

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
        Assert.That(plan.OfType<Decision.Wait>().Select(w => w.Reason), Is.EqualTo(Enumerable.Repeat("no node has room (2 nodes, 3 of 3 in use)", 2)));
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
        var plan = Plan([a], [Node("node-1", state: "lost"), Node("node-2")], [held]);

        Assert.That(plan[0], Is.EqualTo(new Decision.End(held.ProcessId, a.Id, "node-1", Lost: true, Failed: true, "node-1 is lost: moved to node-2")));
        Assert.That((((Decision.Start)plan[1]).NodeId, ((Decision.Start)plan[1]).Reason), Is.EqualTo(("node-2", "on node-2: least loaded of 1 with room (node-1 is lost)")));
    }

    [Test]
    public void A_lost_node_keeps_its_streamers_while_nobody_else_can_have_them()
    {
        var a = Streamer("a");
        var plan = Plan([a], [Node("node-1", state: "lost")], [Live(a, "node-1")]);

        Assert.That(plan, Is.EqualTo((Decision[])[new Decision.Wait(a.Id, "node-1 is lost, and no node is ready (1 lost)")]));
    }

    [TestCase("retired")]
    [TestCase("revoked")]
    public void What_runs_on_a_node_that_is_let_in_no_more_ends_even_where_nobody_else_can_have_it(string state)
    {
        var (a, unreadable) = (Streamer("a"), Streamer("b") with { Order = null });
        var (held, other) = (Live(a, "node-1"), Live(unreadable, "node-1"));
        var plan = Plan([a, unreadable], [Node("node-1", state: state)], [held, other]);

        Assert.That(plan, Is.EquivalentTo((Decision[])[
            new Decision.End(held.ProcessId, a.Id, "node-1", Lost: true, Failed: false, $"node-1 is {state}"), new Decision.Wait(a.Id, $"no node is ready (1 {state})"),
            new Decision.End(other.ProcessId, unreadable.Id, "node-1", Lost: true, Failed: false, $"node-1 is {state}"), new Decision.Wait(unreadable.Id, AssignmentPlanner.UnreadableSettings)]));
    }

    [Test]
    public void A_changed_order_restarts_in_place_even_on_a_full_node()
    {
        var a = Streamer("a");
        var old = Live(a, "node-1") with { Order = a.Order! with { Url = "https://www.twitch.tv/before" } };
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

    [Test]
    public void A_node_that_failed_a_streamer_comes_last_for_it_and_for_no_other_until_that_is_long_ago()
    {
        var (a, b) = (Streamer("a"), Streamer("b"));
        PlanFacts Facts(int minutesAgo) => Fleet.Of([a], [Node("node-1"), Node("node-2")]) with { Failures = [new(a.Id, "node-1", Now.AddMinutes(-minutesAgo))] };

        var start = Starts(Facts(29)).Single();
        Assert.That((start.NodeId, start.Reason), Is.EqualTo(("node-2", "on node-2: not the least loaded of 2 with room, as it failed lately on node-1")));
        Assert.That(Starts(Facts(31)).Single().NodeId, Is.EqualTo("node-1"), "that was long ago");
        Assert.That(Starts(Facts(29) with { Streamers = [b] }).Single().NodeId, Is.EqualTo("node-1"), "and it was another one");
        Assert.That(
            Starts(Facts(29) with { Nodes = [Node("node-1"), Node("node-2", 1, "lost")] }).Single().Reason,
            Is.EqualTo("on node-1: least loaded of 1 with room, though it failed here lately: so it did on the others"));
    }

    [Test]
    public void A_worker_that_fails_on_a_node_is_tried_on_others_but_not_on_all_of_them()
    {
        var a = Streamer("a");
        var failed = Live(a, "node-1") with { State = ProcessState.Failed };
        var facts = Fleet.Of([a], [Node("node-1"), Node("node-2"), Node("node-3"), Node("node-4")], [failed]);
        var plan = AssignmentPlanner.Plan(facts, Now);

        Assert.That(plan[0], Is.EqualTo(new Decision.End(failed.ProcessId, a.Id, "node-1", Lost: false, Failed: true, "its worker fails on node-1: moved to node-2")));
        Assert.That(((Decision.Start)plan[1]).Reason, Is.EqualTo("on node-2: its worker failed on node-1"));
        Assert.That(Starts(facts with { Failures = [new(a.Id, "node-2", Now)] }).Single().NodeId, Is.EqualTo("node-3"));
        Assert.That(Starts(facts with { Failures = [new(a.Id, "node-2", Now), new(a.Id, "node-3", Now)] }), Is.Empty, "three nodes are enough: it is not theirs");
    }

    [TestCase(NodeHealth.DiskFloorBytes - 1, 1L << 40, 0)]
    [TestCase(NodeHealth.DiskFloorBytes, 1L << 40, 1)]
    [TestCase(499_999_999, 10_000_000_000, 0)]
    [TestCase(500_000_000, 10_000_000_000, 1)]
    [TestCase(0, 0, 1)]
    public void A_node_whose_disk_is_nearly_full_keeps_what_it_has_and_takes_nothing(long free, long total, int starts)
    {
        var (a, b) = (Streamer("a"), Streamer("b"));
        var facts = Fleet.Of([a, b], [Node("node-1", 9) with { Health = new(0, 0, total, free) }], [Live(a, "node-1")]);

        Assert.That(Starts(facts).Count, Is.EqualTo(starts));
        if (starts == 0)
            Assert.That(AssignmentPlanner.Plan(facts, Now).Single(), Is.EqualTo(new Decision.Wait(b.Id, "no node has room (1 node, 1 of 9 in use; node-1: its disk is nearly full)")));
    }

    [Test]
    public void A_node_that_is_emptied_gives_its_streamers_away_by_small_steps_and_keeps_what_is_being_clipped()
    {
        PlannedStreamer[] all = [.. Enumerable.Range(0, 30).Select(i => Streamer($"s{i}"))];
        LiveAssignment[] live = [.. all.Select((s, i) => Live(s, "node-1") with { Phase = i % 2 == 0 ? "clipping" : "watching" })];
        var facts = Fleet.Of(all, [Node("node-1", 30, "draining"), Node("node-2", 30)], live);
        var plan = AssignmentPlanner.Plan(facts, Now);

        var ends = plan.OfType<Decision.End>().ToList();
        Assert.That(ends, Has.Count.EqualTo(PlannedMoves.Most).And.All.Matches<Decision.End>(e => !e.Lost && !e.Failed && e.Reason == "node-1 is draining: moved to node-2"));
        Assert.That(ends.Select(e => e.ProcessId), Is.SubsetOf(live.Where(l => !l.IsClipping).Select(l => l.ProcessId)));
        Assert.That(Starts(facts with { Balance = Balance.None with { MovedAt = Now - PlannedMoves.Pause / 2 } }), Is.Empty, "a pause after each step");

        var nowhere = facts with { Nodes = [Node("node-1", 30, "draining")], Balance = Balance.None with { MovedAt = Now } };
        var ended = AssignmentPlanner.Plan(nowhere, Now);
        Assert.That(ended.OfType<Decision.End>().Select(e => e.ProcessId), Is.EquivalentTo(live.Where(l => !l.IsClipping).Select(l => l.ProcessId)), "nowhere else: it ends all the same");
        Assert.That(ended.OfType<Decision.Wait>().CountBy(w => w.Reason).ToDictionary(), Is.EqualTo(new Dictionary<string, int>
        {
            ["no node is ready (1 draining)"] = 15, ["node-1 is draining, and no node is ready (1 draining)"] = 15,
        }));
        Assert.That(AssignmentPlanner.Plan(nowhere with { Live = [live[0] with { State = ProcessState.Failed }] }, Now).OfType<Decision.End>().Count(), Is.EqualTo(1), "a worker that failed makes no clip");
    }

    private static List<Decision.Start> Starts(PlanFacts facts) => [.. AssignmentPlanner.Plan(facts, Now).OfType<Decision.Start>()];

    private static IReadOnlyList<Decision> Plan(IReadOnlyList<PlannedStreamer> streamers, IReadOnlyList<PlannedNode> nodes, IReadOnlyList<LiveAssignment> live) =>
        AssignmentPlanner.Plan(Fleet.Of(streamers, nodes, live), Now);

    private static PlannedStreamer Streamer(string name) => Fleet.Streamer(Guid.NewGuid(), name);

    private static PlannedNode Node(string id, int capacity = 10, string state = "ready") => Fleet.Node(id, capacity, state);

    private static LiveAssignment Live(PlannedStreamer streamer, string node) => Fleet.Live(streamer, node, Now.AddHours(-1));
}
