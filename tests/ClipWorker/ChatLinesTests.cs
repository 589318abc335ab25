using System.Text;
using System.Text.Json;
using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Commands;
using StreamClips.ClipWorker.Surge;
using StreamClips.ClipWorker.Tests.Surge;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests;

/// <summary>What the chat's history holds is enough to decide as was decided live, with either detector.</summary>
[TestFixture]
internal sealed class ChatLinesTests
{
    private static readonly string[] Detectors = [ClipSettings.HighlightDetector, ClipSettings.SurgeDetector];
    private readonly List<ChatEntry> _lines = [];
    private ManualClock _clock = null!;

    [SetUp]
    public void Begin()
    {
        _lines.Clear();
        _clock = new();
    }

    [Test]
    public void A_replay_of_the_history_decides_as_was_decided_live([ValueSource(nameof(Detectors))] string detector, [Values(0, 2.9, 33)] double mostLate, [Values] bool wholeSeconds)
    {
        var settings = ClipSettings.Default with { Detector = detector };
        var live = Live(settings, Chat(), mostLate, wholeSeconds, pauses: true);
        Assert.That(live, Has.Count.GreaterThanOrEqualTo(2));
        Assert.That(Replay(detector), Is.EqualTo(live));
        Assert.That(_lines, Has.Count.InRange(20, 40), "about one a minute");
        Assert.That(_lines.Sum(l => l.Seconds.Length), Is.LessThan(1600 * (wholeSeconds ? 6 : 4)), "bytes for 1600 s");
    }

    [Test]
    public void Who_was_decided_for_by_one_detector_is_replayed_by_the_other([ValueSource(nameof(Detectors))] string noted, [Values(0, 2.9)] double mostLate)
    {
        var other = Detectors.Single(d => d != noted);
        var live = Live(ClipSettings.Default with { Detector = other }, Chat(), mostLate, wholeSeconds: false, pauses: true);
        Assert.That(live, Has.Count.GreaterThanOrEqualTo(2));
        Begin();
        Live(ClipSettings.Default with { Detector = noted }, Chat(), mostLate, wholeSeconds: false, pauses: true);
        Assert.That(Replay(other), Is.EqualTo(live));
    }

    [Test]
    public void What_was_taken_back_is_taken_back_in_the_history()
    {
        var chat = new MadeChat(7).Talks(0, 1500, 1.5).Highlight(400, 100).Highlight(640, 60).Highlight(1100, 100).Messages;
        var live = Live(ClipSettings.Default, chat, 0, wholeSeconds: false, pauses: false, banned: (645, 672));
        Assert.That(live, Has.Count.EqualTo(2), "the burst of the banned is none");
        Assert.That(Replay(ClipSettings.HighlightDetector), Is.EqualTo(live));
        Assert.That(_lines.SelectMany(l => l.Read()!).Sum(s => s.TakenBack.Count), Is.GreaterThan(10));
    }

    [Test]
    public void A_clock_that_is_set_begins_another_stretch_and_the_history_tells_it()
    {
        var live = Live(ClipSettings.Default, Chat(), 0, wholeSeconds: false, pauses: false, leap: 700);
        Assert.That(_lines.Select(l => l.Began).Distinct().Count(), Is.EqualTo(2));
        Assert.That(_lines.Count(l => l.Ended), Is.EqualTo(2));
        Assert.That(Replay(ClipSettings.HighlightDetector), Is.EqualTo(live));
    }

    [Test]
    public void Of_a_killed_worker_only_the_last_minute_is_missing()
    {
        var live = Live(ClipSettings.Default, Chat(), 0, wholeSeconds: false, pauses: false, killed: true);
        Assert.That(_lines.Any(l => l.Ended), Is.False);
        Assert.That(_lines[^1].Until, Is.GreaterThan(_clock.GetUtcNow() - TimeSpan.FromSeconds(62)));
        Assert.That(Replay(ClipSettings.HighlightDetector), Is.EqualTo(live));
    }

    [Test]
    public void A_lost_line_is_a_time_that_was_not_heard()
    {
        var live = Live(ClipSettings.Default, Chat(), 0, wholeSeconds: false, pauses: false);
        _lines.RemoveAt(_lines.FindLastIndex(l => l.From <= Time(660)));
        var replayed = Replay(ClipSettings.HighlightDetector, "note: 1 times");
        Assert.That(live, Has.Count.EqualTo(3));
        Assert.That(replayed.Select(r => r.Start), Is.EqualTo([live[0].Start, live[2].Start]), "of the second burst not all was heard");
    }

    [Test]
    public void Lines_that_come_too_fast_are_left_out()
    {
        var lines = new ChatLines(_lines.Add, _clock);
        for (var i = 0; i < 100; i++)
        {
            var detector = new NotedDetector(ChatDetector.For(ClipSettings.Default), lines);
            detector.Observe(new(Time(i * 100), "a", "hello"));
            detector.End();
        }

        Assert.That((_lines.Count, lines.Dropped), Is.EqualTo((12, 88L)));
    }

    [Test]
    public void A_history_holds_no_text_and_no_name()
    {
        Live(ClipSettings.Default, Chat(), 0, wholeSeconds: false, pauses: false);
        Assert.That(_lines.Select(l => l.ToUtf8().Length).Max(), Is.LessThan(700));
        using var json = JsonDocument.Parse(_lines[3].ToUtf8());
        Assert.That(json.RootElement.EnumerateObject().Select(p => p.Name), Is.EqualTo(["kind", "at", "version", "began", "number", "from", "until", "seconds"]));
    }

    [Test]
    public void A_message_costs_no_allocation()
    {
        var detector = new NotedDetector(ChatDetector.For(ClipSettings.Default), new ChatLines(_ => { }, _clock));
        var messages = new MadeChat(7).Talks(0, 1500, 3).Messages.ToArray();
        foreach (var message in messages.Take(3000)) detector.Observe(message);
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var message in messages.Skip(3000)) detector.Observe(message);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(5000), "of about 1,500 messages");
    }

    [Test]
    public void What_is_no_history_is_refused_with_its_line()
    {
        Live(ClipSettings.Default, Chat(), 0, wholeSeconds: false, pauses: false);
        Assert.That(Errors([_lines[0], _lines[0] with { Version = 9, Number = 1 }]), Does.Contain("line 2 is of version 9 of chat histories"));
        Assert.That(Errors([_lines[0], _lines[1] with { Seconds = [0xff] }]), Does.Contain("line 2 holds seconds that cannot be unpacked"));
        Assert.That(Errors([_lines[0], _lines[1], _lines[1]]), Does.Contain("line 3 has number 1 behind number 1"));

        string Errors(IEnumerable<ChatEntry> lines)
        {
            using StringWriter errors = new();
            Assert.That(Run(lines, [], errors, out _), Is.EqualTo(ExitCode.Failed));
            return errors.ToString();
        }
    }

    [Test]
    public void Only_clips_since_a_time_are_printed_and_the_time_before_is_learned_from()
    {
        var live = Live(ClipSettings.Default, Chat(), 0, wholeSeconds: false, pauses: false);
        using StringWriter errors = new();
        Run(_lines, [], errors, out var output, since: Time(900));
        Assert.That(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(1).And.Length.LessThan(live.Count));
    }

    private static IReadOnlyList<ChatMessage> Chat() => new MadeChat(7).Talks(0, 1500, 1.5).Highlight(400, 100).Highlight(640, 120).Highlight(1100, 100).Messages;

    private DateTimeOffset Time(double second) => new ManualClock().GetUtcNow() + TimeSpan.FromSeconds(second);

    private List<(double Start, double Triggered, double Score)> Live(
        ClipSettings settings, IReadOnlyList<ChatMessage> messages, double mostLate, bool wholeSeconds, bool pauses, (double From, double Until)? banned = null, double leap = 0, bool killed = false)
    {
        var (inbox, random) = (new ChatInbox { Listening = true }, new Random(4));
        var watch = new SurgeWatch(settings, inbox, _clock, lines: new ChatLines(_lines.Add, _clock));
        var begin = _clock.GetUtcNow();
        var coming = messages
            .Select((m, i) => m with { At = begin + TimeSpan.FromSeconds(wholeSeconds ? Math.Floor((m.At - DateTimeOffset.UnixEpoch).TotalSeconds) : (m.At - DateTimeOffset.UnixEpoch).TotalSeconds), Id = (ulong)i + 1 })
            .Select(m => (Message: m, Arrives: m.At.AddSeconds(random.NextDouble() * random.NextDouble() * mostLate))).OrderBy(m => m.Arrives).ToList();
        var surges = new List<(double, double, double)>();
        var next = 0;
        for (var second = 0; second < 1600; second++)
        {
            _clock.Advance(TimeSpan.FromSeconds(0.9 + random.NextDouble() * 0.2));
            if (pauses && second is 300 or 900) inbox.Listening = false;
            if (pauses && second is 330 or 905) inbox.Listening = true;
            for (; next < coming.Count && coming[next].Arrives <= _clock.GetUtcNow(); next++)
            {
                if (!inbox.Listening) continue;
                var (message, arrived) = (coming[next].Message, coming[next].Arrives);
                if (leap > 0 && second >= 800) message = message with { At = message.At.AddSeconds(leap) };
                inbox.Put(new(ChatEventKind.Said, message, arrived));
                if (banned is { } time && second >= time.From && second < time.Until)
                    inbox.Put(message.Id % 2 == 0
                        ? new(ChatEventKind.UserRemoved, message with { Id = ChatHash.Nobody }, arrived)
                        : new(ChatEventKind.MessageRemoved, message with { User = ChatHash.Nobody }, arrived));
            }

            surges.AddRange(watch.Tick().Select(s => (Unix(s.Surge.Start), Unix(s.Surge.TriggeredAt), s.Surge.Score)));
        }

        if (!killed) watch.End();
        return surges;
    }

    private List<(double Start, double Triggered, double Score)> Replay(string detector, string note = "")
    {
        using StringWriter errors = new();
        Assert.That(Run(_lines, [$"detector={detector}"], errors, out var output), Is.Zero, errors.ToString());
        Assert.That(errors.ToString(), note.Length == 0 ? Is.Empty : Does.Contain(note));
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).Select(r => (r.GetProperty("start").GetDouble(), r.GetProperty("triggered_at").GetDouble(), r.GetProperty("score").GetDouble()))];
    }

    private static int Run(IEnumerable<ChatEntry> lines, string[] set, StringWriter errors, out string printed, DateTimeOffset? since = null)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllLines(directory["history.ndjson"], lines.Select(l => Encoding.UTF8.GetString(l.ToUtf8())));
        using StringWriter output = new();
        var code = ReplayCommand.Run(directory["history.ndjson"], set, "ndjson", output, errors, since: since);
        printed = output.ToString();
        return code;
    }

    private static double Unix(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).TotalSeconds;
}
