using StreamClips.ControlPlane.Tests.NodeLink;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Nodes;

/// <summary>A node that is to be taken away.</summary>
[Category("Slow")]
public sealed class DrainTests : ControlPlaneFixture
{
    [Test]
    public async Task A_drained_node_gives_away_what_it_runs_ships_what_it_has_and_says_when_that_is_done()
    {
        var (agent, assignment, _) = await _control.RunningAsync("alpha");
        await using var closing = agent;
        await using var other = await FakeAgent.ConnectAsync(_control, "node-2");
        var health = new HostHealth { UnshippedClips = 1, Cores = 4, Kernel = "6.1", NetworkSentBytes = 5, NetworkReceivedBytes = 7 };

        using var drained = await _control.Http.PostAsync("/nodes/node-1/drain", null);
        Assert.That((int)drained.StatusCode, Is.EqualTo(200));
        await other.DesiredAsync(d => d.Assignments.Any(a => a.StreamerId == assignment.StreamerId));
        var nothing = await agent.DesiredAsync(d => d.Assignments.Count == 0);
        // What the queue counted may be from before the worker's last clip.
        var stopped = new ProcessStatus { ProcessId = assignment.ProcessId, Epoch = assignment.Epoch, State = ProcessState.Stopped };
        await agent.SayAsync(new() { NodeStatus = new() { AppliedRevision = nothing.Revision, Processes = { stopped } } });
        await Eventually.TrueAsync(async () => (await _control.GetAsync($"/stream-clips/{assignment.ProcessId}"))["state"]!.ToString() == "stopped", "the worker has stopped");
        Assert.That((await _control.GetAsync("/nodes/node-1"))["drained"]!.GetValue<bool>(), Is.False, "its directory is still there");

        await agent.SayAsync(new() { NodeStatus = new() { AppliedRevision = nothing.Revision, Health = health, SentAtMs = TimeProvider.System.GetUtcNow().AddSeconds(-30).ToUnixTimeMilliseconds() } });
        await Eventually.TrueAsync(async () => (await _control.GetAsync("/nodes/node-1"))["unshipped_clips"]!.GetValue<int>() == 1, "the next status has come");
        var node = await _control.GetAsync("/nodes/node-1");
        Assert.That((node["draining"]!.GetValue<bool>(), node["drained"]!.GetValue<bool>()), Is.EqualTo((true, false)), "a clip is still to be shipped");
        Assert.That((node["cores"]!.GetValue<int>(), node["kernel"]!.ToString(), node["network_sent_bytes"]!.GetValue<long>(), node["network_received_bytes"]!.GetValue<long>()), Is.EqualTo((4, "6.1", 5L, 7L)));
        Assert.That(node["clock_offset_s"]!.GetValue<double>(), Is.LessThanOrEqualTo(-30));

        health.UnshippedClips = 0;
        await agent.SayAsync(new() { NodeStatus = new() { AppliedRevision = nothing.Revision, Health = health } });
        await Eventually.TrueAsync(async () => (await _control.GetAsync("/nodes/node-1"))["drained"]!.GetValue<bool>(), "it is drained");
        Assert.That(await _control.Http.GetStringAsync("/app/nodes"), Does.Contain("Drained").And.Contain("Use again"));
        await _control.ExecuteAsync("update node set state = 'lost' where id = 'node-1'");
        Assert.That((await _control.GetAsync("/nodes/node-1"))["drained"]!.GetValue<bool>(), Is.False, "what a lost node said last is old");

        Assert.That(await _control.ScalarAsync<long>("select count(*) from event where kind = 'node.drained' and data->>'node' = 'node-1'"), Is.EqualTo(1));
        await agent.SayAsync(new() { NodeStatus = new() { AppliedRevision = nothing.Revision, Health = health } });

        using var used = await _control.Http.PostAsync("/nodes/node-1/undrain", null);
        Assert.That((await _control.GetAsync("/nodes/node-1"))["draining"]!.GetValue<bool>(), Is.False);
        using var none = await _control.Http.PostAsync("/nodes/nobody/drain", null);
        Assert.That((int)none.StatusCode, Is.EqualTo(404));
    }

    [Test]
    public async Task With_no_other_node_its_streamers_wait_with_words_and_it_is_drained_once()
    {
        var (agent, assignment, _) = await _control.RunningAsync("alpha");
        await using var closing = agent;

        using var drained = await _control.Http.PostAsync("/nodes/node-1/drain", null);
        var nothing = await agent.DesiredAsync(d => d.Assignments.Count == 0);
        Assert.That((await _control.GetAsync($"/streamers/{assignment.StreamerId}"))["waiting"]!.ToString(), Is.EqualTo("no node is ready (1 draining)"));
        for (var i = 0; i < 2; i++) await agent.SayAsync(new() { NodeStatus = new() { AppliedRevision = nothing.Revision, Health = new() } });

        await Eventually.TrueAsync(async () => await _control.ScalarAsync<long>("select count(*) from event where kind = 'node.drained'") == 1, "it is drained");
        using var again = await _control.Http.PostAsync("/nodes/node-1/drain", null);
        using var used = await _control.Http.PostAsync("/nodes/node-1/undrain", null);
        await agent.DesiredAsync(d => d.Assignments.Any(a => a.StreamerId == assignment.StreamerId));
        Assert.That(await _control.ScalarAsync<long>("select count(*) from event where kind = 'node.drained'"), Is.EqualTo(1), "told once");
    }

    [Test]
    public async Task A_node_on_which_nothing_runs_is_drained_at_once()
    {
        await using var agent = await FakeAgent.ConnectAsync(_control, "node-1");
        var empty = await agent.DesiredAsync(_ => true);
        await agent.SayAsync(new() { NodeStatus = new() { AppliedRevision = empty.Revision, Health = new() } });
        await Eventually.TrueAsync(async () => (await _control.GetAsync("/nodes/node-1"))["applied_revision"]!.GetValue<long>() == empty.Revision, "it has said so");

        using var drained = await _control.Http.PostAsync("/nodes/node-1/drain", null);

        Assert.That(await _control.ScalarAsync<long>("select count(*) from event where kind = 'node.drained'"), Is.EqualTo(1));
    }
}
