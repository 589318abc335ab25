using System.Diagnostics;
using System.Text.Json;
using StreamClips.NodeAgent.Tests.Fixtures;
using StreamClips.NodeAgent.Workers;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Journal;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.EndToEnd;

/// <summary>The agent is killed with kill -9: workers go on, and nothing is doubled or lost.</summary>
[Category("Slow")]
public sealed class AgentDeathTests
{
    private AgentBench _bench = null!;

    [SetUp]
    public async Task MakeBench() => _bench = await AgentBench.StartAsync();

    [TearDown]
    public async Task EndBench() => await _bench.DisposeAsync();

    [Test]
    public async Task Workers_outlive_the_agent_and_are_adopted_with_every_line_and_clip_once()
    {
        var assignment = AgentBench.Assignment("log-every=5&clip-every=150");
        _bench.ControlPlane.Want(assignment);
        var pid = 0;
        for (var kills = 0; kills < 3; kills++)
        {
            using var agent = _bench.StartAgent();
            await Eventually.TrueAsync(() => _bench.ControlPlane.Hellos.Count > kills, "the agent is connected");
            var before = (Lines: _bench.ControlPlane.LinesOf(assignment).Count, Clips: _bench.ControlPlane.Clips.Count);
            await Eventually.TrueAsync(
                () => _bench.ControlPlane.LinesOf(assignment).Count > before.Lines + 30 && _bench.ControlPlane.Clips.Count > before.Clips + 1, "lines and clips arrive");
            await agent.KillAsync();
            pid = pid == 0 ? _bench.Starts(assignment).Single() : pid;
            Assert.That(Signals.IsAlive(pid), "the worker goes on");
        }

        using var last = _bench.StartAgent();
        await Eventually.TrueAsync(() => _bench.ControlPlane.StatusOf(assignment) is { State: ProcessState.Running } s && s.Pid == pid, "it is adopted");
        _bench.ControlPlane.Want();
        await Eventually.TrueAsync(() => !Directory.Exists(_bench.WorkerDirectory(assignment)), "all has arrived");

        var entries = _bench.ControlPlane.LinesOf(assignment).Select(l => JournalEntry.TryParse(System.Text.Encoding.UTF8.GetBytes(l))).ToList();
        var logs = entries.OfType<LogEntry>().Select(l => l.Message).ToList();
        Assert.That(logs, Is.EqualTo(Enumerable.Range(1, logs.Count).Select(n => $"{pid} {n}")), "every line once and in order, from one worker");
        var made = entries.OfType<ClipEntry>().Select(c => $"{c.ClipId}").ToList();
        Assert.That(made, Has.Count.GreaterThan(5).And.Unique);
        Assert.That(_bench.ControlPlane.Clips.Keys, Is.EquivalentTo(made));
        Assert.That(_bench.StoredFiles(), Has.Length.EqualTo(made.Count * 3), "three files a clip and no part files");
        foreach (var file in _bench.ControlPlane.Clips.Values.SelectMany(c => c.Files))
            Assert.That(new FileInfo(Path.Combine(_bench.Storage, file.Key)).Length, Is.EqualTo(file.SizeBytes));
    }

    [Test]
    public async Task A_worker_whose_directory_cannot_be_read_for_a_moment_runs_on_and_is_adopted()
    {
        var assignment = AgentBench.Assignment();
        _bench.ControlPlane.Want(assignment);
        using (var first = _bench.StartAgent())
        {
            await _bench.RunsAsync(assignment);
            await first.KillAsync();
        }

        var pid = _bench.Starts(assignment).Single();
        var run = Path.Combine(_bench.WorkerDirectory(assignment), WorkerRun.FileName);
        File.Move(run, run + ".aside");
        Directory.CreateDirectory(run);
        using var next = _bench.StartAgent();
        await next.SaysAsync("cannot be read and is left alone");
        await Eventually.TrueAsync(() => _bench.ControlPlane.StatusOf(assignment) is { } s && s.Reason.Contains("a worker may run there", StringComparison.Ordinal), "the control plane sees why");
        Assert.That(Signals.IsAlive(pid), "it is not swept away");

        Directory.Delete(run);
        File.Move(run + ".aside", run);
        await Eventually.TrueAsync(() => _bench.ControlPlane.StatusOf(assignment) is { State: ProcessState.Running } s && s.Pid == pid, "it is adopted");
        Assert.That(_bench.Starts(assignment), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_worker_that_dies_while_no_agent_is_there_is_started_again_by_the_next()
    {
        var assignment = AgentBench.Assignment();
        _bench.ControlPlane.Want(assignment);
        using var first = _bench.StartAgent();
        var pid = await _bench.RunsAsync(assignment);
        await first.KillAsync();
        Signals.Send(pid, "KILL");

        using var second = _bench.StartAgent();

        await Eventually.TrueAsync(() => _bench.Starts(assignment).Count == 2, "it is started again");
    }

    [Test]
    public async Task An_adopted_worker_that_is_killed_runs_again_at_once()
    {
        var assignment = AgentBench.Assignment();
        _bench.ControlPlane.Want(assignment);
        using (var first = _bench.StartAgent())
        {
            await _bench.RunsAsync(assignment);
            await first.KillAsync();
        }

        using var second = _bench.StartAgent();
        await second.SaysAsync("adopted");
        await _bench.ReplaceAsync(assignment, _bench.Starts(assignment).Single());
    }

    [Test]
    public async Task A_worker_that_ended_well_while_no_agent_was_there_is_not_started_again()
    {
        var assignment = AgentBench.Assignment("run-for=1500&phase=ended&reason=the stream ended");
        _bench.ControlPlane.Want(assignment);
        using var first = _bench.StartAgent();
        var pid = await _bench.RunsAsync(assignment);
        await first.KillAsync();
        await Eventually.TrueAsync(() => !Signals.IsAlive(pid), "the worker ends");

        using var second = _bench.StartAgent();

        var status = await _bench.ReachesAsync(assignment, ProcessState.Ended);
        Assert.That(status.Reason, Is.EqualTo("the stream ended"));
        Assert.That(_bench.Starts(assignment), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task An_agent_that_died_before_it_wrote_the_pid_down_finds_its_worker_all_the_same([Values] bool noteLost)
    {
        var assignment = AgentBench.Assignment();
        _bench.ControlPlane.Want(assignment);
        using var first = _bench.StartAgent();
        var pid = await _bench.RunsAsync(assignment);
        await first.KillAsync();
        var directory = _bench.WorkerDirectory(assignment);
        if (noteLost) File.Delete(Path.Combine(directory, WorkerRun.FileName));
        else (WorkerRun.Read(directory) with { Identity = null }).Write(directory);

        using var second = _bench.StartAgent();

        await second.SaysAsync("adopted");
        Assert.That(await _bench.RunsAsync(assignment), Is.EqualTo(pid));
        Assert.That(_bench.Starts(assignment), Is.EqualTo([pid]));
    }

    [Test]
    public async Task What_was_asked_of_the_run_that_was_written_down_is_not_asked_of_the_one_that_followed_it()
    {
        var assignment = AgentBench.Assignment();
        _bench.ControlPlane.Want(assignment);
        using var first = _bench.StartAgent();
        var pid = await _bench.RunsAsync(assignment);
        await first.KillAsync();
        // As if the agent had died right after it started this one, once another one had ended that it had asked to.
        var directory = _bench.WorkerDirectory(assignment);
        var run = WorkerRun.Read(directory);
        (run with { Identity = run.Identity! with { StartTicks = run.Identity!.StartTicks - 1 }, StopAskedAt = run.StartedAt!.Value.AddMinutes(-1), Endings = [] }).Write(directory);

        using var second = _bench.StartAgent();

        await Eventually.TrueAsync(() => _bench.ControlPlane.StatusOf(assignment) is { Restarts: 1, Endings.Count: 0 } s && s.Pid == pid, "it is adopted as a run of its own, and of the wished end nothing is told");
        Assert.That(_bench.Starts(assignment), Is.EqualTo([pid]));
    }

    [Test]
    public async Task Below_a_symbolic_link_a_worker_is_found_too()
    {
        var assignment = AgentBench.Assignment();
        _bench.ControlPlane.Want(assignment);
        Directory.CreateDirectory(_bench.Node);
        var link = _bench.Node + "-link";
        Directory.CreateSymbolicLink(link, _bench.Node);
        using var first = _bench.StartAgent(("NODE_DIRECTORY", link));
        var pid = await _bench.RunsAsync(assignment);
        await first.KillAsync();
        File.Delete(Path.Combine(_bench.WorkerDirectory(assignment), WorkerRun.FileName));

        using var second = _bench.StartAgent(("NODE_DIRECTORY", link));
        await second.SaysAsync("adopted");

        Assert.That(_bench.Starts(assignment), Is.EqualTo([pid]));
        Assert.That(Signals.IsAlive(pid));
    }

    [TestCase("spec.json")]
    [TestCase(WorkerRun.FileName)]
    public async Task A_directory_that_cannot_be_read_is_told_and_the_other_workers_are_taken_up(string file)
    {
        var good = AgentBench.Assignment();
        var bad = AgentBench.Assignment();
        _bench.ControlPlane.Want(good, bad);
        using (var first = _bench.StartAgent(("STOP_WORKERS_ON_EXIT", "true")))
        {
            await _bench.RunsAsync(good);
            await _bench.RunsAsync(bad);
            await first.TerminateAsync();
        }

        // Root may read any file, but nobody reads a directory.
        var path = Path.Combine(_bench.WorkerDirectory(bad), file);
        File.Delete(path);
        Directory.CreateDirectory(path);
        using var second = _bench.StartAgent();

        await Eventually.TrueAsync(() => _bench.Starts(good).Count == 2, "the other one runs again");
        await second.SaysAsync($"{_bench.WorkerDirectory(bad)} cannot be read");
    }

    [Test]
    public async Task However_early_the_agent_is_killed_no_worker_is_started_twice()
    {
        var assignment = AgentBench.Assignment();
        _bench.ControlPlane.Want(assignment);
        var random = new Random(7);
        for (var kills = 0; kills < 6; kills++)
        {
            using var agent = _bench.StartAgent();

            // From about when the first worker is started on; later ones hit the adoption.
            await Eventually.TrueAsync(() => Directory.Exists(_bench.WorkerDirectory(assignment)), "the worker's directory is made");
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 60)), TimeProvider.System);
            await agent.KillAsync();
        }

        using var last = _bench.StartAgent();
        await _bench.RunsAsync(assignment);

        Assert.That(_bench.Starts(assignment), Has.Count.EqualTo(1));
        Assert.That(_bench.Processes(assignment), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_stranger_that_has_the_pid_of_a_worker_is_never_signalled()
    {
        using var stranger = Process.Start("sleep", "600");
        try
        {
            var assignment = AgentBench.Assignment("log-every=1000");
            _bench.ControlPlane.Want(assignment);
            using var first = _bench.StartAgent();
            var pid = await _bench.RunsAsync(assignment);
            await first.KillAsync();
            Signals.Send(pid, "KILL");
            var directory = _bench.WorkerDirectory(assignment);
            var run = WorkerRun.Read(directory);
            (run with { Identity = run.Identity! with { Pid = stranger.Id } }).Write(directory);

            using var second = _bench.StartAgent();
            await Eventually.TrueAsync(() => _bench.Starts(assignment).Count == 2, "the worker is started again, as it is not running");
            _bench.ControlPlane.Want();
            await Eventually.TrueAsync(() => !Directory.Exists(directory), "and stopped and removed");

            Assert.That(stranger.HasExited, Is.False);
        }
        finally
        {
            stranger.Kill();
        }
    }

    [Test]
    public async Task Without_the_control_plane_the_agent_goes_on_with_what_it_wrote_down()
    {
        var assignment = AgentBench.Assignment();
        _bench.ControlPlane.Want(assignment);
        using (var first = _bench.StartAgent())
        {
            await _bench.RunsAsync(assignment);
            await first.TerminateAsync();
        }

        var pid = _bench.Starts(assignment).Single();
        Assert.That(Signals.IsAlive(pid), "SIGTERM to the agent leaves its workers");
        await _bench.ControlPlane.StopAsync();
        using var second = _bench.StartAgent();
        await second.SaysAsync("adopted");
        Signals.Send(pid, "KILL");

        await Eventually.TrueAsync(() => _bench.Starts(assignment).Count == 2, "it is restarted without any control plane");
        Assert.That(JsonDocument.Parse(File.ReadAllText(Path.Combine(_bench.Node, "desired.json"))).RootElement.GetProperty("revision").GetInt64(), Is.EqualTo(2));
    }

    [Test]
    public async Task Two_agents_never_share_a_directory()
    {
        using var first = _bench.StartAgent();
        await Eventually.TrueAsync(() => !_bench.ControlPlane.Hellos.IsEmpty, "the first is connected");

        using var second = _bench.StartAgent();

        Assert.That(await second.ExitCodeAsync(), Is.EqualTo(1));
        await second.SaysAsync("another agent is using");
    }
}
