using Microsoft.Extensions.Logging.Abstractions;
using StreamClips.NodeAgent.Workers;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.Workers;

public sealed class RehearsalTests
{
    [Test]
    public async Task A_crash_is_rehearsed_apart_from_the_workers_and_leaves_nothing()
    {
        using var directory = new TemporaryDirectory();
        using var exits = new ExitWatcher();
        Directory.CreateDirectory(directory[$"node/{Rehearsal.DirectoryName}/of-an-agent-that-was-killed"]);
        var options = new WorkerOptions { Directory = directory["node/workers"], Command = "/no/such/worker", Environment = new Dictionary<string, string>(), Cgroups = false };
        var context = new WorkerContext(
            options, new(options), new(options, NullLogger<WorkerCgroups>.Instance), exits, new(), TimeProvider.System, new Random(1), NullLogger<Worker>.Instance);
        using var rehearsal = new Rehearsal(context, NullLogger<Rehearsal>.Instance);

        Assert.That(await rehearsal.RunOnceAsync(CancellationToken.None), Is.EqualTo(2));

        Assert.That(Directory.GetFileSystemEntries(directory["node"]), Is.Empty);
        Assert.That(ProcFileSystem.FindBelow(directory["node"], WorkerLauncher.Marker), Is.Empty);
    }
}
