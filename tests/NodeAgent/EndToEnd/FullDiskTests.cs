using StreamClips.NodeAgent.Tests.Fixtures;
using StreamClips.NodeAgent.Workers;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.EndToEnd;

/// <summary>The agent as a process on a disk that is full: really, and where this machine lets nobody mount one, by its floor and a gate that cannot be written.</summary>
[Category("Slow")]
public sealed class FullDiskTests
{
    private const int Before = 3;
    private Assignment _assignment = null!;
    private AgentBench _bench = null!;

    [SetUp]
    public async Task MakeBench()
    {
        _bench = await AgentBench.StartAsync();
        _assignment = AgentBench.Assignment("clip-every=200&clip-bytes=20000&status-every=500");

        // The storage is away, so clips wait on the node.
        File.WriteAllText(_bench.Storage, "no directory");
        _bench.ControlPlane.Want(_assignment);
    }

    [TearDown]
    public async Task EndBench() => await _bench.DisposeAsync();

    [TestCase("size=24m", false)]
    [TestCase("nr_inodes=600", true)]
    public async Task On_a_disk_without_a_byte_or_an_inode_left_no_clips_are_made_those_there_are_shipped_and_with_room_it_goes_on(string disk, bool files)
    {
        if (SmallDisk.IsToBeHad) await FillReallyAsync(new(_bench, disk), files);
        else await PretendAsync();
    }

    [Test]
    public Task Below_the_floor_no_clips_are_made_also_where_the_gate_cannot_be_written_and_with_another_floor_it_goes_on() => PretendAsync();

    private async Task FillReallyAsync(SmallDisk disk, bool files)
    {
        var agent = disk.StartAgent(("DISK_FLOOR", "2MiB"));
        await ClipsWaitAsync();

        disk.Fill(files);
        await agent.SaysAsync("The disk of NODE_DIRECTORY is nearly full");
        await ShipsWhilePausedAsync();

        disk.Empty();
        await GoesOnAsync();
    }

    private async Task PretendAsync()
    {
        var first = _bench.StartAgent();
        await ClipsWaitAsync();
        await first.KillAsync();

        var gate = Path.Combine(_bench.Node, RecordingGate.FileName);
        File.CreateSymbolicLink(gate + ".new", "/dev/full");
        var second = _bench.StartAgent(("DISK_FLOOR", "1000TB"));
        await second.SaysAsync("The disk of NODE_DIRECTORY is nearly full");
        Assert.That(File.Exists(gate), "workers see it");
        await Eventually.TrueAsync(() => _bench.ControlPlane.StatusOf(_assignment)?.Worker?.NotClipped > Before, "moments are not clipped");
        await ShipsWhilePausedAsync();
        await second.KillAsync();

        File.Delete(gate + ".new");
        _bench.StartAgent(("DISK_FLOOR", "0"));
        await GoesOnAsync();
    }

    private Task ClipsWaitAsync() => Eventually.TrueAsync(() => _bench.ControlPlane.LastStatus is { Shipping.Clips: >= Before }, "clips wait for the storage");

    private async Task ShipsWhilePausedAsync()
    {
        await Eventually.TrueAsync(() => IsPaused(_bench.ControlPlane.LastStatus), "the control plane is told");
        File.Delete(_bench.Storage);
        await Eventually.TrueAsync(
            () => _bench.ControlPlane.LastStatus is { Shipping.Clips: 0 } status && IsPaused(status) && _bench.ControlPlane.Clips.Count >= Before, "all that was there is shipped");
        var clips = _bench.ControlPlane.Clips.Count;
        Assert.That(_bench.StoredFiles(), Has.Length.EqualTo(clips * 3), "and nothing else was made");
    }

    private async Task GoesOnAsync()
    {
        var clips = _bench.ControlPlane.Clips.Count;
        await Eventually.TrueAsync(() => _bench.ControlPlane.LastStatus is { Shipping.RecordingPaused: "" }, "the control plane hears of it");
        await Eventually.TrueAsync(() => _bench.ControlPlane.Clips.Count > clips + 1, "new clips are made, and arrive");
    }

    private static bool IsPaused(NodeStatus? status) => status?.Shipping?.RecordingPaused.StartsWith("the disk is nearly full: ", StringComparison.Ordinal) == true;
}
