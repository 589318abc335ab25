using StreamClips.NodeAgent.Tests.Fixtures;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.EndToEnd;

/// <summary>Another version takes the place of the agent, as the install script does it: a directory beside, and a link that is turned.</summary>
[Category("Slow")]
public sealed class UpgradeTests
{
    private const int Workers = 5;

    [Test]
    public async Task An_upgrade_under_load_restarts_no_worker_and_loses_no_clip_and_the_next_start_is_of_the_new_version()
    {
        await using var bench = await AgentBench.StartAsync();
        using var installed = new TemporaryDirectory();
        foreach (var version in (string[])["agent-1", "agent-2"]) Install(installed[version]);
        Directory.CreateSymbolicLink(installed["agent"], "agent-1");
        (string, string)[] settings = [("CLIP_WORKER", installed["agent/StreamClips.ScriptedWorker.dll"])];
        var assignments = Enumerable.Range(0, Workers).Select(_ => AgentBench.Assignment("clip-every=100&clip-bytes=5000&log-every=10")).ToArray();
        bench.ControlPlane.Want(assignments);
        var before = bench.StartAgent(installed["agent/StreamClips.NodeAgent.dll"], settings);
        foreach (var assignment in assignments) await bench.RunsAsync(assignment);
        var pids = assignments.Select(a => bench.Starts(a).Single()).ToArray();

        Directory.CreateSymbolicLink(installed["agent.new"], "agent-2");
        using (var turn = System.Diagnostics.Process.Start("mv", ["-T", installed["agent.new"], installed["agent"]])) await turn.WaitForExitAsync();
        var (code, _) = await before.TerminateAsync();
        Assert.That(code, Is.Zero);
        Assert.That(pids.Select(Signals.IsAlive), Has.All.True, "they run on without an agent");
        var clips = bench.ControlPlane.Clips.Count;

        var after = bench.StartAgent(installed["agent/StreamClips.NodeAgent.dll"], settings);
        await Eventually.TrueAsync(() => after.Output.Split(" adopted: ").Length == Workers + 1, "all are adopted");
        await Eventually.TrueAsync(() => bench.ControlPlane.Clips.Count > clips + Workers, "clips go on arriving");
        Assert.That(assignments.SelectMany(bench.Starts), Is.EqualTo(pids), "not one was started again");

        await bench.ReplaceAsync(assignments[0], pids[0]);
        Assert.That(Maps(bench.Processes(assignments[0]).First(p => p.Identity.Pid != pids[0]).Identity.Pid), Does.Not.Contain("/agent-1/"), "a successor is of the new version");
        Assert.That(File.ReadAllText($"/proc/{pids[1]}/maps"), Does.Contain(installed["agent-1"]), "the others are of the one before");

        bench.ControlPlane.Want();
        await Eventually.TrueAsync(() => assignments.All(a => !Directory.Exists(bench.WorkerDirectory(a))), "all has arrived");
        var numbers = bench.ControlPlane.Clips.Values.GroupBy(c => c.ProcessId).Select(g => g.Count());
        Assert.That(bench.StoredFiles(), Has.Length.EqualTo(3 * numbers.Sum()), "each once");
    }

    // Also before its program is loaded.
    private static string Maps(int pid) => File.ReadAllText($"/proc/{pid}/maps");

    private static void Install(string directory)
    {
        Directory.CreateDirectory(directory);
        foreach (var file in Directory.GetFiles(AppContext.BaseDirectory))
            if (Path.GetExtension(file) is ".dll" or ".json") File.Copy(file, Path.Combine(directory, Path.GetFileName(file)));
    }
}
