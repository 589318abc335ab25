using System.Security.Cryptography;
using System.Text;
using StreamClips.NodeAgent.Tests.Fixtures;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Journal;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.EndToEnd;

/// <summary>The agent as a process with a worker, and a storage that takes nothing for a long time.</summary>
[Category("Slow")]
public sealed class SpoolTests
{
    [Test]
    public async Task The_spool_fills_to_its_bound_new_clips_wait_also_for_the_next_agent_and_all_reach_the_storage_when_it_is_back()
    {
        await using var bench = await AgentBench.StartAsync();
        File.WriteAllText(bench.Storage, "no directory");
        var assignment = AgentBench.Assignment("clip-every=100&clip-bytes=50000");
        bench.ControlPlane.Want(assignment);
        using var first = bench.StartAgent(("SPOOL_LIMIT", "1MiB"));
        var paused = await MissesAsync(bench, assignment, 3);
        Assert.That(paused.Shipping.RecordingPaused, Does.StartWith("the spool is full: "));
        Assert.That(paused.Shipping.Bytes, Is.GreaterThanOrEqualTo(1 << 20));
        Assert.That(paused.Shipping.LimitBytes, Is.EqualTo(1 << 20));
        var made = Made(bench, assignment);
        await first.KillAsync();

        using var second = bench.StartAgent(("SPOOL_LIMIT", "1MiB"));
        await second.SaysAsync("adopted");
        var still = await MissesAsync(bench, assignment, Missed(paused, assignment) + 10);
        Assert.That(still.Shipping.RecordingPaused, Is.EqualTo(paused.Shipping.RecordingPaused));
        Assert.That(still.Shipping.Bytes, Is.EqualTo(paused.Shipping.Bytes), "what is there is kept");
        Assert.That(Made(bench, assignment), Is.EqualTo(made), "not one was made in the meantime");

        File.Delete(bench.Storage);
        await second.SaysAsync("The spool has room again");
        await Eventually.TrueAsync(() => bench.ControlPlane.LastStatus is { Shipping.RecordingPaused: "" }, "the control plane hears of it");
        await Eventually.TrueAsync(() => Made(bench, assignment) > made + 3, "new ones are made");
        bench.ControlPlane.Want();
        await Eventually.TrueAsync(() => !Directory.Exists(bench.WorkerDirectory(assignment)), "all has arrived");
        CheckThatAllIsThere(bench, assignment, made);
    }

    private static int Made(AgentBench bench, Assignment assignment) => File.ReadAllLines(Path.Combine(bench.WorkerDirectory(assignment), "clips-made.log")).Length;

    private static int Missed(NodeStatus status, Assignment assignment) => status.Processes.FirstOrDefault(p => p.ProcessId == assignment.ProcessId)?.Worker?.NotClipped ?? 0;

    private static Task<NodeStatus> MissesAsync(AgentBench bench, Assignment assignment, int moments) => Eventually.ValueAsync(
        () => Task.FromResult(bench.ControlPlane.LastStatus is { Shipping: not null } status && Missed(status, assignment) >= moments ? status : null), $"{moments} moments are not clipped");

    private static void CheckThatAllIsThere(AgentBench bench, Assignment assignment, int beforePause)
    {
        var made = bench.ControlPlane.LinesOf(assignment).Select(l => JournalEntry.TryParse(Encoding.UTF8.GetBytes(l))).OfType<ClipEntry>().Select(c => $"{c.ClipId}").ToList();
        Assert.That(made, Has.Count.GreaterThan(beforePause).And.Unique);
        Assert.That(bench.ControlPlane.Clips.Keys, Is.EquivalentTo(made), "nothing is lost or doubled");
        var numbers = bench.ControlPlane.Clips.Values.Select(c => ClipSidecar.FromJson(c.SidecarJson).Reason);
        Assert.That(numbers, Is.EquivalentTo(Enumerable.Range(1, made.Count).Select(n => $"scripted, number {n}")));
        Assert.That(bench.StoredFiles(), Has.Length.EqualTo(made.Count * 3), "three files a clip and no part files");
        foreach (var file in bench.ControlPlane.Clips.Values.SelectMany(c => c.Files))
            Assert.That(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(bench.Storage, file.Key)))), Is.EqualTo(file.Sha256));
    }
}
