using System.Text;
using StreamClips.ClipWorker.Clips;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Journal;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Clips;

/// <summary>What a worker was killed before it could do.</summary>
[TestFixture]
internal sealed class PendingSurgesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);
    private static readonly Guid One = Guid.NewGuid();
    private static readonly Guid Two = Guid.NewGuid();
    private static readonly Guid Three = Guid.NewGuid();
    private TemporaryDirectory _directory = null!;

    [SetUp]
    public void MakeTheDirectory() => _directory = new();

    [TearDown]
    public void RemoveTheDirectory() => _directory.Dispose();

    [Test]
    public void What_is_pending_survives_any_number_of_kills_until_its_clip_is_made()
    {
        var first = File();
        SurgeEntry[] surges = [Surge(One, 100), Surge(Two, 60), Surge(Two, 50)];
        foreach (var surge in surges) first.Add(surge);
        Assert.That(File().TakeUp(Now), Is.EqualTo(surges), "overlapping ones share a clip");
        Assert.That(File().TakeUp(Now), Is.EqualTo(surges), "the run before was killed too");
        var third = File();
        third.TakeUp(Now);
        third.Remove(One);
        Assert.That(File().TakeUp(Now), Is.EqualTo(surges[1..]));
        third.Remove(Two);
        Assert.That(Directory.GetFileSystemEntries(_directory.Path), Is.Empty);
        Assert.That(File().TakeUp(Now), Is.Empty);
    }

    [Test]
    public void What_is_clipped_or_too_old_or_from_the_future_or_damaged_is_not()
    {
        var clips = Directory.CreateDirectory(_directory["clips"]).FullName;
        System.IO.File.WriteAllText(Path.Combine(clips, "a.json"), Sidecar(Two).ToJson());
        System.IO.File.WriteAllText(Path.Combine(clips, "b.json"), "{");
        System.IO.File.WriteAllLines(_directory["pending.ndjson"], [.. new[] { Surge(One, 3600), Surge(One, -3600), Surge(Two, 10), Surge(Three, 10) }.Select(s => Encoding.UTF8.GetString(s.ToUtf8())), "{\"kind\":\"sur", ""]);
        Assert.That(File().TakeUp(Now).Select(s => s.ClipId), Is.EqualTo(new[] { Three }));
    }

    [Test]
    public void The_request_is_as_it_was_decided()
    {
        var entry = Surge(One, 10) with { Moment = Now.AddSeconds(-40), Peak = Now.AddSeconds(-30), TriggeredAt = Now.AddSeconds(-9), ClockAheadS = 1.5 };
        var request = PendingSurges.Request(entry, now: 7);
        Assert.That(PendingSurges.Entry(request, One, entry.At), Is.EqualTo(entry));
        Assert.That(PendingSurges.Request(Surge(One, 10), now: 7).Surge.Moment, Is.EqualTo(entry.Start), "a journal of an earlier version does not say");
    }

    private PendingSurges File() => new(_directory["pending.ndjson"], _directory["clips"]);

    private static SurgeEntry Surge(Guid clip, double agoS) => new()
    {
        At = Now.AddSeconds(-agoS), ClipId = clip, Score = 3, Reason = "loud", Start = Now.AddSeconds(-agoS - 60), End = Now.AddSeconds(-agoS),
    };

    private static ClipSidecar Sidecar(Guid clip) => new()
    {
        ClipId = clip, ProcessId = One, StreamerId = One, Streamer = "a", Url = "", Epoch = 1, Start = Now, End = Now, Moment = Now, Peak = Now, TriggeredAt = Now,
        WantedStart = Now, WantedEnd = Now, DurationS = 1, TimeSource = "arrival", UncertaintyS = 0, Score = 1, Reason = "", Detector = "", Settings = new(), Rates = [], TopWords = [], Files = [],
    };
}
