using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Tests.Surge;
using StreamClips.Shared.Settings;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests;

/// <summary>A chat that is asked every 8 s brings its messages in bursts, and must give the decisions of one that speaks by itself.</summary>
[TestFixture]
internal sealed class PolledSurgeTests
{
    private const int Seconds = 1500;
    private static readonly DateTimeOffset Begin = MadeChat.At(0);

    private static IReadOnlyList<ChatMessage> Chat { get; } =
        new MadeChat(5).Talks(0, Seconds, 2).Emotes(400, 425, 14).Emotes(800, 830, 22).Highlight(1150, 70).Emotes(1160, 1180, 9).Messages;

    [TestCase("surge")]
    [TestCase("highlight")]
    public void A_chat_that_is_asked_every_8_seconds_surges_as_one_that_speaks_by_itself(string detector)
    {
        var settings = new ClipSettings { Detector = detector };
        var pushed = Run(settings, pollEvery: 0);
        var polled = Run(settings, pollEvery: 8);
        Assert.That(pushed, Has.Count.GreaterThanOrEqualTo(2), "there is something to find");
        Assert.That(polled.Select(Told), Is.EqualTo(pushed.Select(Told)));
        // The one that is asked begins at the question, the other at the first message: what is usual differs by a hair.
        Assert.That(polled.Select(r => r.Surge.Score), Is.EqualTo(pushed.Select(r => r.Surge.Score)).Within(0.01));
    }

    [Test]
    public void An_even_chat_that_comes_in_bursts_of_20_seconds_does_not_surge()
    {
        // A window shorter than the time between two questions: each burst would be one, were silence counted in between.
        var settings = new ClipSettings { Detector = "surge", WindowTimespan = 5, BaselineDuration = 120 };
        Assert.That(Run(settings, pollEvery: 20, [.. Even()]), Is.Empty);
    }

    [Test]
    public void What_was_not_heard_is_no_silence_and_what_comes_after_it_no_surge()
    {
        var settings = new ClipSettings { Detector = "surge", BaselineDuration = 60, WindowTimespan = 10 };
        Assert.That(Run(settings, pollEvery: 8, [.. Even()], lostFrom: 500, lostUntil: 900), Is.Empty);
    }

    [TestCase(0)]
    [TestCase(8)]
    public void A_moment_that_was_not_decided_when_the_broadcast_ended_and_its_chat_with_it_is_decided_afterwards(int pollEvery)
    {
        var settings = new ClipSettings { Detector = "highlight" };
        var whole = Run(settings, pollEvery);
        var ends = (int)(whole[^1].Surge.TriggeredAt - Begin).TotalSeconds - 4;
        // Without the last four seconds the moment may seem to have been a little sooner.
        Assert.That(Run(settings, pollEvery, endsAt: ends).Select(r => r.Surge.Moment), Is.EqualTo(whole.Select(r => r.Surge.Moment)).Within(TimeSpan.FromSeconds(5)));
    }

    private static IEnumerable<ChatMessage> Even() =>
        Enumerable.Range(0, Seconds * 3).Select(i => new ChatMessage(MadeChat.At(i / 3.0), $"u{i % 70}", $"words {i}", $"{i}"));

    private static object Told(ClipRequest request) => (request.Surge.Start, request.Surge.End, request.Surge.Moment, request.Surge.TriggeredAt);

    /// <summary>Lets the chat pass second by second; <paramref name="pollEvery"/> 0: each message comes when it is said.</summary>
    private static List<ClipRequest> Run(ClipSettings settings, int pollEvery, IReadOnlyList<ChatMessage>? chat = null, int lostFrom = -1, int lostUntil = -1, int endsAt = int.MaxValue)
    {
        var clock = new ManualClock(Begin);
        var inbox = new ChatInbox { Listening = true };
        var watch = new SurgeWatch(settings, inbox, clock);
        var surges = new List<ClipRequest>();
        var next = 0;
        chat ??= Chat;
        if (pollEvery > 0) inbox.Put(new(ChatEventKind.Heard, new(Begin, "", ""), Begin));
        for (var second = 0; second < Seconds; second++)
        {
            var now = clock.GetUtcNow();
            watch.Over = second >= endsAt;
            if (second == endsAt && pollEvery > 0) inbox.Put(new(ChatEventKind.Heard, new(now, "", ""), now));
            var lost = (second >= lostFrom && second < lostUntil) || watch.Over;
            inbox.Listening = !lost;
            if (second == lostUntil && pollEvery > 0) inbox.Put(new(ChatEventKind.Heard, new(now, "", ""), now));
            if (lost || pollEvery == 0 || second % pollEvery == 0)
            {
                for (; next < chat.Count && chat[next].At <= now; next++)
                    if (!lost) inbox.Put(new(ChatEventKind.Said, chat[next], pollEvery == 0 ? chat[next].At : now));
                if (pollEvery > 0 && !lost) inbox.Put(new(ChatEventKind.Heard, new(now, "", ""), now));
            }

            surges.AddRange(watch.Tick());
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        return surges;
    }
}
