using StreamClips.ClipWorker.Reporting;
using StreamClips.Shared.Journal;

namespace StreamClips.ClipWorker.Tests.Reporting;

public sealed class RunTotalsTests : IWorkerReport
{
    private readonly List<JournalEntry> _told = [];

    [SetUp]
    public void Forget() => _told.Clear();

    [Test]
    public void A_session_that_follows_another_in_one_process_counts_on()
    {
        var totals = new RunTotals(this);
        totals.Append(Counted(10));
        totals.Append(Counted(12));
        totals.NextSession();
        totals.Append(Counted(0));
        totals.Append(Counted(3));
        totals.NextSession();
        totals.Append(Counted(1));

        Assert.That(
            _told.Cast<StatusEntry>().Select(s => (s.ChatMessages, s.Segments, s.Bytes, s.Clips, s.NotClipped)),
            Is.EqualTo(new (long, long, long, int, int)[] { (10, 10, 10, 10, 10), (12, 12, 12, 12, 12), (12, 12, 12, 12, 12), (15, 15, 15, 15, 15), (16, 16, 16, 16, 16) }));
    }

    [Test]
    public void All_else_passes_as_it_is()
    {
        var totals = new RunTotals(this);
        totals.Append(Counted(5));
        totals.NextSession();
        var log = new LogEntry { At = DateTimeOffset.UnixEpoch, Level = "info", Event = "x", Message = "y" };
        totals.Append(log);
        totals.Append(Counted(1) with { ChatRate = 2.5, SettingsVersion = "3.1" });

        Assert.That(_told[1], Is.SameAs(log));
        Assert.That(_told[2], Is.EqualTo(Counted(6) with { ChatRate = 2.5, SettingsVersion = "3.1" }));
    }

    void IWorkerReport.Append(JournalEntry entry) => _told.Add(entry);

    private static StatusEntry Counted(int count) => new()
    {
        At = DateTimeOffset.UnixEpoch, Phase = WorkerPhase.Watching, ChatMessages = count, Segments = count, Bytes = count, Clips = count, NotClipped = count,
    };
}
