using StreamClips.ClipWorker.Surge;

namespace StreamClips.ClipWorker.Tests.Surge;

[TestFixture]
internal sealed class HighlightModelTests
{
    private const int Begins = 1200;

    [Test]
    public void Three_times_the_usual_rate_tells_less_in_a_slow_chat_where_it_may_be_chance() =>
        Assert.That(Score(everySeconds: 5, perTime: 1), Is.LessThan(Score(everySeconds: 1, perTime: 2) - 0.3));

    [Test]
    public void A_fast_chat_is_no_louder_for_being_fast() =>
        Assert.That(Score(everySeconds: 1, perTime: 1000), Is.EqualTo(Score(everySeconds: 1, perTime: 50)).Within(0.1));

    [Test]
    public void More_messages_never_score_less([Values(2, 50)] int usual)
    {
        var scores = Enumerable.Range(0, 40).Select(times => Score(everySeconds: 1, perTime: usual, times)).ToList();
        Assert.That(scores, Is.Ordered);
        Assert.That(scores[^1] - scores[8], Is.LessThan(1.5), "a rate beyond all bounds is not an argument beyond all bounds");
    }

    // So many messages every so many seconds, and three times (or so many) as many from 12 s after the moment.
    private static double Score(int everySeconds, int perTime, int times = 3)
    {
        var history = new HighlightHistory(0);
        while (history.Now < Begins + HighlightModel.Look)
        {
            var count = history.Now % everySeconds != 0 ? 0 : history.Now >= Begins + 12 ? times * perTime : perTime;
            for (var i = 0; i < count; i++) history.Add(0);
            history.Tick();
        }

        return HighlightModel.Score(history, Begins);
    }
}
