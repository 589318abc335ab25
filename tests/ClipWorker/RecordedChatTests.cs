using System.Text.Json;
using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Commands;
using StreamClips.ClipWorker.Tests.Surge;
using StreamClips.Shared.Settings;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests;

/// <summary>What was decided live is decided again when the recorded chat is replayed.</summary>
[TestFixture]
internal sealed class RecordedChatTests
{
    [TestCase(ClipSettings.HighlightDetector, 0)]
    [TestCase(ClipSettings.HighlightDetector, 2.9)]
    [TestCase(ClipSettings.SurgeDetector, 0)]
    [TestCase(ClipSettings.SurgeDetector, 2.9)]
    public void A_replay_decides_as_was_decided_live_also_where_messages_came_late(string detector, double mostLate)
    {
        using var directory = new TemporaryDirectory();
        var settings = ClipSettings.Default with { Detector = detector };
        var chat = new MadeChat(7).Talks(0, 1500, 1.5).Highlight(400, 100).Highlight(640, 120).Highlight(1100, 100);
        List<ClipRequest> live;
        using (var recorder = ChatRecorder.Open(directory["chat.ndjson"])) live = Live(settings, chat.Messages, mostLate, recorder);

        using StringWriter output = new(), errors = new();
        var code = ReplayCommand.Run(directory["chat.ndjson"], [$"detector={detector}"], "ndjson", output, errors);
        Assert.That((code, errors.ToString()), Is.EqualTo((0, "")));
        var replayed = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement);
        Assert.That(live, Has.Count.GreaterThanOrEqualTo(2));
        Assert.That(
            replayed.Select(r => (r.GetProperty("start").GetDouble(), r.GetProperty("end").GetDouble(), r.GetProperty("triggered_at").GetDouble(), r.GetProperty("score").GetDouble())),
            Is.EqualTo(live.Select(l => (Unix(l.Surge.Start), Unix(l.Surge.End), Unix(l.Surge.TriggeredAt), l.Surge.Score))));
    }

    [Test]
    public void A_replay_forgets_what_was_taken_back_when_it_was()
    {
        using var directory = new TemporaryDirectory();
        var chat = new MadeChat(7).Talks(0, 1500, 1.5).Highlight(400, 100).Highlight(640, 60).Highlight(1100, 100);
        // The second burst's chatters are banned one by one, some of them by message; the decisions of the others stand.
        List<ClipRequest> live;
        using (var recorder = ChatRecorder.Open(directory["chat.ndjson"])) live = Live(ClipSettings.Default, chat.Messages, 0, recorder, (645, 672));

        using StringWriter output = new(), errors = new();
        Assert.That(ReplayCommand.Run(directory["chat.ndjson"], [], "ndjson", output, errors), Is.Zero, errors.ToString());
        var replayed = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement);
        Assert.That(live, Has.Count.EqualTo(2), "the burst of the banned is none");
        Assert.That(
            replayed.Select(r => (r.GetProperty("start").GetDouble(), r.GetProperty("triggered_at").GetDouble(), r.GetProperty("score").GetDouble())),
            Is.EqualTo(live.Select(l => (Unix(l.Surge.Start), Unix(l.Surge.TriggeredAt), l.Surge.Score))));
        Assert.That(File.ReadAllText(directory["chat.ndjson"]), Does.Contain("\"removed\":\"u").And.Contain("\"said_at\":"));
    }

    private static double Unix(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).TotalSeconds;

    private static List<ClipRequest> Live(ClipSettings settings, IReadOnlyList<ChatMessage> messages, double mostLate, ChatRecorder recorder, (double From, double Until)? banned = null)
    {
        var (clock, inbox, random) = (new ManualClock(), new ChatInbox { Listening = true }, new Random(4));
        var watch = new SurgeWatch(settings, inbox, clock, recorder);
        var begin = clock.GetUtcNow() - DateTimeOffset.UnixEpoch;
        var coming = messages.Select((m, i) => m with { At = m.At + begin, Id = (ulong)i + 1 }).Select(m => (Message: m, Arrives: m.At.AddSeconds(random.NextDouble() * mostLate))).OrderBy(m => m.Arrives).ToList();
        var surges = new List<ClipRequest>();
        var next = 0;
        for (var second = 0; second < 1600; second++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            for (; next < coming.Count && coming[next].Arrives <= clock.GetUtcNow(); next++)
            {
                var message = coming[next].Message;
                inbox.Put(new(ChatEventKind.Said, message, coming[next].Arrives));
                if (banned is { } time && second >= time.From && second < time.Until)
                    inbox.Put(message.Id % 2 == 0
                        ? new(ChatEventKind.UserRemoved, message with { Id = ChatHash.Nobody }, coming[next].Arrives)
                        : new(ChatEventKind.MessageRemoved, message with { User = ChatHash.Nobody }, coming[next].Arrives));
            }

            surges.AddRange(watch.Tick());
        }

        return surges;
    }
}
