using StreamClips.ClipWorker.Clips;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Workers;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Clips;

/// <summary>What a worker finds in its journal that it was killed before it could do.</summary>
[TestFixture]
internal sealed class PendingSurgesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);
    private static readonly Guid One = Guid.NewGuid();
    private static readonly Guid Two = Guid.NewGuid();

    [Test]
    public void A_surge_without_a_clip_is_pending_and_overlapping_ones_are_so_together()
    {
        JournalEntry[] entries = [Surge(One, 100), Clip(One, 90), Surge(Two, 60), Surge(Two, 50)];
        Assert.That(Pending(entries), Is.EqualTo(new[] { entries[2], entries[3] }));
    }

    [Test]
    public void What_is_clipped_or_too_old_or_from_the_future_is_not()
    {
        JournalEntry[] entries = [Surge(One, 3600), Surge(One, -3600), Surge(Two, 10)];
        Assert.That(PendingSurges.Of(entries, new HashSet<Guid> { Two }, Now), Is.Empty);
    }

    [Test]
    public void The_request_is_as_it_was_decided()
    {
        var entry = Surge(One, 10) with { Moment = Now.AddSeconds(-40), Peak = Now.AddSeconds(-30), TriggeredAt = Now.AddSeconds(-9), ClockAheadS = 1.5 };
        var request = PendingSurges.Request(entry, now: 7);
        Assert.That(PendingSurges.Entry(request, One, entry.At), Is.EqualTo(entry));
        Assert.That(PendingSurges.Request(Surge(One, 10), now: 7).Surge.Moment, Is.EqualTo(entry.Start), "a journal of an earlier version does not say");
    }

    [Test]
    public void The_end_of_the_journal_is_read_over_the_files_of_several_runs()
    {
        using var directory = new TemporaryDirectory();
        var worker = new WorkerDirectory(directory.Path);
        foreach (var entry in new[] { Surge(One, 100), Surge(Two, 60) })
        {
            using var journal = new JournalWriter(worker);
            journal.Append(entry);
        }

        using var current = new JournalWriter(worker);
        current.Append(Clip(One, 1));
        Assert.That(PendingSurges.Read(worker, Now).Select(s => s.ClipId), Is.EqualTo(new[] { Two }));
        Assert.That(PendingSurges.Read(new(directory["none"]), Now), Is.Empty);
    }

    private static IReadOnlyList<SurgeEntry> Pending(IEnumerable<JournalEntry> entries) => PendingSurges.Of(entries, new HashSet<Guid>(), Now);

    private static SurgeEntry Surge(Guid clip, double agoS) => new()
    {
        At = Now.AddSeconds(-agoS), ClipId = clip, Score = 3, Reason = "loud", Start = Now.AddSeconds(-agoS - 60), End = Now.AddSeconds(-agoS),
    };

    private static ClipEntry Clip(Guid clip, double agoS) => new() { At = Now.AddSeconds(-agoS), ClipId = clip, Name = "a", DurationS = 60, Score = 3 };
}
