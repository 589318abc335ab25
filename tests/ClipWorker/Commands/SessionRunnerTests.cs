using StreamClips.ClipWorker.Commands;
using StreamClips.ClipWorker.Platforms;
using StreamClips.ClipWorker.Reporting;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;
using StreamClips.Shared.Workers;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Commands;

/// <summary>What a session that ends by a fault leaves behind for the one who started it.</summary>
[TestFixture]
internal sealed class SessionRunnerTests
{
    [Test]
    public async Task A_fault_that_another_start_may_not_meet_is_a_crash_in_the_log_and_no_failed_status()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory["ring"], "a file where the ring's directory should be");
        var entries = await RunAsync(directory, new Kept());
        Assert.That(entries.OfType<LogEntry>().Last(), Has.Property("Event").EqualTo("worker.crashed").And.Property("Level").EqualTo("error"));
        Assert.That(entries.OfType<StatusEntry>().Select(s => s.Phase), Has.None.EqualTo(WorkerPhase.Failed));
    }

    [Test]
    public async Task A_bug_is_a_crash_too_with_its_kind()
    {
        using var directory = new TemporaryDirectory();
        var entries = await RunAsync(directory, new Kept { BreakAt = "worker.started" });
        Assert.That(entries.OfType<LogEntry>().Last().Message, Is.EqualTo("unexpected InvalidOperationException: a bug"));
        Assert.That(entries.OfType<StatusEntry>().Select(s => s.Phase), Has.None.EqualTo(WorkerPhase.Failed));
    }

    private static async Task<List<JournalEntry>> RunAsync(TemporaryDirectory directory, Kept report)
    {
        const string Url = "http://127.0.0.1:9/live.m3u8";
        var faults = new List<string>();
        var spec = new WorkerSpec { ProcessId = Guid.NewGuid(), StreamerId = Guid.NewGuid(), Streamer = "x", Url = Url, Settings = new ClipSettings(), StatusIntervalMs = 200 };
        var options = WorkerOptions.Read(_ => null, faults);
        var folders = new SessionFolders(directory["clips"], directory["ring"], OwnsClips: true, directory["renditions"], directory["queue"]);
        var done = await SessionRunner.RunAsync(spec, PlatformChoice.Of(Url, null, faults)!, options, folders, report, CancellationToken.None);
        Assert.That(done, Is.False);
        return report.Entries;
    }

    private sealed class Kept : IWorkerReport
    {
        public string? BreakAt { get; init; }

        public List<JournalEntry> Entries { get; } = [];

        public void Append(JournalEntry entry)
        {
            if (entry is LogEntry log && log.Event == BreakAt) throw new InvalidOperationException("a bug");
            Entries.Add(entry);
        }
    }
}
