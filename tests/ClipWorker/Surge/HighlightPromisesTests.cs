using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Surge;
using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker.Tests.Surge;

/// <summary>What the detector promises whatever is said: causal, the same each time, bounded, about the rate that was asked for.</summary>
[TestFixture]
internal sealed class HighlightPromisesTests
{
    private static readonly ClipSettings Many = ClipSettings.Default with { ClipsPerHour = 30 };

    [Test]
    public void What_comes_later_changes_no_decision([Values(1, 2, 3)] int seed)
    {
        var messages = Stream(seed, 3600).Messages;
        var whole = Run(Many, messages);
        Assert.That(whole, Has.Count.GreaterThan(10));
        for (var cut = 400; cut < 3600; cut += 397)
        {
            var part = Run(Many, messages.Where(m => m.At < MadeChat.At(cut)));
            Assert.That(part, Is.EqualTo(whole.Where(c => c.TriggeredAt < part.End(cut))), $"cut at {cut} s");
        }
    }

    [Test]
    public void Advancing_in_steps_decides_as_the_messages_alone_do()
    {
        var messages = Stream(4, 3600).Messages;
        var live = new HighlightDetector(Many);
        var clips = new List<DetectedSurge>();
        foreach (var message in messages)
        {
            clips.AddRange(live.Advance(message.At - TimeSpan.FromMilliseconds(1)));
            clips.AddRange(live.Observe(message));
        }

        Assert.That(clips, Is.EqualTo(Run(Many, messages)).And.Not.Empty);
    }

    [Test]
    public void Clips_never_overlap_and_come_in_the_order_of_their_decisions()
    {
        foreach (var length in new[] { 20, 60, 90 })
        {
            var clips = Run(Many with { ClipDuration = length, ClipsPerHour = 60 }, Stream(5, 7200).Messages);
            Assert.That(clips, Has.Count.GreaterThan(10));
            Assert.That(clips, Is.Ordered.By(nameof(DetectedSurge.TriggeredAt)));
            foreach (var (a, b) in clips.Zip(clips.Skip(1))) Assert.That(b.Start, Is.GreaterThanOrEqualTo(a.End));
            foreach (var clip in clips)
            {
                Assert.That(clip.End - clip.Start, Is.LessThanOrEqualTo(TimeSpan.FromSeconds(length)).And.GreaterThan(TimeSpan.Zero));
                Assert.That(clip.Moment, Is.InRange(clip.Start, clip.End));
                Assert.That(clip.Peak, Is.InRange(clip.Start, clip.End));
            }
        }
    }

    [TestCase(4)]
    [TestCase(10)]
    [TestCase(25)]
    public void It_makes_about_as_many_clips_as_were_asked_for(double perHour)
    {
        var clips = Run(ClipSettings.Default with { ClipsPerHour = perHour }, Stream(6, 6 * 3600).Messages);
        Assert.That(clips.Count / 6.0, Is.EqualTo(perHour).Within(perHour / 2));
    }

    [Test]
    public void The_fewest_clips_an_hour_still_let_a_real_burst_through()
    {
        // Highlights every ten minutes, which drive the threshold up; then the greatest of all.
        var chat = Stream(7, 7200).Highlight(7300, 300).Talks(7200, 7500, 2);
        Assert.That(Run(ClipSettings.Default with { ClipsPerHour = 0.5 }, chat.Messages).Select(c => c.Moment), Has.Some.EqualTo(MadeChat.At(7300)).Within(TimeSpan.FromSeconds(12)));
    }

    [Test]
    public void In_the_steady_state_a_message_costs_no_memory()
    {
        var detector = new HighlightDetector(ClipSettings.Default);
        var messages = new MadeChat(8).Talks(0, 900, 100).Messages;
        foreach (var message in messages.Take(45_000)) detector.Observe(message);
        var rest = messages.Skip(45_000).ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var clips = 0;
        foreach (var message in rest) clips += detector.Observe(message).Count;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(clips, Is.Zero, "a clip's reason may cost something");
        Assert.That(allocated, Is.LessThan(1000), $"for {rest.Length} messages");
    }

    [Test]
    public void A_long_stream_of_ever_new_chatters_stays_the_same_size()
    {
        var detector = new HighlightDetector(ClipSettings.Default);
        long? early = null;
        for (var i = 0; i < 400_000; i++)
        {
            foreach (var _ in detector.Observe(new(MadeChat.At(i * 0.05), $"u{i}", $"text {i}"))) { }
            if (i == 100_000) early = GC.GetTotalMemory(forceFullCollection: true);
        }

        var late = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(detector);
        Assert.That(late - early!.Value, Is.LessThan(2_000_000));
    }

    private static MadeChat Stream(int seed, int seconds)
    {
        var random = new Random(seed);
        var chat = new MadeChat(seed).Talks(0, seconds, 2);
        for (var at = 150 + random.Next(60); at < seconds - 60; at += 60 + random.Next(200)) chat.Highlight(at, 5 + random.Next(60));
        return chat;
    }

    private static List<DetectedSurge> Run(ClipSettings settings, IEnumerable<ChatMessage> messages)
    {
        var detector = new HighlightDetector(settings);
        return messages.SelectMany(detector.Observe).ToList();
    }
}

file static class Cut
{
    /// <summary>Up to where a run over messages before a cut has decided: the second of its newest message.</summary>
    public static DateTimeOffset End(this List<DetectedSurge> part, double cut) =>
        part.Count > 0 && part[^1].TriggeredAt > MadeChat.At(cut - 5) ? part[^1].TriggeredAt + TimeSpan.FromTicks(1) : MadeChat.At(cut - 5);
}
