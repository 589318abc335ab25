using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Recording;
using StreamClips.ClipWorker.Surge;
using StreamClips.ClipWorker.Tests.Recording;

namespace StreamClips.ClipWorker.Tests.Clips;

/// <summary>What is given out before a plan is there must turn out to be the plan's.</summary>
[TestFixture]
internal sealed class SegmentFeedTests
{
    private SegmentIndex _index = null!;
    private SegmentStates _states = null!;

    [SetUp]
    public void HoldTwoSegments()
    {
        (_index, _states) = (new(TimeSpan.FromDays(1)), new(new LookBack()));
        var segments = Segments.Numbers(1, 5).Select(Segments.Indexed).ToList();
        _index.Restore(segments, "");
        foreach (var segment in segments) _states.Restore(segment, held: segment.Number is 1 or 5, TimeSpan.FromDays(1), TimeSpan.Zero);
    }

    [Test]
    public async Task A_plan_that_begins_with_another_segment_does_not_go_with_the_feed_though_nothing_was_read_yet()
    {
        var feed = Feed();
        Assert.That((await feed.FirstAsync(CancellationToken.None))!.Segments.Single().Segment.Number, Is.EqualTo(1));
        Assert.That(feed.Finish(Plan(5)), Is.False);
    }

    [Test]
    public async Task A_feed_begins_with_no_other_segment_than_a_plan_that_is_there_already()
    {
        var feed = Feed();
        feed.Finish(Plan(5));
        Assert.That(await feed.FirstAsync(CancellationToken.None), Is.Null);
        var other = Feed();
        Assert.That(other.Finish(Plan(1)), Is.True);
        Assert.That(await other.FirstAsync(CancellationToken.None), Is.Not.Null);
    }

    private SegmentFeed Feed() => new(
        new()
        {
            ClipId = Guid.NewGuid(), Rates = [], TopWords = [], ClockAhead = default, DecidedAt = 0,
            Surge = new DetectedSurge { Start = At(0), End = At(10), Moment = At(9), Peak = At(9), TriggeredAt = At(10), Score = 2, Reason = "" },
        },
        _index, _states);

    private static ClipPlan Plan(long number) => new() { Segments = [new(Segments.Indexed(number), At(2 * (number - 1)))], WantedStart = At(0), End = At(10), LostS = 8 };

    private static DateTimeOffset At(double seconds) => DateTimeOffset.UnixEpoch.AddSeconds(seconds);
}
