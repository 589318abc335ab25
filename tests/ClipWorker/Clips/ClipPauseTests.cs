using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Reporting;
using StreamClips.Shared.Journal;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Clips;

[TestFixture]
internal sealed class ClipPauseTests
{
    [Test]
    public void Moments_are_refused_and_counted_while_the_file_is_there_and_each_change_is_told_once_with_their_number()
    {
        using var directory = new TemporaryDirectory();
        var said = new Kept();
        var pause = new ClipPause(directory["paused"], new(said, new ManualClock()));
        Assert.That(pause.Refuses("first"), Is.False);
        for (var round = 1; round <= 2; round++)
        {
            File.WriteAllText(directory["paused"], "no room: of anything\nand: another\n");
            for (var i = 0; i < 3; i++) Assert.That(pause.Refuses($"moment {i}"));
            pause.Look();
            Assert.That(pause.Missed, Is.EqualTo(3 * round));
            File.Delete(directory["paused"]);
            pause.Look();
            Assert.That(pause.Refuses("the next"), Is.False);
        }

        string[] each = ["clips.paused", "moment.not_clipped", "moment.not_clipped", "moment.not_clipped", "clips.resumed"];
        Assert.That(said.Entries.Select(e => e.Event), Is.EqualTo([.. each, .. each]));
        Assert.That(said.Entries[0].Message, Is.EqualTo("no new clips are made: no room: of anything; and: another"));
        Assert.That(said.Entries[^1].Message, Does.Contain(" 3 moments"), "those of this pause");
    }

    [Test]
    public void Without_a_node_nothing_is_ever_refused() => Assert.That(new ClipPause(null, new(new Kept(), new ManualClock())).Refuses("a moment"), Is.False);

    private sealed class Kept : IWorkerReport
    {
        public List<LogEntry> Entries { get; } = [];

        public void Append(JournalEntry entry) => Entries.Add((LogEntry)entry);
    }
}
