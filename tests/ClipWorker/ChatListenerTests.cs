using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Reporting;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests;

/// <summary>The chat around the end of a broadcast.</summary>
[TestFixture]
internal sealed class ChatListenerTests
{
    private static readonly ClipSettings Settings = new() { Detector = ClipSettings.SurgeDetector, ClipDuration = 10, WindowTimespan = 10, BaselineDuration = 60, SampleInterval = 1 };
    private readonly List<ClipRequest> _surges = [];
    private readonly Report _report = new();
    private ManualClock _clock = null!;
    private Source _source = null!;
    private ChatListener _listener = null!;
    private CancellationTokenSource _stop = null!;
    private Task _running = null!;
    private int _said;

    [SetUp]
    public async Task BeginToListen()
    {
        (_clock, _source, _stop, _said) = (new(), new(), new(), 0);
        _surges.Clear();
        _report.Events.Clear();
        _listener = new(_source, Settings, new(_report, _clock), _clock, _surges.Add) { Wanted = true };
        _running = _listener.RunAsync(_stop.Token);
        await PassAsync(120, 1);
    }

    [TearDown]
    public async Task Stop()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    [Test]
    public async Task The_last_moment_of_a_broadcast_is_decided_after_its_end()
    {
        await PassAsync(1, 10);
        _listener.Wanted = false;
        Assert.That(_surges, Is.Empty);
        await PassAsync(5, 10);
        Assert.That(_surges, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Who_waits_for_the_rest_waits_until_it_is_decided_and_no_longer_when_stopped()
    {
        await PassAsync(1, 10);
        var rest = _listener.DecideTheRestAsync(CancellationToken.None);
        using var stop = new CancellationTokenSource();
        var stopped = _listener.DecideTheRestAsync(stop.Token);
        await PassAsync(5, 10);
        Assert.That((rest.IsCompleted, stopped.IsCompleted), Is.EqualTo((false, false)));
        Assert.That(_surges, Has.Count.EqualTo(1));
        await stop.CancelAsync();
        await stopped.WaitAsync(TimeSpan.FromSeconds(60));
        await Eventually.TrueAsync(
            () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
                return rest.IsCompletedSuccessfully;
            },
            "all is decided");
        await _listener.DecideTheRestAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Test]
    public async Task What_begins_after_the_end_is_no_clip()
    {
        _listener.Wanted = false;
        await PassAsync(11, 1);
        await PassAsync(3, 60);
        Assert.That(_surges, Is.Empty);
        Assert.That(_listener.Level.Rate, Is.GreaterThan(10), "it was still heard");
    }

    [Test]
    public async Task A_broadcast_that_goes_on_soon_keeps_its_baseline_and_one_that_begins_later_has_none()
    {
        _listener.Wanted = false;
        await PassAsync(10, 1);
        _listener.Wanted = true;
        await PassAsync(30, 1);
        Assert.That(_listener.Level.Baseline, Is.EqualTo(1).Within(0.2));
        _listener.Wanted = false;
        await Eventually.TrueAsync(
            () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
                return _listener.Level.Baseline == 0 && !_source.Running;
            },
            "nothing is listened to any more");
        _listener.Wanted = true;
        _clock.Advance(TimeSpan.FromSeconds(1));
        await PassAsync(30, 1);
        Assert.That(_listener.Level.Baseline, Is.Zero);
    }

    [Test]
    public async Task A_clip_may_be_about_to_be_decided_until_the_chat_was_looked_at_and_at_the_end_of_a_broadcast_until_all_is_decided()
    {
        Assert.That(_listener.Rising, Is.True, "nobody has looked yet");
        await PassAsync(2, 1);
        Assert.That(_listener.Rising, Is.False, "it is calm");

        _listener.Wanted = false;
        await PassAsync(2, 1);
        Assert.That(_listener.Rising, Is.True, "what was said last is not decided");
        await Eventually.TrueAsync(
            () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
                return !_listener.Rising;
            },
            "all is decided");
    }

    [Test]
    public async Task An_interval_that_is_told_while_nobody_listens_counts_from_the_next_broadcast_on()
    {
        _listener.Take(Settings with { SampleInterval = 10 });
        _listener.Wanted = false;
        await Eventually.TrueAsync(
            () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(10));
                return !_source.Running;
            },
            "nothing is listened to any more");

        _listener.Take(Settings);
        _listener.Wanted = true;
        await Eventually.TrueAsync(
            () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(10));
                return _source.Running;
            },
            "it listens again");
        await PassAsync(5, 1);
    }

    [Test]
    public async Task Chat_that_comes_too_late_is_told()
    {
        _source.Inbox!.Put(new(ChatEventKind.Said, new(_clock.GetUtcNow().AddMinutes(-5), "u", "late", "late"), _clock.GetUtcNow()));
        _said++;
        await PassAsync(2, 1);
        Assert.That(_report.Events, Has.One.EqualTo("chat.late"));
    }

    /// <summary>Lets time pass with so many messages a second; each second is taken in before the next.</summary>
    private async Task PassAsync(int seconds, int messagesASecond)
    {
        for (var second = 0; second < seconds; second++)
        {
            if (!_source.Running) await Eventually.TrueAsync(() => _source.Running, "it listens");
            for (var i = 0; i < messagesASecond; i++)
                _source.Inbox!.Put(new(ChatEventKind.Said, new(_clock.GetUtcNow(), $"u{_said % 50}", $"words {_said}", $"{_said++}"), _clock.GetUtcNow()));
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Eventually.TrueAsync(() => _listener.Level.Messages == _said, "all was taken in");
        }
    }

    private sealed class Source : IChatSource
    {
        private volatile bool _running;

        public bool Running => _running;

        public ChatInbox? Inbox { get; private set; }

        public async Task RunAsync(ChatInbox inbox, IChatEvents events, CancellationToken ct)
        {
            (Inbox, inbox.Listening) = (inbox, true);
            _running = true;
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
            }
            finally
            {
                _running = false;
            }
        }
    }

    private sealed class Report : IWorkerReport
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Events { get; } = [];

        public void Append(JournalEntry entry)
        {
            if (entry is LogEntry log) Events.Enqueue(log.Event);
        }
    }
}
