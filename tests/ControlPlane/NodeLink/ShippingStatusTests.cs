using StreamClips.ControlPlane.NodeLink;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Journal;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.NodeLink;

public sealed class ShippingStatusTests
{
    [Test]
    public async Task A_storage_that_fails_is_told_once_and_its_return_too_and_the_node_shows_what_waits()
    {
        await using var control = await TestControlPlane.StartAsync();
        var session = Guid.NewGuid();
        await control.ExecuteAsync(
            """
            insert into node (id, host_name, agent_version, boot_id, capacity, state, session_id, first_seen_at, connected_at, last_seen_at)
            values ('node-1', 'h', '1', 'b', 1, 'ready', @session, now(), now(), now())
            """, new { session });
        var store = control.Get<NodeStatusStore>();
        var at = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        string[] faults = ["", "quota full", "quota full for good", "", ""];
        foreach (var fault in faults)
        {
            var status = new NodeStatus { Health = new() { UnshippedClips = 3 }, Shipping = new() { Clips = 3, Bytes = 123_000_000, OldestAtMs = at.ToUnixTimeMilliseconds(), Fault = fault } };
            Assert.That(await store.TakeAsync("node-1", session, status, CancellationToken.None), Is.True);
            var node = await control.GetAsync("/nodes/node-1");
            Assert.That(node["shipping_fault"]!.GetValue<string>(), Is.EqualTo(fault));
            Assert.That(node["unshipped_bytes"]!.GetValue<long>(), Is.EqualTo(123_000_000));
            Assert.That(node["oldest_unshipped_at"]!.GetValue<DateTimeOffset>(), Is.EqualTo(at));
            var page = await control.Http.GetStringAsync("/app/nodes");
            Assert.That(page.Contains("quota full", StringComparison.Ordinal), Is.EqualTo(fault.Length > 0));
        }

        Assert.That(await control.ScalarAsync<string>("select string_agg(kind || ' ' || coalesce(data ->> 'reason', ''), ', ' order by id) from event where kind like 'node.storage%'"),
            Is.EqualTo("node.storage_failed quota full, node.storage_back "));
    }

    [TestCase(0, 49, 0)]
    [TestCase(0, 50, 50)]
    [TestCase(50, 40, 50)]
    [TestCase(50, 39, 0)]
    [TestCase(0, 80, 80)]
    [TestCase(50, 79, 50)]
    [TestCase(80, 70, 80)]
    [TestCase(80, 69, 50)]
    [TestCase(80, 0, 0)]
    [TestCase(50, 1000, 80)]
    public void A_level_is_left_only_a_tenth_below_it(int before, long bytes, int level)
    {
        Assert.That(SpoolLevel.Next(before, bytes, 100), Is.EqualTo(level));
        Assert.That(SpoolLevel.Next(before, bytes, 0), Is.Zero, "an agent that tells no limit");
    }

    [Test]
    public async Task A_spool_that_fills_is_told_at_half_and_four_fifths_and_at_its_bound_each_way_once_and_the_node_takes_no_channels_there()
    {
        await using var control = await TestControlPlane.StartAsync();
        await using var agent = await FakeAgent.ConnectAsync(control);
        await SayAsync(control, agent, 49, "");
        foreach (var percent in (int[])[50, 49, 60, 80, 79]) await SayAsync(control, agent, percent, "");
        await SayAsync(control, agent, 101, "the spool is full: of clips");
        await SayAsync(control, agent, 95, "the spool is full: of all clips");
        Assert.That(await control.Http.GetStringAsync("/app/nodes"), Does.Contain("95 % of the room for them").And.Contain("no new clips are made: the spool is full: of all clips"));
        var waits = await control.AddStreamerAsync("waits");
        await Eventually.TrueAsync(async () => (await control.ScalarAsync<string>("select waiting from streamer"))!.Contains("node-1: it makes no new clips", StringComparison.Ordinal), "the channel waits");
        await SayAsync(control, agent, 89, "");
        var desired = await agent.DesiredAsync(d => d.Assignments.Count == 1);
        Assert.That(desired.Assignments[0].StreamerId, Is.EqualTo($"{waits}"));
        await SayAsync(control, agent, 30, "");

        Assert.That(await control.ScalarAsync<string>("select string_agg(kind || ' ' || coalesce(data ->> 'level', ''), ', ' order by id) from event where kind like 'node.spool%' or kind like 'node.recording%'"),
            Is.EqualTo("node.spool_filling 50, node.spool_filling 80, node.recording_paused , node.recording_resumed , node.spool_emptying 0"));
    }

    [Test]
    public async Task Moments_that_were_not_clipped_are_shown_with_their_process()
    {
        await using var control = await TestControlPlane.StartAsync();
        var (agent, assignment, revision) = await control.RunningAsync("someone");
        await using var _ = agent;
        Assert.That(await control.Http.GetStringAsync($"/app/processes/{assignment.ProcessId}"), Does.Not.Contain("not clipped"));
        var status = RunningProcess.Status(assignment, ProcessState.Running, WorkerPhase.Watching);
        status.Worker.NotClipped = 3;
        await agent.StatusAsync(revision, status);
        await Eventually.TrueAsync(async () => (await control.ProcessAsync(assignment))["not_clipped"]!.GetValue<int>() == 3, "the API shows it");
        Assert.That(await control.Http.GetStringAsync($"/app/processes/{assignment.ProcessId}"), Does.Contain("3 moments were not clipped"));
    }

    private static async Task SayAsync(TestControlPlane control, FakeAgent agent, int percent, string paused)
    {
        var shipping = new ShippingStatus { Clips = 1, Bytes = percent * 1000, LimitBytes = 100_000, OldestAtMs = 1_790_000_000_000, RecordingPaused = paused };
        await agent.SayAsync(new AgentMessage { NodeStatus = new() { Health = new(), Shipping = shipping } });
        await Eventually.TrueAsync(async () => (await control.GetAsync("/nodes/node-1")) is var n && n["spool_share"]?.GetValue<double>() == percent / 100.0, $"{percent} % are shown");
        Assert.That((await control.GetAsync("/nodes/node-1"))["recording_paused"]!.GetValue<string>(), Is.EqualTo(paused));
    }
}
