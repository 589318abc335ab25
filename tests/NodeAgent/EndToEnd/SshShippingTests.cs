using StreamClips.NodeAgent.Tests.Fixtures;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.EndToEnd;

/// <summary>The agent as a process, and a storage that is a server.</summary>
[Category("Slow")]
public sealed class SshShippingTests
{
    [Test]
    public async Task Clips_wait_here_while_the_server_is_away_and_are_deleted_only_when_acknowledged()
    {
        await using var server = await SshServer.StartAsync();
        await server.GoAwayAsync();
        await using var bench = await AgentBench.StartAsync();
        bench.ControlPlane.AcknowledgesClips = false;
        var assignment = AgentBench.Assignment("clips=2&clip-bytes=200000");
        using var agent = bench.StartAgent(
            ("STORAGE_SERVER_HOST", $"127.0.0.1:{server.Port}"), ("STORAGE_SERVER_USER", Environment.UserName), ("STORAGE_SERVER_PATH", server.Store),
            ("STORAGE_SERVER_KEY_FILE", server.UserKey), ("STORAGE_SERVER_HOST_KEY", server.HostKey));
        bench.ControlPlane.Want(assignment);
        await agent.SaysAsync("Connection refused");
        var clips = Path.Combine(bench.WorkerDirectory(assignment), "clips");
        Assert.That(Directory.GetFiles(clips, "*.json"), Is.Not.Empty);

        server.ComeBack();
        await agent.SaysAsync("The storage takes clips again");
        await Eventually.TrueAsync(() => !bench.ControlPlane.Reports.IsEmpty, "a clip is reported");
        Assert.That(bench.ControlPlane.Reports.First().Files, Has.All.Matches<StreamClips.Shared.Contracts.V1.StoredFile>(f => f.Storage == "ssh"));
        Assert.That(Directory.GetFiles(clips, "*.json"), Is.Not.Empty, "not acknowledged yet");
        bench.ControlPlane.AcknowledgesClips = true;
        await Eventually.TrueAsync(() => Directory.GetFiles(clips).Length == 0, "the local copies are deleted");
        Assert.That(Directory.GetFiles(server.Store, "*.mp4", SearchOption.AllDirectories), Is.Not.Empty);
    }
}
