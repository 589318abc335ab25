using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Chat;

namespace StreamClips.LiveSite.Tests.Chat;

[TestFixture]
internal sealed class ChatGeneratorTests
{
    private const long Start = 1_795_363_200_000;
    private const long Moment = Start + 60_000;

    [Test]
    public void The_same_seed_and_time_say_the_same_however_time_is_cut()
    {
        var whole = Make(1).Between(Start, Start + 60_000);
        var cut = Enumerable.Range(0, 60).SelectMany(i => Make(1).Between(Start + i * 1000, Start + (i + 1) * 1000)).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(whole, Has.Count.GreaterThan(100));
            Assert.That(cut.Select(l => l.Id), Is.EqualTo(whole.Select(l => l.Id)));
            Assert.That(Make(1).Between(Start, Start + 60_000), Is.EqualTo(whole));
        });
    }

    [Test]
    public void Another_seed_or_channel_says_something_else()
    {
        var one = Make(1).Between(Start, Start + 10_000).Select(l => l.Id).ToHashSet();
        Assert.Multiple(() =>
        {
            Assert.That(Make(2).Between(Start, Start + 10_000).Select(l => l.Id), Has.None.Matches<string>(one.Contains));
            Assert.That(Make(1, "bravo").Between(Start, Start + 10_000).Select(l => l.Id), Has.None.Matches<string>(one.Contains));
        });
    }

    [Test]
    public void The_usual_rate_is_kept_on_average()
    {
        var count = Make(1, rate: 4).Between(Start, Start + 600_000).Count;
        Assert.That(count / 600.0, Is.EqualTo(4).Within(0.4));
    }

    [Test]
    public void A_surge_lags_the_moment_rises_within_seconds_and_decays_within_half_a_minute()
    {
        var surges = new SurgeLog();
        surges.Add(new Surge(Moment, 10, 25));
        var lines = new ChatGenerator("alpha", 1, 5, surges).Between(Start, Start + 180_000);
        double Rate(int from, int to) => lines.Count(l => l.SentAtMs >= Moment + from * 1000 && l.SentAtMs < Moment + to * 1000) / (double)(to - from);
        Assert.Multiple(() =>
        {
            Assert.That(Rate(-60, 0), Is.EqualTo(5).Within(1.5), "before");
            Assert.That(Rate(0, 2), Is.LessThan(12), "nobody has typed yet");
            Assert.That(Rate(5, 8), Is.GreaterThan(32), "the peak");
            Assert.That(Rate(15, 18), Is.InRange(10, 32), "calming down");
            Assert.That(Rate(40, 100), Is.EqualTo(5).Within(1.5), "over");
        });
    }

    [Test]
    public void There_are_emotes_replies_badges_and_a_bot_and_every_id_is_new()
    {
        var lines = Make(1, rate: 10).Between(Start, Start + 200_000);
        Assert.Multiple(() =>
        {
            Assert.That(lines.Select(l => l.Id), Is.Unique);
            Assert.That(lines.Select(l => l.SentAtMs), Is.Ordered);
            Assert.That(lines, Has.Some.Matches<ChatLine>(l => l.Emotes.Length > 0));
            Assert.That(lines, Has.Some.Matches<ChatLine>(l => l.Badges.Contains("subscriber", StringComparison.Ordinal)));
            Assert.That(lines, Has.Some.Matches<ChatLine>(l => l.User == "nightbot"));
            var reply = lines.First(l => l.Parent is not null);
            Assert.That(reply.Text, Does.StartWith($"@{reply.Parent!.User} "));
        });
    }

    [TestCase("Kappa", "25:0-4")]
    [TestCase("LUL LUL Kappa", "425618:0-2,4-6/25:8-12")]
    [TestCase("🙂 Kappa", "25:2-6")]
    [TestCase("Kappas", "")]
    public void Emotes_are_placed_by_code_points(string text, string emotes) => Assert.That(Vocabulary.WithEmotes(text).Emotes, Is.EqualTo(emotes));

    [Test]
    public void In_a_reply_emotes_move_behind_the_name() => Assert.That(Vocabulary.Shift("425618:0-2,4-6/25:8-12", 10), Is.EqualTo("425618:10-12,14-16/25:18-22"));

    private static ChatGenerator Make(int seed, string channel = "alpha", double rate = 5) => new(channel, seed, rate, new SurgeLog());
}
