using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Grpc.Core;
using StreamClips.ControlPlane.NodeLink;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Journal;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.NodeLink;

public sealed class NodeLinkTests : ControlPlaneFixture
{
    [Test]
    public async Task An_agent_without_a_certificate_is_told_so()
    {
        await using var agent = FakeAgent.Dial(_control, certificate: null);

        var end = await agent.EndAsync();

        Assert.That(end!.Value.StatusCode, Is.EqualTo(StatusCode.Unauthenticated));
        Assert.That(end.Value.Detail, Does.Contain("enrol with a join token"));
    }

    [Test]
    public async Task A_bad_hello_is_told_every_fault()
    {
        await using var agent = await FakeAgent.DialAsync(_control);
        await agent.SayAsync(FakeAgent.Hello("Node 1", boot: "", capacity: 0));

        var end = await agent.EndAsync();

        Assert.That(end!.Value.StatusCode, Is.EqualTo(StatusCode.InvalidArgument));
        Assert.That(end.Value.Detail, Does.Contain("node_id is 'Node 1'").And.Contain("capacity is 0").And.Contain("boot_id"));
    }

    [Test]
    public async Task A_streamer_that_is_started_reaches_the_node_and_runs_and_stops()
    {
        var streamer = await _control.AddStreamerAsync("alpha", active: false, settings: new { clip_duration = 30 });
        await using var agent = await FakeAgent.ConnectAsync(_control);
        Assert.That((await agent.DesiredAsync(_ => true)).Assignments, Is.Empty);

        using var started = await _control.Http.PostAsync($"/stream-clips/{streamer}/start", null);
        Assert.That(started.StatusCode, Is.EqualTo(HttpStatusCode.Accepted));
        var process = (await started.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.That(process["placement"]!.ToString(), Is.EqualTo("on node-1: least loaded of 1 with room"));
        var desired = await agent.DesiredAsync(d => d.Assignments.Count == 1);
        var assignment = desired.Assignments[0];
        Assert.That((assignment.ProcessId, assignment.Epoch, assignment.Url, assignment.ChatUrl), Is.EqualTo((process["id"]!.ToString(), 1L, "https://www.twitch.tv/alpha", "")));
        Assert.That(StreamClips.Shared.Settings.ClipSettings.FromJson(assignment.SettingsJson).ClipDuration, Is.EqualTo(30));

        await agent.StatusAsync(desired.Revision, RunningProcess.Status(assignment, ProcessState.Running, WorkerPhase.Watching));
        await Eventually.TrueAsync(async () => (await _control.ProcessAsync(assignment))["state"]!.ToString() == "running", "the process runs");
        Assert.That((await _control.ProcessAsync(assignment))["chat_rate"]!.GetValue<double>(), Is.EqualTo(4.5));
        using var again = await _control.Http.PostAsync($"/stream-clips/{streamer}/start", null);
        Assert.That(again.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(await again.Content.ReadAsStringAsync(), Does.Contain("alpha is already running on node-1"));

        using var stopped = await _control.Http.PostAsync($"/stream-clips/{assignment.ProcessId}/stop", null);
        Assert.That((await stopped.Content.ReadFromJsonAsync<JsonObject>())!["state"]!.ToString(), Is.EqualTo("stopping"));
        var without = await agent.DesiredAsync(d => d.Assignments.Count == 0);
        Assert.That(without.Revision, Is.GreaterThan(desired.Revision));
        await agent.StatusAsync(without.Revision, RunningProcess.Status(assignment, ProcessState.Stopped, WorkerPhase.Ended));
        await Eventually.TrueAsync(async () => (await _control.ProcessAsync(assignment))["state"]!.ToString() == "stopped", "the process has stopped");
        Assert.That((await _control.GetAsync("/stream-clips"))["items"]!.AsArray(), Is.Empty);
        Assert.That(await _control.EventKindsAsync(), Is.SupersetOf((string[])["node.joined", "process.assigned", "process.started", "channel.live", "process.stopped"]));
    }

    [Test]
    public async Task A_process_without_any_times_hides_no_other()
    {
        await _control.AddStreamerAsync("alpha");
        await _control.AddStreamerAsync("bravo");
        await using var agent = await FakeAgent.ConnectAsync(_control);
        var desired = await agent.DesiredAsync(d => d.Assignments.Count == 2);
        var (failed, running) = (desired.Assignments[0], desired.Assignments[1]);

        var failure = new ProcessStatus { ProcessId = failed.ProcessId, Epoch = failed.Epoch, State = ProcessState.Failed, Reason = "the channel does not exist" };
        await agent.StatusAsync(desired.Revision, failure, RunningProcess.Status(running, ProcessState.Running, WorkerPhase.Watching));

        await Eventually.TrueAsync(async () => (await _control.ProcessAsync(failed))["reason"]!.ToString() == "the channel does not exist", "the failure is known");
        await Eventually.TrueAsync(async () => (await _control.ProcessAsync(running))["state"]!.ToString() == "running", "the other runs");
    }

    [Test]
    public async Task A_process_that_the_node_forgot_after_its_stop_is_over()
    {
        var (agent, assignment, _) = await _control.RunningAsync("alpha");
        await using var closing = agent;
        await _control.Http.PostAsync($"/stream-clips/{assignment.ProcessId}/stop", null);
        var without = await agent.DesiredAsync(d => d.Assignments.Count == 0);

        await agent.StatusAsync(without.Revision - 1);
        await agent.StatusAsync(without.Revision);

        await Eventually.TrueAsync(async () => (await _control.ProcessAsync(assignment))["ended_at"] is not null, "the process is over");
    }

    [Test]
    public async Task Rows_that_another_build_wrote_hold_up_nobody_and_are_mended_by_a_save()
    {
        var (agent, assignment, _) = await _control.RunningAsync("alpha");
        await using var closing = agent;
        await _control.ExecuteAsync("update process set settings = settings || '{\"zoom\": 2}'");
        await _control.ExecuteAsync("insert into settings_default (value, updated_at) values ('{\"zoom\": 2}', now())");

        var mended = (await agent.DesiredAsync(d => d.Assignments.Any(a => a.Epoch == 2))).Assignments.Single();
        Assert.That(mended.SettingsJson, Does.Not.Contain("zoom"), "it is told again what is wished now");

        await _control.ExecuteAsync("update streamer set settings = '{\"zoom\": 2}'");
        await _control.AddStreamerAsync("bravo");
        await agent.DesiredAsync(d => d.Assignments.Count == 2);
        Assert.That(await _control.ScalarAsync<string>("select waiting from streamer where name = 'alpha'"), Does.Contain("save them again"));
        Assert.That((await _control.Http.GetAsync("/app")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await _control.Http.GetAsync("/settings")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(_control.Log.Count(l => l.Message.StartsWith("settings.unreadable", StringComparison.Ordinal)), Is.EqualTo(1), "told once");
        Assert.That(assignment.Epoch, Is.EqualTo(1));
    }

    [Test]
    [Category("Slow")]
    public async Task A_wanted_state_that_was_not_applied_is_said_again_and_one_that_was_is_not()
    {
        await using var agent = await FakeAgent.ConnectAsync(_control);
        await _control.AddStreamerAsync("alpha");
        var said = await agent.DesiredAsync(d => d.Assignments.Count == 1);

        var started = TimeProvider.System.GetTimestamp();
        Assert.That(await agent.DesiredAsync(_ => true), Is.EqualTo(said), "its disk was full");
        Assert.That(TimeProvider.System.GetElapsedTime(started).TotalSeconds, Is.GreaterThan(3), "not in a busy loop");

        await agent.StatusAsync(said.Revision);
        await Eventually.TrueAsync(async () => (await _control.GetAsync("/nodes"))["items"]![0]!["applied_revision"]!.GetValue<long>() == said.Revision, "it is applied");
        Assert.That(await _control.Get<NodeSessionStore>().DesiredAsync("node-1", said.Revision, repeat: true, CancellationToken.None), Is.Null);
    }

    [Test]
    public async Task A_killed_agent_gets_back_in_at_once_and_a_copy_on_another_host_does_not()
    {
        await using var older = await FakeAgent.ConnectAsync(_control);
        await _control.ExecuteAsync("update node set last_seen_at = now() + interval '1 hour'"); // its session is live, however slow the machine
        await using var copy = await FakeAgent.DialAsync(_control);
        await copy.SayAsync(FakeAgent.Hello("node-1", boot: "boot-of-another-host"));
        Assert.That((await copy.EndAsync())!.Value.StatusCode, Is.EqualTo(StatusCode.AlreadyExists));

        await using var newer = await FakeAgent.ConnectAsync(_control);

        await older.StatusAsync(0);
        Assert.That((await older.EndAsync())!.Value.StatusCode, Is.EqualTo(StatusCode.Aborted), "the older session ends when it next speaks");
        await newer.StatusAsync(0);
        await Eventually.TrueAsync(async () => (await _control.GetAsync("/nodes"))["items"]![0]!["disk_free_bytes"]!.GetValue<long>() == 7, "the newer is heard");
    }

    [Test]
    public async Task A_node_that_left_may_come_back_from_another_host()
    {
        await using (var agent = await FakeAgent.ConnectAsync(_control)) Assert.That(await agent.LeaveAsync(), Is.Null, "a goodbye is no error");

        await using var other = await FakeAgent.ConnectAsync(_control, boot: "boot-2");
    }

    [Test]
    public async Task A_stream_that_ended_is_wished_no_longer()
    {
        var (agent, assignment, revision) = await _control.RunningAsync("alpha");
        await using var closing = agent;

        await agent.StatusAsync(revision, RunningProcess.Status(assignment, ProcessState.Ended, WorkerPhase.Ended));

        Assert.That((await agent.DesiredAsync(d => d.Revision > revision)).Assignments, Is.Empty);
        await Eventually.TrueAsync(async () => (await _control.GetAsync("/streamers"))["items"]![0]!["waiting"]!.ToString().Contains("the stream ended", StringComparison.Ordinal), "it rests");
        using var now = await _control.Http.PostAsync($"/stream-clips/{assignment.StreamerId}/start", null);
        Assert.That(now.StatusCode, Is.EqualTo(HttpStatusCode.Accepted), "who asks for it need not wait");
    }

    [Test]
    public async Task A_node_speaks_only_for_its_own_processes()
    {
        var (agent, assignment, revision) = await _control.RunningAsync("alpha");
        await using var closing = agent;
        await using var stranger = await FakeAgent.ConnectAsync(_control, "node-2");

        await stranger.StatusAsync(revision, RunningProcess.Status(assignment, ProcessState.Failed, WorkerPhase.Failed));
        await stranger.SayAsync(new AgentMessage
        {
            JournalBatch = new JournalBatch { ProcessId = assignment.ProcessId, From = new JournalCursor { File = 1 }, To = new JournalCursor { File = 1, Offset = 1 }, Lines = { ByteString.CopyFromUtf8("{}") } },
        });

        Assert.That((await stranger.EndAsync())!.Value.StatusCode, Is.EqualTo(StatusCode.PermissionDenied));
        Assert.That((await _control.ProcessAsync(assignment))["state"]!.ToString(), Is.EqualTo("running"));
    }

    [Test]
    [Category("Slow")]
    public async Task An_agent_that_does_not_read_loses_its_session_and_disturbs_nobody()
    {
        await using var deaf = await FakeAgent.DialAsync(_control, reads: false);
        await deaf.SayAsync(FakeAgent.Hello("node-1"));
        // Refused without a look into the database, and answered with as many bytes.
        var report = new AgentMessage { ClipReport = new ClipReport { ClipId = new string('x', 10_000), SidecarJson = "{" } };

        await deaf.SayUntilRefusedAsync(report, most: 5_000);

        Assert.That(_control.Log.Select(l => l.Message), Has.Some.Contains("node.left: node-1: the agent does not read what it is sent"));
        await using var another = await FakeAgent.ConnectAsync(_control, "node-2");
    }

    [Test]
    public async Task An_agent_is_told_that_the_control_plane_stops()
    {
        await using var agent = await FakeAgent.ConnectAsync(_control);

        await _control.StopAsync();

        Assert.That((await agent.EndAsync())!.Value.StatusCode, Is.EqualTo(StatusCode.Unavailable));
    }
}
