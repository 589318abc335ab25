using System.Diagnostics;
using StreamClips.NodeAgent.Tests.Fixtures;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;
using StreamClips.Shared.Workers;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.Shipping;

/// <summary>A journal whose writer is killed with kill -9 while it writes as fast as it can.</summary>
[Category("Slow")]
public sealed class JournalKillTests
{
    [Test]
    public async Task Every_line_that_was_written_before_a_kill_is_read_whole_and_in_order()
    {
        using var temporary = new TemporaryDirectory();
        var directory = new WorkerDirectory(temporary.Path);
        var spec = new WorkerSpec
        {
            ProcessId = Guid.NewGuid(),
            StreamerId = Guid.NewGuid(),
            Streamer = "s",
            Url = "scripted://worker?flood-logs=10000000",
            Settings = ClipSettings.Default,
        };
        File.WriteAllText(directory.Spec, spec.ToJson());
        var pids = new List<int>();
        for (var run = 1; run <= 3; run++)
        {
            using var writer = Process.Start(AgentProcess.DotNet, [AgentProcess.Dll("ScriptedWorker"), "run", directory.Path]);
            pids.Add(writer.Id);
            var before = Size(directory);
            await Eventually.TrueAsync(() => Size(directory) > before + 300_000, "it writes");
            writer.Kill();
            await writer.WaitForExitAsync();
        }

        var (at, damaged, lines) = (JournalPosition.Start, 0, new List<string>());
        while (JournalReader.Read(directory, at) is { } read)
        {
            lines.AddRange(read.Lines.Select(l => JournalEntry.TryParse(l)).OfType<LogEntry>().Select(l => l.Message));
            damaged += read.Damaged;
            at = read.To;
        }

        Assert.That(damaged, Is.LessThanOrEqualTo(3), "at most one torn line a kill");
        foreach (var pid in pids)
        {
            var own = lines.Where(l => l.StartsWith($"{pid} ", StringComparison.Ordinal)).ToList();
            Assert.That(own, Has.Count.GreaterThan(1000));
            Assert.That(own.Select((l, i) => l == $"{pid} {i + 1}"), Has.All.True);
        }
    }

    private static long Size(WorkerDirectory directory) => directory.JournalFiles().Sum(n => new FileInfo(directory.JournalFile(n)).Length);
}
