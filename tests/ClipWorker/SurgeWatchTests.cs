using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Clips;
using StreamClips.Shared.Settings;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests;

/// <summary>The chat meets the detector on a machine whose clock is wrong.</summary>
[TestFixture]
internal sealed class SurgeWatchTests
{
    private static readonly ClipSettings Settings = new() { Detector = ClipSettings.SurgeDetector };
    private readonly List<ClipRequest> _surges = [];
    private ManualClock _clock = null!;
    private ChatInbox _inbox = null!;
    private SurgeWatch _watch = null!;
    private int _ids;

    [SetUp]
    public void BeginToListen()
    {
        _surges.Clear();
        _clock = new();
        _inbox = new() { Listening = true };
        _watch = new(Settings, _inbox, _clock);
    }

    [TestCase(0)]
    [TestCase(-240)]
    [TestCase(240)]
    [TestCase(100_000)]
    public void A_wrong_clock_makes_no_clip_and_loses_none(int ahead)
    {
        Pass(3, 0, TimeSpan.Zero);
        Pass(300, 1, TimeSpan.FromSeconds(-ahead));
        Assert.That(_surges, Is.Empty, "the chat was even");
        Assert.That(_watch.Level(0), Has.Property("Baseline").EqualTo(1).Within(0.1).And.Property("Rate").EqualTo(1).Within(0.1));
        Pass(20, 10, TimeSpan.FromSeconds(-ahead));
        Assert.That(_surges, Has.Count.EqualTo(1));
        Assert.That(_surges[0].Surge.TriggeredAt, Is.EqualTo(Platform(-ahead)).Within(TimeSpan.FromSeconds(20)), "in the platform's time");
        Assert.That(_surges[0].Rates, Is.Not.Empty);
    }

    [TestCase(-600)]
    [TestCase(600)]
    public void A_clock_that_is_set_costs_a_baseline_and_makes_no_clip(int step)
    {
        Pass(300, 1, TimeSpan.Zero);
        // A machine's clock that is set back is a platform's that leaps ahead: only the difference counts.
        if (step > 0) _clock.Advance(TimeSpan.FromSeconds(step));
        Pass(300, 1, TimeSpan.FromSeconds(-step));
        Assert.That(_surges, Is.Empty, "the chat was even");
        Assert.That(_watch.Level(0).Rate, Is.EqualTo(1).Within(0.1));
        Pass(20, 10, TimeSpan.FromSeconds(-step));
        Assert.That(_surges, Has.Count.EqualTo(1));
    }

    [TestCase(-40_000_000)]
    [TestCase(-300)]
    [TestCase(300)]
    [TestCase(40_000_000)]
    public void A_first_message_with_a_wrong_time_is_soon_forgotten(int wrong)
    {
        Say(Platform(wrong));
        Pass(400, 1, TimeSpan.Zero);
        Assert.That(_surges, Is.Empty, "the chat was even");
        Pass(20, 10, TimeSpan.Zero);
        Assert.That(_surges, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_first_burst_of_old_messages_makes_no_clip_and_is_soon_forgotten()
    {
        for (var i = 200; i > 0; i--) Say(Platform(-i * 0.5));
        Pass(300, 1, TimeSpan.Zero);
        Assert.That(_surges, Is.Empty, "they were said before we came, and the chat was even since");
        Assert.That(_watch.Level(0), Has.Property("Baseline").EqualTo(1).Within(0.1).And.Property("ClockAhead").EqualTo(TimeSpan.Zero).Within(TimeSpan.FromMilliseconds(1)));
        Pass(20, 10, TimeSpan.Zero);
        Assert.That(_surges, Has.Count.EqualTo(1));
    }

    [Test]
    public void Before_the_first_message_nothing_is_known()
    {
        Pass(400, 0, TimeSpan.Zero);
        Assert.That(_watch.Level(0), Is.EqualTo(default(ChatLevel)));
    }

    private DateTimeOffset Platform(double ahead) => _clock.GetUtcNow() + TimeSpan.FromSeconds(ahead);

    private void Pass(int seconds, int messagesASecond, TimeSpan platformAhead)
    {
        for (var second = 0; second < seconds; second++)
        {
            for (var i = 0; i < messagesASecond; i++) Say(_clock.GetUtcNow() + platformAhead);
            _surges.AddRange(_watch.Tick());
            _clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private void Say(DateTimeOffset at) => _inbox.Put(new(ChatEventKind.Said, new(at, $"u{_ids % 50}", $"words {_ids}", $"{_ids++}"), _clock.GetUtcNow()));
}
