using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Tests.Clips;

/// <summary>Which segments make a clip.</summary>
[TestFixture]
internal sealed class ClipWindowTests
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 2, 3, 4, 0, TimeSpan.Zero);

    [Test]
    public void From_the_segment_that_holds_the_start_to_the_one_that_holds_the_end()
    {
        var plan = Choose(Segments(20), 5, 11)!;
        Assert.That(Numbers(plan), Is.EqualTo(new[] { 3, 4, 5, 6 }));
        Assert.That(plan.Start, Is.EqualTo(Epoch.AddSeconds(4)), "the keyframe before the start");
        Assert.That(plan.End, Is.EqualTo(Epoch.AddSeconds(11)));
        Assert.That(plan.LostS, Is.Zero);
    }

    [Test]
    public void A_window_on_segment_borders_takes_no_segment_too_many() =>
        Assert.That(Numbers(Choose(Segments(20), 4, 8)!), Is.EqualTo(new[] { 3, 4 }));

    [Test]
    public void What_is_not_yet_or_no_longer_there_is_lost()
    {
        var plan = Choose(Segments(5), 5, 15)!;
        Assert.That(plan.End, Is.EqualTo(Epoch.AddSeconds(10)));
        Assert.That(plan.LostS, Is.EqualTo(5));
        Assert.That(Choose(Segments(5), 20, 30), Is.Null);
        Assert.That(Choose([], 0, 10), Is.Null);
    }

    [Test]
    public void A_lost_segment_in_the_middle_is_a_short_hole_and_counted()
    {
        var plan = Choose(Segments(20), 4, 16, held: n => n != 5)!;
        Assert.That(Numbers(plan), Is.EqualTo(new[] { 3, 4, 6, 7, 8 }));
        Assert.That(plan.LostS, Is.EqualTo(2));
    }

    [Test]
    public void At_a_long_hole_the_longer_side_is_kept()
    {
        var plan = Choose(Segments(20), 4, 24, held: n => n is < 5 or > 7)!;
        Assert.That(Numbers(plan), Is.EqualTo(new[] { 8, 9, 10, 11, 12 }));
        Assert.That(plan.LostS, Is.EqualTo(10));
    }

    [Test]
    public void Across_a_discontinuity_only_the_part_with_most_of_the_window_is_kept()
    {
        var segments = Segments(20).Select(s => s with { Part = s.Number <= 4 ? 1 : 2 });
        Assert.That(Numbers(Choose(segments, 2, 16)!), Is.EqualTo(new[] { 5, 6, 7, 8 }));
        Assert.That(Numbers(Choose(segments, 0, 10)!), Is.EqualTo(new[] { 1, 2, 3, 4 }));
    }

    [Test]
    public void Of_two_equal_parts_the_later_one_is_kept()
    {
        var segments = Segments(20).Select(s => s with { Part = s.Number <= 4 ? 1 : 2 });
        Assert.That(Numbers(Choose(segments, 4, 12)!), Is.EqualTo(new[] { 5, 6 }));
    }

    [Test]
    public void Dates_far_from_the_present_are_not_used()
    {
        var newest = Segments(1)[0];
        Assert.That(ClipWindow.SourceOf(newest with { Arrived = newest.Dated!.Value.AddSeconds(10) }, TimeSpan.Zero), Is.EqualTo(TimeSource.ProgramDateTime), "however late the clip is cut");
        Assert.That(ClipWindow.SourceOf(newest with { Arrived = newest.Dated!.Value.AddHours(1) }, TimeSpan.Zero), Is.EqualTo(TimeSource.Arrival));
        Assert.That(ClipWindow.SourceOf(newest with { Arrived = newest.Dated!.Value.AddHours(1) }, TimeSpan.FromHours(-1)), Is.EqualTo(TimeSource.ProgramDateTime), "this machine's clock is wrong, and not the dates");
        Assert.That(ClipWindow.SourceOf(newest with { Dated = null }, TimeSpan.Zero), Is.EqualTo(TimeSource.Arrival));
    }

    [Test]
    public void Arrival_is_told_by_the_clock_of_the_chat()
    {
        var timed = ClipWindow.Timed(Segments(2), TimeSource.Arrival, clockAhead: TimeSpan.FromSeconds(-30));
        Assert.That(timed[0].Start, Is.EqualTo(Epoch.AddSeconds(3 - 30)));
    }

    private static ClipPlan? Choose(IEnumerable<IndexedSegment> segments, double start, double end, Predicate<long>? held = null) => ClipWindow.Choose(
        ClipWindow.Timed(segments, TimeSource.ProgramDateTime, TimeSpan.Zero), held ?? (_ => true), Epoch.AddSeconds(start), Epoch.AddSeconds(end));

    private static IEnumerable<long> Numbers(ClipPlan plan) => plan.Segments.Select(s => s.Segment.Number);

    /// <summary>Segment n, of 2 s, begins 2(n-1) s after the epoch and arrives 3 s later.</summary>
    private static List<IndexedSegment> Segments(int count) => [.. Enumerable.Range(1, count).Select(n => new IndexedSegment
    {
        Number = n,
        Part = 1,
        Uri = new($"https://edge.example/{n}.ts"),
        Duration = TimeSpan.FromSeconds(2),
        Dated = Epoch.AddSeconds(2 * (n - 1)),
        Arrived = Epoch.AddSeconds(2 * (n - 1) + 3),
    })];
}
