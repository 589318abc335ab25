using StreamClips.ClipWorker.Reporting;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;
using StreamClips.Shared.Workers;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests;

[TestFixture]
internal sealed class SpecWatchTests
{
    private static readonly WorkerSpec Spec = new() { ProcessId = Guid.NewGuid(), StreamerId = Guid.NewGuid(), Streamer = "alpha", Url = "https://www.twitch.tv/alpha", Epoch = 3, SettingsVersion = "1.1" };

    private readonly List<JournalEntry> _said = [];
    private readonly List<ClipSettings> _taken = [];
    private readonly ManualClock _clock = new();
    private readonly CurrentSpec _current = new(Spec);
    private TemporaryDirectory _directory = null!;
    private SpecWatch _watch = null!;
    private bool _busy;

    [SetUp]
    public void Begin()
    {
        _directory = new TemporaryDirectory();
        (_current.Now, _busy) = (Spec, false);
        _said.Clear();
        _taken.Clear();
        Tell(Spec);
        _watch = new(_directory["spec.json"], _current, _taken.Add, () => _busy, new WorkerEvents(new Report(_said), _clock), _clock);
        _watch.Look();
    }

    [TearDown]
    public void End() => _directory.Dispose();

    [Test]
    public void A_live_setting_is_taken_up_once_and_told_with_both_values()
    {
        Tell(With(s => s with { SurgeThreshold = 3 }, "7.3"));
        _watch.Look();
        _watch.Look();

        Assert.That(_taken.Single().SurgeThreshold, Is.EqualTo(3));
        Assert.That(_current.Now.SettingsVersion, Is.EqualTo("7.3"));
        Assert.That(Logs(), Is.EqualTo(new[] { "settings.applied settings version 7.3 applied: surge_threshold 2 → 3" }));
        Assert.That(_watch.Successor, Is.Null);
    }

    [Test]
    public void What_needs_a_new_session_waits_for_an_end_of_the_clips_and_then_ends_this_one()
    {
        _busy = true;
        var next = With(s => s with { Quality = "720p60", SurgeThreshold = 3 }, "8.3");
        Tell(next);
        for (var look = 0; look < 5; look++, _clock.Advance(TimeSpan.FromSeconds(2))) _watch.Look();
        Assert.That((_watch.Successor, _current.Now), Is.EqualTo(((WorkerSpec?)null, Spec)), "until then it works by what it began with");
        Assert.That(Logs(), Is.EqualTo(new[] { "settings.wait settings version 8.3 is taken up between two clips: surge_threshold 2 → 3, quality best → 720p60" }));

        _busy = false;
        _watch.Look();
        Assert.That(_watch.Successor, Is.EqualTo(next));
    }

    [Test]
    public void Who_is_always_busy_ends_all_the_same_after_two_minutes()
    {
        _busy = true;
        Tell(With(s => s with { Recording = "eager" }, "8.3"));
        _watch.Look();
        _clock.Advance(SpecWatch.Patience - TimeSpan.FromSeconds(1));
        _watch.Look();
        Assert.That(_watch.Successor, Is.Null);
        _clock.Advance(TimeSpan.FromSeconds(1));
        _watch.Look();
        Assert.That(_watch.Successor?.SettingsVersion, Is.EqualTo("8.3"));
    }

    [Test]
    public void A_change_that_is_taken_back_ends_nothing()
    {
        _busy = true;
        Tell(With(s => s with { Quality = "worst" }, "2.1"));
        _watch.Look();
        Tell(Spec with { SettingsVersion = "3.1" });
        _watch.Look();
        _busy = false;
        _watch.Look();
        Assert.That((_watch.Successor, _current.Now.SettingsVersion), Is.EqualTo(((WorkerSpec?)null, "3.1")));
    }

    [Test]
    public void What_makes_no_sense_is_refused_once_and_what_was_before_stays()
    {
        Tell(With(s => s with { SurgeThreshold = 0.5 }, "9.1"));
        _watch.Look();
        _watch.Look();
        Tell(Spec with { Url = "https://www.twitch.tv/bravo" });
        _watch.Look();
        File.WriteAllText(_directory["spec.json"], "{\"half\":");
        _watch.Look();
        File.Delete(_directory["spec.json"]);
        _watch.Look();

        Assert.That(_current.Now, Is.EqualTo(Spec));
        Assert.That(_taken, Is.Empty);
        Assert.That(Logs(), Has.Count.EqualTo(3).And.All.StartsWith("settings.refused "));
        Assert.That(Logs()[0], Does.Contain("version 9.1").And.Contain("surge_threshold is 0.5"));
    }

    private static WorkerSpec With(Func<ClipSettings, ClipSettings> change, string version) => Spec with { Settings = change(Spec.Settings), SettingsVersion = version };

    private void Tell(WorkerSpec spec) => File.WriteAllText(_directory["spec.json"], spec.ToJson());

    private List<string> Logs() => [.. _said.OfType<LogEntry>().Select(l => $"{l.Event} {l.Message}")];

    private sealed class Report(List<JournalEntry> said) : IWorkerReport
    {
        public void Append(JournalEntry entry) => said.Add(entry);
    }
}
