using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Surge;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker.Tests.Clips;

/// <summary>What a sidecar tells of the chat.</summary>
[TestFixture]
internal sealed class ChatHistoryTests
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 2, 3, 4, 0, TimeSpan.Zero);
    private readonly ClipSettings _settings = new() { Detector = ClipSettings.SurgeDetector, ClipDuration = 10 };

    [Test]
    public void A_word_counts_once_a_message_and_case_matters()
    {
        var words = new TopWords();
        foreach (var text in new[] { "LUL LUL LUL", "LUL so good", "lul", "so x https://example.org/a", "  " }) words.Add(text);
        Assert.That(words.Most(), Is.EqualTo(new WordCount[] { new("LUL", 2), new("so", 2), new("good", 1), new("lul", 1) }));
    }

    [Test]
    public void What_was_taken_back_is_not_told()
    {
        var history = new ChatHistory(_settings);
        Say(history, 1, "good", "fine", "1");
        Say(history, 2, "bad", "insult", "2");
        Say(history, 3, "good", "spam", "3");
        history.Add(new ChatEvent(ChatEventKind.UserRemoved, new(Epoch, "bad", ""), Epoch));
        history.Add(new ChatEvent(ChatEventKind.MessageRemoved, new(Epoch, "", "", "3"), Epoch));
        Assert.That(history.WordsSince(Epoch).Select(w => w.Word), Is.EqualTo(new[] { "fine" }));
        Say(history, 4, "bad", "sorry", "4");
        Assert.That(history.WordsSince(Epoch).Select(w => w.Word), Is.EqualTo(new[] { "fine", "sorry" }), "who was timed out may speak again, and what he said before stays out");
        history.Add(new ChatEvent(ChatEventKind.UserRemoved, new(Epoch, "", ""), Epoch));
        Assert.That(history.WordsSince(Epoch), Is.Empty, "the whole chat was cleared");
    }

    [Test]
    public void It_remembers_a_clip_s_length_with_a_rate_a_second()
    {
        var history = new ChatHistory(_settings);
        for (var tick = 0; tick < 1000; tick++)
        {
            Say(history, tick / 10.0, "u", $"word{tick / 10}", $"{tick}");
            history.Add(new RateSample(Epoch.AddSeconds(tick / 10.0), 60, 30, true));
        }

        Assert.That(history.Rates, Has.Count.InRange(10, 11));
        Assert.That(history.Rates[^1], Is.EqualTo(new RatePoint(Epoch.AddSeconds(99), 2, 1)));
        Assert.That(history.WordsSince(Epoch).Count, Is.InRange(10, 11));
    }

    private static void Say(ChatHistory history, double at, string user, string text, string id) =>
        history.Add(new ChatEvent(ChatEventKind.Said, new(Epoch.AddSeconds(at), user, text, id), Epoch));
}
