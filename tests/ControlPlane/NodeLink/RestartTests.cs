using System.Text.Json.Nodes;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Journal;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.NodeLink;

/// <summary>What is told of a worker that crashed and was started again.</summary>
[Category("Slow")]
public sealed class RestartTests : ControlPlaneFixture
{
    [Test]
    public async Task A_crash_and_a_restart_are_told_with_their_reason()
    {
        var (agent, assignment, revision) = await _control.RunningAsync("alpha");
        await using var closing = agent;

        var crashed = RunningProcess.Status(assignment, ProcessState.BackingOff, WorkerPhase.Watching);
        crashed.Reason = "killed by SIGKILL";
        await agent.StatusAsync(revision, crashed);
        var restarted = RunningProcess.Status(assignment, ProcessState.Running, WorkerPhase.Resolving);
        restarted.Restarts = 1;
        await agent.StatusAsync(revision, restarted);
        await agent.StatusAsync(revision, restarted);

        await Eventually.TrueAsync(async () => (await _control.EventKindsAsync()).Contains("process.restarted"), "the restart is told");
        Assert.That((await _control.EventKindsAsync()).Count(e => e is "process.crashed" or "process.restarted"), Is.EqualTo(2), "each once");
        Assert.That(await _control.ScalarAsync<string>("select data ->> 'reason' from event where kind = 'process.crashed'"), Is.EqualTo("killed by SIGKILL"));
    }

    [Test]
    public async Task A_worker_that_was_started_again_shows_nothing_that_the_dead_one_said()
    {
        var (agent, assignment, revision) = await _control.RunningAsync("alpha");
        await using var closing = agent;

        var crashed = new ProcessStatus { ProcessId = assignment.ProcessId, Epoch = assignment.Epoch, State = ProcessState.BackingOff, Reason = "killed by SIGKILL" };
        await agent.StatusAsync(revision, crashed);
        await Eventually.TrueAsync(async () => (await _control.ProcessAsync(assignment))["state"]!.ToString() == "backing_off", "the crash is known");
        Assert.That((await _control.ProcessAsync(assignment))["phase"]?.ToString(), Is.EqualTo("watching"), "the last words stay until there is a successor");

        var successor = new ProcessStatus
        {
            ProcessId = assignment.ProcessId, Epoch = assignment.Epoch, State = ProcessState.Starting, Pid = 124, StartedAtMs = 1_790_000_001_000, Restarts = 1,
        };
        await agent.StatusAsync(revision, successor);
        await Eventually.TrueAsync(async () => (await _control.ProcessAsync(assignment))["pid"]?.GetValue<int>() == 124, "the successor is known");
        var row = await _control.ProcessAsync(assignment);
        Assert.That((row["phase"], row["worker_at"], row["chat_rate"]!.GetValue<double>()), Is.EqualTo(((JsonNode?)null, (JsonNode?)null, 0d)));
    }

    [Test]
    public async Task Crashes_that_no_status_caught_are_told_once_with_their_last_lines()
    {
        var (agent, assignment, revision) = await _control.RunningAsync("alpha");
        await using var closing = agent;

        var running = RunningProcess.Status(assignment, ProcessState.Running, WorkerPhase.Watching);
        running.Restarts = 2;
        running.Endings.Add(new ProcessEnding { AtMs = 1_790_000_001_000, Cause = "crash 1: signal 11 (SIGSEGV)", LastLines = { "info a: b", "info\nc: d" } });
        running.Endings.Add(new ProcessEnding { AtMs = 1_790_000_002_000, Cause = "crash 2: it hung" });
        await agent.StatusAsync(revision, running);
        await agent.StatusAsync(revision, running);
        var backing = RunningProcess.Status(assignment, ProcessState.BackingOff, WorkerPhase.Watching);
        backing.Reason = "crash 3: exit code 1";
        backing.Endings.Add(running.Endings);
        backing.Endings.Add(new ProcessEnding { AtMs = 1_790_000_003_000, Cause = "crash 3: exit code 1" });
        await agent.StatusAsync(revision, backing);

        await Eventually.TrueAsync(
            async () => await _control.ScalarAsync<string>("select string_agg(data ->> 'reason', ', ' order by id) from event where kind = 'process.crashed'")
                == "crash 1: signal 11 (SIGSEGV), crash 2: it hung, crash 3: exit code 1", "each is told, once");
        Assert.That(await _control.ScalarAsync<string[]>("select last_lines from process_ending order by at limit 1"), Is.EqualTo(["info a: b", "info c: d"]));
        var acknowledged = await agent.HearAsync(m => m.EndingsAck is { } ack && ack.Endings[0].ToMs == 1_790_000_003_000 ? ack : null);
        Assert.That(acknowledged.Endings.Single().ProcessId, Is.EqualTo(assignment.ProcessId), "so the agent tells none of them again");
        var listed = await _control.GetAsync($"/stream-clips/{assignment.ProcessId}/endings");
        Assert.That(listed["items"]!.AsArray().Select(e => e!["cause"]!.ToString()), Is.EqualTo(["crash 3: exit code 1", "crash 2: it hung", "crash 1: signal 11 (SIGSEGV)"]));
    }
}
