using StreamClips.ClipWorker.Reporting;
using StreamClips.Shared.Journal;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Reporting;

/// <summary>What somebody sees who watches a stream in the foreground.</summary>
[TestFixture]
internal sealed class WatchDisplayTests
{
    private readonly ManualClock _clock = new();
    private StringWriter _output = null!;

    [SetUp]
    public void MakeTheOutput() => _output = new();

    [TearDown]
    public void RemoveTheOutput() => _output.Dispose();

    [Test]
    public void A_status_tells_phase_rate_against_the_baseline_and_clips()
    {
        Assert.That(WatchDisplay.Line(Status(6.6, 2)), Is.EqualTo("watching · chat 6.6/s, 3.3× the usual 2.0/s · video 2.3 s behind · 2 clips"));
        Assert.That(WatchDisplay.Line(Status(6.6, 0) with { Clips = 1 }), Is.EqualTo("watching · chat 6.6/s, learning what is usual · video 2.3 s behind · 1 clip"));
        Assert.That(
            WatchDisplay.Line(Status(0, 0) with { Phase = "waiting", Reason = "the channel 'x' is offline", Clips = 0 }), Is.EqualTo("waiting: the channel 'x' is offline · 0 clips"));
    }

    [TestCase(ChatCondition.Silent, "watching · chat 0.0/s, learning what is usual (chat silent) · video 2.3 s behind · 2 clips")]
    [TestCase(ChatCondition.Reconnecting, "watching · chat 0.0/s, learning what is usual (chat reconnecting) · video 2.3 s behind · 2 clips")]
    [TestCase(ChatCondition.Connected, "watching · chat 0.0/s, learning what is usual · video 2.3 s behind · 2 clips")]
    public void A_chat_that_says_nothing_is_told_from_one_that_is_lost(string chat, string line) =>
        Assert.That(WatchDisplay.Line(Status(0, 0) with { Chat = chat }), Is.EqualTo(line));

    [Test]
    public void Where_no_terminal_is_a_line_comes_at_each_change_and_every_ten_seconds()
    {
        var display = new WatchDisplay(_output, "/clips", inPlace: false, _clock);
        for (var second = 0; second < 25; second++)
        {
            display.Append(Status(second, 2) with { Phase = second < 12 ? "watching" : "clipping" });
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.That(Lines().Select(l => l.Split("chat ")[1].Split(".0/s")[0]), Is.EqualTo(new[] { "0", "10", "12", "22" }));
    }

    [Test]
    public void On_a_terminal_the_status_is_renewed_in_place_and_events_push_it_on()
    {
        var display = new WatchDisplay(_output, "/clips", inPlace: true, _clock);
        display.Append(Status(1, 2));
        display.Append(Status(2, 2));
        Assert.That(_output.ToString(), Does.Not.Contain('\n'));
        display.Append(new ClipEntry { At = _clock.GetUtcNow(), ClipId = Guid.NewGuid(), Name = "a_clip", DurationS = 60.04, Score = 3 });
        Assert.That(_output.ToString(), Does.EndWith(" clip /clips/a_clip.mp4 (60.0 s)\n"));
    }

    [TestCase(20, "watching · chat 1.…")]
    [TestCase(500, "watching · chat 1.0/s, 0.5× the usual 2.0/s · video 2.3 s behind · 2 clips")]
    public void On_a_terminal_the_status_is_shorter_than_a_line(int columns, string shown)
    {
        var display = new WatchDisplay(_output, "/clips", inPlace: true, _clock, () => columns);
        display.Append(Status(1, 2));
        Assert.That(_output.ToString(), Is.EqualTo($"\r\e[K{shown}"));
        Assert.That(shown, Has.Length.LessThan(columns));
    }

    [Test]
    public void Status_is_reported_at_each_change_once()
    {
        var entries = new List<JournalEntry>();
        var board = new StatusBoard(new ListReport(entries), () => Status(1, 1), _clock);
        board.Show("watching");
        board.Show("watching");
        board.ShowCutting(true);
        board.Show("waiting", "offline");
        board.ShowCutting(false);
        Assert.That(entries.Cast<StatusEntry>().Select(s => $"{s.Phase} {s.Reason}"), Is.EqualTo(new[] { "watching ", "clipping ", "waiting offline" }));
    }

    private StatusEntry Status(double rate, double baseline) => new()
    {
        At = _clock.GetUtcNow(), Phase = "watching", ChatRate = rate, BaselineRate = baseline, LagS = 2.3, Clips = 2,
    };

    private string[] Lines() => _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private sealed class ListReport(List<JournalEntry> entries) : IWorkerReport
    {
        public void Append(JournalEntry entry) => entries.Add(entry);
    }
}
