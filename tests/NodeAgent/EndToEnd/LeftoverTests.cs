using System.Diagnostics;
using StreamClips.NodeAgent.Tests.Fixtures;
using StreamClips.NodeAgent.Workers;
using StreamClips.Shared.Workers;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.EndToEnd;

/// <summary>What agents before this one, or the disk, left behind.</summary>
[Category("Slow")]
public sealed class LeftoverTests
{
    [Test]
    public async Task A_directory_without_spec_or_assignment_ships_what_it_holds_and_goes()
    {
        await using var bench = await AgentBench.StartAsync();
        var assignment = AgentBench.Assignment();
        var directory = new WorkerDirectory(bench.WorkerDirectory(assignment));
        Directory.CreateDirectory(directory.Path);
        File.WriteAllText(directory.Spec, new WorkerSpec { ProcessId = Guid.Parse(assignment.ProcessId), StreamerId = Guid.NewGuid(), Streamer = "s", Url = "http://127.0.0.1:9/?clips=2&flood-logs=3" }.ToJson());
        using (var worker = Process.Start(AgentProcess.DotNet, [AgentProcess.Dll("ScriptedWorker"), "run", directory.Path, "--run-for", "1"])) await worker.WaitForExitAsync();
        File.WriteAllText(directory.Spec, "{ torn");
        Directory.CreateDirectory(Path.Combine(bench.Node, "workers", "notes of somebody"));
        bench.ControlPlane.Want();

        using var agent = bench.StartAgent();

        await Eventually.TrueAsync(() => !Directory.Exists(directory.Path), "it is removed");
        Assert.That(bench.ControlPlane.Clips, Has.Count.EqualTo(2));
        Assert.That(bench.ControlPlane.LinesOf(assignment).Count(l => l.Contains("script.line")), Is.EqualTo(3));
        Assert.That(Directory.Exists(Path.Combine(bench.Node, "workers", "notes of somebody")), "what is no worker's is left alone");
    }

    [Test]
    public async Task Processes_of_workers_that_nobody_knows_are_ended_and_strangers_are_not()
    {
        await using var bench = await AgentBench.StartAsync();
        var removed = Path.Combine(bench.Node, "workers", Guid.NewGuid().ToString());
        Directory.CreateDirectory(removed);
        using var left = Sleep(removed, marked: true);
        using var stranger = Sleep(removed, marked: false);
        using var elsewhere = Sleep(bench.Node, marked: true);
        try
        {
            await Eventually.TrueAsync(() => ProcFileSystem.FindBelow(Path.Combine(bench.Node, "workers"), WorkerLauncher.Marker).Count == 1, "it works there");
            Directory.Delete(removed);

            using var agent = bench.StartAgent();

            await left.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(90));
            Assert.That((stranger.HasExited, elsewhere.HasExited), Is.EqualTo((false, false)));
        }
        finally
        {
            foreach (var process in (Process[])[left, stranger, elsewhere]) process.Kill();
        }
    }

    private static Process Sleep(string directory, bool marked)
    {
        var start = new ProcessStartInfo("sleep", ["300"]) { WorkingDirectory = directory };
        start.Environment.Clear();
        if (marked) start.Environment[WorkerLauncher.Marker] = Guid.NewGuid().ToString();
        return Process.Start(start)!;
    }
}
