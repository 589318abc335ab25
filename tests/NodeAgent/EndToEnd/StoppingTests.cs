using StreamClips.NodeAgent.Tests.Fixtures;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.EndToEnd;

/// <summary>How workers, and the agent with them, come to an end.</summary>
[Category("Slow")]
public sealed class StoppingTests
{
    private AgentBench _bench = null!;

    [SetUp]
    public async Task MakeBench() => _bench = await AgentBench.StartAsync();

    [TearDown]
    public async Task EndBench() => await _bench.DisposeAsync();

    [Test]
    public async Task A_newer_epoch_starts_only_when_the_older_worker_is_gone()
    {
        var streamer = Guid.NewGuid().ToString();
        var older = AgentBench.Assignment("clips=1", epoch: 4, streamerId: streamer);
        _bench.ControlPlane.Want(older);
        using var agent = _bench.StartAgent();
        var pid = await _bench.RunsAsync(older);
        Signals.Send(pid, "STOP");

        var newer = AgentBench.Assignment(epoch: 5, streamerId: streamer);
        _bench.ControlPlane.Want(newer);
        await Eventually.TrueAsync(() => _bench.ControlPlane.StatusOf(newer)?.Reason.Contains("epoch 4") == true, "the newer one waits and says for whom");
        Assert.That(_bench.Starts(newer), Is.Empty);
        Assert.That(_bench.ControlPlane.StatusOf(older)!.State, Is.EqualTo(ProcessState.Stopping));

        Signals.Send(pid, "CONT");
        await _bench.RunsAsync(newer);
        Assert.That(Signals.IsAlive(pid), Is.False);
        await Eventually.TrueAsync(() => _bench.ControlPlane.Clips.Count == 1, "the older one's clip arrives all the same");
    }

    [Test]
    public async Task Changed_settings_are_told_to_the_worker_that_runs_and_another_channel_replaces_it()
    {
        var assignment = AgentBench.Assignment();
        _bench.ControlPlane.Want(assignment);
        using var agent = _bench.StartAgent();
        var pid = await _bench.RunsAsync(assignment);

        var renamed = assignment.Clone();
        renamed.Streamer = "Another Name";
        _bench.ControlPlane.Want(renamed);
        await Eventually.TrueAsync(() => _bench.ControlPlane.LastStatus?.AppliedRevision == 3, "the name is heard");
        var changed = assignment.Clone();
        (changed.SettingsJson, changed.SettingsVersion) = ("{\"clip_duration\":45}", "2.1");
        _bench.ControlPlane.Want(changed);
        await Eventually.TrueAsync(() => _bench.ControlPlane.StatusOf(changed)?.Worker?.SettingsVersion == "2.1", "the worker says that it works by them");
        Assert.That(File.ReadAllText(Path.Combine(_bench.WorkerDirectory(assignment), "spec.json")), Does.Contain("45"));
        Assert.That(_bench.Starts(assignment), Is.EqualTo(new[] { pid }), "the same process");

        var other = changed.Clone();
        other.Url += "&exit-code=0";
        _bench.ControlPlane.Want(other);
        await Eventually.TrueAsync(() => _bench.Starts(assignment).Count == 2, "it is replaced");
    }

    [Test]
    public async Task An_agent_told_so_ends_with_its_workers_even_those_that_do_not_listen_before_the_command_kills_it()
    {
        var good = AgentBench.Assignment("clip-every=300");
        var deaf = AgentBench.Assignment("ignore-sigterm&leave-child");
        _bench.ControlPlane.Want(good, deaf);
        using var agent = _bench.StartAgent(("STOP_WORKERS_ON_EXIT", "true"));
        var pids = new[] { await _bench.RunsAsync(good), await _bench.RunsAsync(deaf) };

        var (code, took) = await agent.TerminateAsync();

        Assert.That(code, Is.Zero, agent.Output);
        Assert.That(took, Is.GreaterThan(TimeSpan.FromSeconds(3.4)), "the deaf one has its grace");
        Assert.That(pids.Select(Signals.IsAlive), Has.All.False);
        Assert.That(_bench.Processes(deaf), Is.Empty, "its child is gone with it");
        Assert.That(Directory.Exists(Path.Combine(_bench.WorkerDirectory(good), "clips")) && Directory.GetFiles(Path.Combine(_bench.WorkerDirectory(good), "clips")).Length > 0,
            Is.False, "the last clips were shipped");
        await _bench.ReachesAsync(good, ProcessState.Stopped);
    }

    [Test]
    public async Task Workers_that_were_stopped_with_the_agent_are_started_with_it()
    {
        var assignment = AgentBench.Assignment();
        _bench.ControlPlane.Want(assignment);
        using (var first = _bench.StartAgent(("STOP_WORKERS_ON_EXIT", "true")))
        {
            await _bench.RunsAsync(assignment);
            await first.TerminateAsync();
        }

        using var second = _bench.StartAgent();

        await Eventually.TrueAsync(() => _bench.Starts(assignment).Count == 2, "it is started again");
    }

    [Test]
    public async Task What_is_not_shipped_when_the_agent_is_stopped_with_its_workers_under_load_waits_for_the_next_and_arrives_once()
    {
        // The storage is away: whatever is made until the stop stays on the node.
        File.WriteAllText(_bench.Storage, "no directory");
        Assignment[] assignments = [.. Enumerable.Range(0, 3).Select(_ => AgentBench.Assignment("clip-every=50&clip-bytes=20000&log-every=20"))];
        _bench.ControlPlane.Want(assignments);
        using (var first = _bench.StartAgent(("STOP_WORKERS_ON_EXIT", "true")))
        {
            await Eventually.TrueAsync(() => assignments.All(a => Made(a) > 5), "clips are made by all");
            var (code, _) = await first.TerminateAsync();
            Assert.That(code, Is.Zero, first.Output);
        }

        Assert.That(assignments.SelectMany(_bench.Processes), Is.Empty);
        var left = assignments.SelectMany(a => Directory.GetFiles(Path.Combine(_bench.WorkerDirectory(a), "clips"), "*.json")).Select(f => ClipSidecar.FromJson(File.ReadAllText(f))).ToList();
        Assert.That(left, Has.Count.EqualTo(assignments.Sum(Made)), "each that was begun was finished, and all are here");

        File.Delete(_bench.Storage);
        _bench.ControlPlane.Want();
        using var second = _bench.StartAgent();
        await Eventually.TrueAsync(() => assignments.All(a => !Directory.Exists(_bench.WorkerDirectory(a))), "all has arrived");
        Assert.That(_bench.ControlPlane.Clips.Keys, Is.SupersetOf(left.Select(c => $"{c.ClipId}")));
        Assert.That(_bench.StoredFiles(), Has.Length.EqualTo(3 * _bench.ControlPlane.Clips.Count));
        foreach (var clips in _bench.ControlPlane.Clips.Values.Select(c => ClipSidecar.FromJson(c.SidecarJson)).GroupBy(c => c.ProcessId))
            Assert.That(clips.Select(c => c.Reason), Is.EquivalentTo(Enumerable.Range(1, clips.Count()).Select(n => $"scripted, number {n}")), "none is lost or doubled, also of those that were made after");
    }

    private int Made(Assignment assignment)
    {
        var file = Path.Combine(_bench.WorkerDirectory(assignment), "clips-made.log");
        return File.Exists(file) ? File.ReadAllLines(file).Length : 0;
    }

    [Test]
    public async Task An_agent_whose_parent_is_gone_ends_with_its_workers()
    {
        var assignment = AgentBench.Assignment();
        _bench.ControlPlane.Want(assignment);
        using var agent = _bench.StartAgent(("STREAMCLIPS_STOP_WITH_PARENT", "1"), ("STOP_WORKERS_ON_EXIT", "true"));
        var pid = await _bench.RunsAsync(assignment);

        agent.CloseInput();

        Assert.That(await agent.ExitCodeAsync(), Is.Zero);
        Assert.That(Signals.IsAlive(pid), Is.False);
    }

    [Test]
    public async Task An_agent_that_watches_its_parent_ends_when_it_is_asked_to()
    {
        using var agent = _bench.StartAgent(("STREAMCLIPS_STOP_WITH_PARENT", "1"));
        await Eventually.TrueAsync(() => !_bench.ControlPlane.Hellos.IsEmpty, "it is connected");

        var (code, _) = await agent.TerminateAsync();

        Assert.That(code, Is.Zero, "the open pipe does not hold it");
    }

    [TestCase("run-for=100&phase=failed&exit-code=1&reason=no such channel", ProcessState.Failed, "no such channel")]
    [TestCase("run-for=100&exit-code=2&hang", ProcessState.Failed, "the worker refused its spec")]
    [TestCase("run-for=100&phase=ended&reason=the stream ended", ProcessState.Ended, "the stream ended")]
    public async Task A_worker_that_says_why_it_ends_is_not_started_again_at_once(string script, ProcessState state, string reason)
    {
        var assignment = AgentBench.Assignment(script);
        _bench.ControlPlane.Want(assignment);
        using var agent = _bench.StartAgent();

        var status = await _bench.ReachesAsync(assignment, state);

        Assert.That(status.Reason, Does.StartWith(reason));
        Assert.That(status.NextStartAtMs - status.StartedAtMs, state == ProcessState.Ended ? Is.Zero : Is.GreaterThan(60_000));
        Assert.That(_bench.Starts(assignment), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_worker_that_keeps_crashing_backs_off_says_why_and_holds_up_no_other()
    {
        var crashing = AgentBench.Assignment("run-for=1&exit-code=3&flood-output=400");
        var good = AgentBench.Assignment();
        _bench.ControlPlane.Want(crashing, good);
        using var agent = _bench.StartAgent();

        var status = await _bench.ReachesAsync(crashing, ProcessState.BackingOff);
        Assert.That(status.Reason, Does.Match(@"^crash \d+: exit code 3 \(o+\)$"), "its standard output is told");
        await Eventually.TrueAsync(() => _bench.Starts(crashing).Count >= 3, "it is tried again and again");
        await _bench.RunsAsync(good);
        Assert.That(_bench.Starts(good), Has.Count.EqualTo(1));
    }
}
