using Microsoft.Extensions.Logging.Abstractions;
using StreamClips.NodeAgent.Workers;
using StreamClips.Shared.Workers;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.Workers;

/// <summary>What is known of workers beyond their own words: kills for memory, and whether they could speak at all.</summary>
public sealed class WorkerMemoryTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [TestCase(1, true)]
    [TestCase(2, false)]
    public async Task A_kill_for_memory_of_an_earlier_run_is_not_blamed_on_this_one_by_the_next_agent(long before, bool blamed)
    {
        using var directory = new TemporaryDirectory();
        using var exits = new ExitWatcher();
        var spec = new WorkerSpec { ProcessId = Guid.NewGuid(), StreamerId = Guid.NewGuid(), Streamer = "s", Url = "https://example.com/s" };
        var (worker, group) = (new WorkerDirectory(directory[$"workers/{spec.ProcessId}"]), directory[$"tree/{spec.ProcessId}"]);
        Directory.CreateDirectory(worker.Path);
        Directory.CreateDirectory(group);
        File.WriteAllText(worker.Spec, spec.ToJson());
        File.WriteAllText(Path.Combine(group, "memory.events"), "oom 2\noom_kill 2\n");
        new WorkerRun { StartedAt = At, OomKills = before }.Write(worker.Path);
        var options = new WorkerOptions { Directory = directory["workers"], Command = "worker", Environment = new Dictionary<string, string>() };
        var context = new WorkerContext(
            options, new(options), new WorkerCgroups(new CgroupTree(directory["tree"], options.Limits)), exits, new(), TimeProvider.System, new Random(1), NullLogger<Worker>.Instance);

        var resumed = await Worker.ResumeAsync(context, worker.Path);

        Assert.That(resumed!.Run.Verdict!.Reason.Contains("out of memory", StringComparison.Ordinal), Is.EqualTo(blamed), resumed.Run.Verdict.Reason);
    }

    [TestCase(WorkerSilence.LeastFreeBytes, 20)]
    [TestCase(WorkerSilence.LeastFreeBytes - 1, 0)]
    public void Silence_on_a_full_disk_says_nothing(long free, double silentSeconds)
    {
        using var directory = new TemporaryDirectory();
        var silence = new WorkerSilence(_ => free);
        var last = TimeSpan.Zero;
        for (var second = 0; second <= 20; second++) last = silence.Look(3, new WorkerDirectory(directory.Path), At.AddSeconds(second));
        Assert.That(last.TotalSeconds, silentSeconds > 0 ? Is.EqualTo(silentSeconds) : Is.LessThan(15), "below what counts as hanging");
    }
}
