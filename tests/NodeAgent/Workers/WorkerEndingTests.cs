using Microsoft.Extensions.Logging.Abstractions;
using StreamClips.NodeAgent.Workers;
using StreamClips.Shared.Workers;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.Workers;

public sealed class WorkerEndingTests
{
    [Test]
    public async Task An_acknowledgement_holds_for_what_was_there_when_it_came_and_not_for_what_ends_after_the_clock_was_set_back()
    {
        using var directory = new TemporaryDirectory();
        using var exits = new ExitWatcher();
        var options = new WorkerOptions { Directory = directory["workers"], Command = "/bin/false", Environment = new Dictionary<string, string>(), Cgroups = false };
        var context = new WorkerContext(
            options, new(options), new(options, NullLogger<WorkerCgroups>.Instance), exits, new(), TimeProvider.System, new Random(1), NullLogger<Worker>.Instance);
        var worker = Worker.Create(context, new WorkerSpec { ProcessId = Guid.NewGuid(), StreamerId = Guid.NewGuid(), Streamer = "s", Url = "https://example.com/s" });
        await CrashAsync(worker);
        Assert.That(worker.Run.Endings, Has.Count.EqualTo(1));

        // As by a clock that was an hour ahead, and is set now.
        worker.EndingsTold((TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(1)).ToUnixTimeMilliseconds());
        worker.ForgetTold();
        Assert.That(worker.Run.Endings, Is.Empty);

        await CrashAsync(worker);
        worker.ForgetTold();
        Assert.That(worker.Run.Endings, Has.Count.EqualTo(1), "nobody was told of this one");
    }

    private static async Task CrashAsync(Worker worker)
    {
        await worker.StartAsync(worker.Spec);
        if (worker.Live is { } live) await live.Exited.WaitAsync(TimeSpan.FromSeconds(60));
        worker.Observe();
    }
}
