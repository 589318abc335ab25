using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Surge;

namespace StreamClips.ClipWorker.Tests.Clips;

/// <summary>Overlapping surges are one clip as long as it is not cut and not too long.</summary>
[TestFixture]
internal sealed class ClipQueueTests
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 2, 3, 4, 0, TimeSpan.Zero);

    [Test]
    public async Task An_overlapping_surge_lengthens_the_clip_that_waits_and_the_stronger_one_tells_what_it_is_about()
    {
        using var queue = new ClipQueue(TimeSpan.FromSeconds(180));
        var (first, second) = (Request(0, 60, score: 3), Request(50, 110, score: 5));
        Assert.That(queue.Add(first), Is.EqualTo(first.ClipId));
        Assert.That(queue.Add(second), Is.EqualTo(first.ClipId), "the second surge is told under the clip that will be made");
        var clip = (await queue.FirstAsync(CancellationToken.None))!;
        Assert.That((clip.ClipId, clip.Surge.Start, clip.Surge.End), Is.EqualTo((first.ClipId, Epoch, Epoch.AddSeconds(110))));
        Assert.That((clip.Surge.Score, clip.Surge.Peak, clip.Surge.Reason), Is.EqualTo((5.0, second.Surge.Peak, second.Surge.Reason)));
        Assert.That(clip.Merged.Select(m => m.Score), Is.EqualTo(new[] { 3.0, 5.0 }));
        Assert.That(queue.TryTake(clip), Is.True);
        queue.Complete();
        Assert.That(await queue.FirstAsync(CancellationToken.None), Is.Null);
    }

    [TestCase(61, 121, ExpectedResult = 2, TestName = "Surges_that_do_not_touch_are_two_clips")]
    [TestCase(60, 120, ExpectedResult = 1, TestName = "Surges_that_touch_are_one_clip")]
    [TestCase(20, 181, ExpectedResult = 2, TestName = "Surges_that_are_too_long_together_are_two_whole_clips")]
    [TestCase(-30, 20, ExpectedResult = 1, TestName = "A_surge_that_begins_earlier_lengthens_the_clip_at_its_beginning")]
    public async Task<int> Clips_of(double start, double end)
    {
        using var queue = new ClipQueue(TimeSpan.FromSeconds(180));
        queue.Add(Request(0, 60));
        queue.Add(Request(start, end));
        queue.Complete();
        var clips = 0;
        while (await queue.FirstAsync(CancellationToken.None) is { } clip && queue.TryTake(clip)) clips++;
        return clips;
    }

    [Test]
    public async Task A_clip_that_grew_is_not_cut_in_its_old_length_and_one_that_is_cut_grows_no_more()
    {
        using var queue = new ClipQueue(TimeSpan.FromSeconds(180));
        queue.Add(Request(0, 60));
        var old = (await queue.FirstAsync(CancellationToken.None))!;
        queue.Add(Request(30, 90));
        Assert.That(queue.TryTake(old), Is.False);
        var grown = (await queue.FirstAsync(CancellationToken.None))!;
        Assert.That(queue.TryTake(grown), Is.True);
        var late = Request(80, 140);
        Assert.That(queue.Add(late), Is.EqualTo(late.ClipId));
    }

    [Test]
    public void More_than_the_bound_are_refused()
    {
        using var queue = new ClipQueue(TimeSpan.FromSeconds(60));
        for (var i = 0; i < ClipQueue.MaxWaiting; i++) Assert.That(queue.Add(Request(100 * i, 100 * i + 60)), Is.Not.Null);
        Assert.That(queue.Add(Request(-1000, -940)), Is.Null);
    }

    private static ClipRequest Request(double start, double end, double score = 2) => new()
    {
        ClipId = Guid.NewGuid(),
        Surge = new DetectedSurge
        {
            Start = Epoch.AddSeconds(start), End = Epoch.AddSeconds(end), Moment = Epoch.AddSeconds(start), Peak = Epoch.AddSeconds(end - 5),
            TriggeredAt = Epoch.AddSeconds(end), Score = score, Reason = $"from {start}",
        },
        Rates = [], TopWords = [], ClockAhead = default, DecidedAt = 0,
    };
}
