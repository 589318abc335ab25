using Grpc.Core;
using StreamClips.NodeAgent.Tests.Fixtures;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Trust;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.EndToEnd;

/// <summary>The connection to the control plane, and the storage, come and go.</summary>
[Category("Slow")]
public sealed class LinkTests
{
    private AgentBench _bench = null!;

    [SetUp]
    public async Task MakeBench() => _bench = await AgentBench.StartAsync();

    [TearDown]
    public async Task EndBench() => await _bench.DisposeAsync();

    [Test]
    public async Task While_the_control_plane_is_away_all_goes_on_and_arrives_once_when_it_is_back()
    {
        var assignment = AgentBench.Assignment("log-every=10&clip-every=200");
        _bench.ControlPlane.Want(assignment);
        using var agent = _bench.StartAgent();
        await _bench.RunsAsync(assignment);
        for (var outage = 0; outage < 2; outage++)
        {
            await _bench.ControlPlane.StopAsync();
            var stored = _bench.StoredFiles().Length;
            await Eventually.TrueAsync(() => _bench.StoredFiles().Length >= stored + 6, "clips go to storage meanwhile");
            await _bench.ControlPlane.StartAsync();
            var clips = _bench.ControlPlane.Clips.Count;
            await Eventually.TrueAsync(() => _bench.ControlPlane.Clips.Count > clips + 2, "and are reported");
        }

        _bench.ControlPlane.Want();
        await Eventually.TrueAsync(() => !Directory.Exists(_bench.WorkerDirectory(assignment)), "all has arrived");

        var logs = _bench.ControlPlane.LinesOf(assignment).Where(l => l.Contains("script.line")).ToList();
        Assert.That(logs.Select((l, i) => l.Contains($" {i + 1}\"")), Has.All.True, "every line once and in order");
        Assert.That(_bench.ControlPlane.Clips, Has.Count.EqualTo(_bench.StoredFiles().Length / 3));
    }

    [Test]
    public async Task A_cursor_that_the_control_plane_sets_back_is_followed()
    {
        var assignment = AgentBench.Assignment("flood-logs=700");
        _bench.ControlPlane.Want(assignment);
        using var agent = _bench.StartAgent();
        await Eventually.TrueAsync(() => _bench.ControlPlane.LinesOf(assignment).Count == 700, "all lines arrive");

        await _bench.ControlPlane.StopAsync();
        _bench.ControlPlane.ForgetJournals();
        File.AppendAllText(Path.Combine(_bench.WorkerDirectory(assignment), "journal-000002.ndjson"), "{\"kind\":\"log\",\"event\":\"last\"}\n");
        await _bench.ControlPlane.StartAsync();

        await Eventually.TrueAsync(() => _bench.ControlPlane.LinesOf(assignment).Count == 701, "they are all sent again");
    }

    [Test]
    public async Task A_surge_line_arrives_without_waiting_for_more()
    {
        var assignment = AgentBench.Assignment();
        _bench.ControlPlane.Want(assignment);
        using var agent = _bench.StartAgent();
        await _bench.RunsAsync(assignment);

        File.AppendAllText(Path.Combine(_bench.WorkerDirectory(assignment), "journal-000002.ndjson"), "{\"kind\":\"surge\"}\n");

        await Eventually.TrueAsync(() => _bench.ControlPlane.LinesOf(assignment).Count == 1, "it arrives");
    }

    [Test]
    public async Task A_refused_agent_says_why_and_comes_in_when_the_reason_is_gone()
    {
        _bench.ControlPlane.Refusal = new Status(StatusCode.AlreadyExists, "session 7");
        using var agent = _bench.StartAgent();
        await agent.SaysAsync("another agent is connected as node-1: session 7");

        _bench.ControlPlane.Refusal = null;

        await Eventually.TrueAsync(() => !_bench.ControlPlane.Hellos.IsEmpty, "it is let in");
    }

    [Test]
    public async Task A_node_that_is_put_out_ends_its_workers_and_ships_what_they_cut_when_it_is_back()
    {
        var assignment = AgentBench.Assignment("clip-every=200");
        _bench.ControlPlane.AcknowledgesClips = false;
        _bench.ControlPlane.Want(assignment);
        using var agent = _bench.StartAgent();
        var pid = await _bench.RunsAsync(assignment);
        await Eventually.TrueAsync(() => !_bench.ControlPlane.Reports.IsEmpty, "a clip is cut");

        await _bench.ControlPlane.StopAsync();
        _bench.ControlPlane.Refusal = new Status(StatusCode.Unauthenticated, "the certificate was revoked");
        await _bench.ControlPlane.StartAsync();
        await agent.SaysAsync("the certificate was revoked");
        Assert.That(Directory.Exists($"/proc/{pid}"), Is.True, "a refusal alone ends no worker");

        await _bench.ControlPlane.StopAsync();
        _bench.ControlPlane.RefusalTrailers = new Metadata { { PutOut.Trailer, "revoked" } };
        await _bench.ControlPlane.StartAsync();
        await agent.SaysAsync("This node is out, and its 1 workers are ended");
        await Eventually.TrueAsync(() => !Directory.Exists($"/proc/{pid}"), "the worker ends");
        Assert.That(Directory.Exists(_bench.WorkerDirectory(assignment)), Is.True, "what it cut stays");

        _bench.ControlPlane.Refusal = null;
        _bench.ControlPlane.AcknowledgesClips = true;
        _bench.ControlPlane.Want();
        await Eventually.TrueAsync(() => !Directory.Exists(_bench.WorkerDirectory(assignment)), "all has arrived");
        Assert.That(_bench.ControlPlane.Clips, Has.Count.EqualTo(_bench.StoredFiles().Length / 3));
    }

    [Test]
    public async Task A_storage_that_is_gone_keeps_clips_here_until_it_is_back()
    {
        File.WriteAllText(_bench.Storage, "a file where the storage should be");
        var assignment = AgentBench.Assignment("clips=2");
        _bench.ControlPlane.Want(assignment);
        using var agent = _bench.StartAgent();
        await agent.SaysAsync("try 2 failed");
        Assert.That(_bench.ControlPlane.Reports, Is.Empty);
        await Eventually.TrueAsync(() => _bench.ControlPlane.LastStatus?.Health.UnshippedClips == 2, "the clips are counted");

        File.Delete(_bench.Storage);

        await Eventually.TrueAsync(() => _bench.ControlPlane.Clips.Count == 2, "they are shipped");
    }

    [Test]
    public async Task A_damaged_clip_is_put_aside_and_holds_up_no_other()
    {
        File.WriteAllText(_bench.Storage, "not yet");
        var assignment = AgentBench.Assignment("clips=3");
        _bench.ControlPlane.Want(assignment);
        using var agent = _bench.StartAgent();
        await Eventually.TrueAsync(() => _bench.ControlPlane.LastStatus?.Health.UnshippedClips == 3, "three clips are there");
        var clips = Path.Combine(_bench.WorkerDirectory(assignment), "clips");
        File.WriteAllText(Directory.GetFiles(clips, "*.json").Order().First(), "{ not a sidecar");
        var changed = Directory.GetFiles(clips, "*.mp4").Order().Last();
        File.WriteAllBytes(changed, new byte[new FileInfo(changed).Length]);

        File.Delete(_bench.Storage);

        await Eventually.TrueAsync(() => _bench.ControlPlane.Clips.Count == 1, "the good one arrives");
        await Eventually.TrueAsync(() => Directory.GetFiles(Path.Combine(clips, "damaged")).Length == 6, "the others are put aside, whole");
        _bench.ControlPlane.Want();
        await Eventually.TrueAsync(() => !Directory.Exists(_bench.WorkerDirectory(assignment)), "they do not hold up the worker's end");
        Assert.That(Directory.GetFiles(Path.Combine(_bench.Node, "kept", assignment.ProcessId, "damaged")), Has.Length.EqualTo(6), "and are not lost");
    }

    [Test]
    public async Task A_clip_that_is_refused_for_good_is_put_aside_and_told()
    {
        _bench.ControlPlane.ClipError = "the streamer was deleted";
        var assignment = AgentBench.Assignment("clips=1");
        _bench.ControlPlane.Want(assignment);
        using var agent = _bench.StartAgent();

        await agent.SaysAsync("the streamer was deleted");

        await Eventually.TrueAsync(() => Directory.Exists(Path.Combine(_bench.WorkerDirectory(assignment), "clips", "refused")), "it is put aside");
        await Eventually.TrueAsync(() => _bench.ControlPlane.LastStatus?.Health.UnshippedClips == 0, "and no longer counted");
    }

    [Test]
    public async Task An_assignment_that_makes_no_sense_is_told_with_every_fault_and_others_start()
    {
        var bad = AgentBench.Assignment();
        bad.SettingsJson = "{\"clip_duration\":-1,\"surge_threshold\":0}";
        var good = AgentBench.Assignment();
        _bench.ControlPlane.Want(bad, new Assignment { ProcessId = "no uuid" }, good);
        using var agent = _bench.StartAgent();

        await _bench.RunsAsync(good);
        var status = await _bench.ReachesAsync(bad, ProcessState.Failed);

        Assert.That(status.Reason, Does.Contain("clip_duration is -1").And.Contain("surge_threshold is 0"));
        await agent.SaysAsync("1 assignments of wanted state 2 have no valid process_id");
    }
}
