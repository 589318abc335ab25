using StreamClips.NodeAgent.Tests.Fixtures;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.EndToEnd;

/// <summary>A real agent as a process, real workers, and a control plane that records.</summary>
[Category("Slow")]
public sealed class WorkerLifeTests
{
    private AgentBench _bench = null!;

    [SetUp]
    public async Task MakeBench() => _bench = await AgentBench.StartAsync();

    [TearDown]
    public async Task EndBench() => await _bench.DisposeAsync();

    [Test]
    public async Task An_assigned_worker_is_started_once_in_a_session_of_its_own_and_sees_no_secret()
    {
        var assignment = AgentBench.Assignment();
        _bench.ControlPlane.Want(assignment);
        using var agent = _bench.StartAgent();

        var pid = await _bench.RunsAsync(assignment);
        _bench.ControlPlane.SendDesired(_bench.ControlPlane.Desired);
        _bench.ControlPlane.SendDesired(_bench.ControlPlane.Desired);
        await Eventually.TrueAsync(() => _bench.ControlPlane.LastStatus?.AppliedRevision == 2, "the revision is applied");

        Assert.That(_bench.Starts(assignment), Is.EqualTo([pid]));
        var stat = File.ReadAllText($"/proc/{pid}/stat").Split(") ")[1].Split(' ');
        Assert.That((stat[2], stat[3]), Is.EqualTo(($"{pid}", $"{pid}")), "it leads its own group and session");
        var directory = _bench.WorkerDirectory(assignment);
        Assert.That(File.GetUnixFileMode(Path.Combine(directory, "spec.json")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        var environment = File.ReadAllLines(Path.Combine(directory, "environment.log"));
        Assert.That(environment, Does.Contain("TWITCH_GQL_URL").And.Contains("PATH"));
        Assert.That(environment, Has.None.StartsWith("NODE_").And.None.EqualTo("DATABASE_URL").And.None.EqualTo("CONTROL_PLANE_URL"));
        Assert.That(_bench.ControlPlane.Hellos.Single(), Has.Property("NodeId").EqualTo("node-1").And.Property("Capacity").EqualTo(20));
    }

    [Test]
    public async Task A_killed_worker_runs_again_at_once()
    {
        var assignment = AgentBench.Assignment();
        _bench.ControlPlane.Want(assignment);
        using var agent = _bench.StartAgent();
        var pid = await _bench.RunsAsync(assignment);

        await _bench.ReplaceAsync(assignment, pid);

        await Eventually.TrueAsync(() => _bench.ControlPlane.StatusOf(assignment) is { State: ProcessState.Running, Restarts: 1 }, "and said so");
    }

    [Test]
    public async Task A_worker_that_somebody_else_stops_runs_again_at_once_and_its_stream_has_not_ended()
    {
        var assignment = AgentBench.Assignment();
        _bench.ControlPlane.Want(assignment);
        using var agent = _bench.StartAgent();
        var pid = await _bench.RunsAsync(assignment);

        Signals.Send(pid, "TERM");

        await Eventually.TrueAsync(() => _bench.ControlPlane.StatusOf(assignment) is { State: ProcessState.Running, Restarts: 1, Endings.Count: 1 } s && s.Pid != pid, "it runs again");
        Assert.That(_bench.ControlPlane.StatusOf(assignment)!.Endings.Select(e => e.Cause), Is.EqualTo((string[])["crash 1: it was stopped by somebody else"]));
    }

    [Test]
    public async Task A_worker_that_is_no_longer_assigned_is_stopped_and_its_directory_goes_when_all_has_arrived()
    {
        var assignment = AgentBench.Assignment("flood-logs=1200&clips=2");
        _bench.ControlPlane.AcknowledgesClips = false;
        _bench.ControlPlane.Want(assignment);
        using var agent = _bench.StartAgent();
        var pid = await _bench.RunsAsync(assignment);

        _bench.ControlPlane.Want();
        await _bench.ReachesAsync(assignment, ProcessState.Stopped);
        Assert.That(Signals.IsAlive(pid), Is.False);
        await Eventually.TrueAsync(() => _bench.ControlPlane.Reports.Count >= 2, "both clips are reported");
        Assert.That(Directory.Exists(_bench.WorkerDirectory(assignment)), "its clips are not acknowledged yet");
        await Eventually.TrueAsync(() => _bench.ControlPlane.LastStatus?.Health.UnshippedClips == 2, "and counted");

        _bench.ControlPlane.AcknowledgesClips = true;
        await _bench.ControlPlane.StopAsync();
        await _bench.ControlPlane.StartAsync();

        await Eventually.TrueAsync(() => !Directory.Exists(_bench.WorkerDirectory(assignment)), "its directory is removed");
        Assert.That(_bench.ControlPlane.LinesOf(assignment).Count(l => l.Contains("script.line")), Is.EqualTo(1200));
        Assert.That(_bench.ControlPlane.Clips, Has.Count.EqualTo(2));
        Assert.That(_bench.StoredFiles(), Has.Length.EqualTo(6).And.All.StartsWith(Path.Combine(_bench.Storage, "some-streamer/")));
        await Eventually.TrueAsync(() => _bench.ControlPlane.LastStatus is not null && _bench.ControlPlane.StatusOf(assignment) is null, "and it is forgotten");
    }
}
