using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Tests.Recording;

/// <summary>Which segment is fetched when, and when it is given up.</summary>
[TestFixture]
internal sealed class SegmentStatesTests
{
    private static readonly TimeSpan Now = TimeSpan.FromSeconds(100);
    private LookBack _lookBack = null!;
    private SegmentStates _states = null!;

    [SetUp]
    public void ListTenSegments()
    {
        _lookBack = new();
        _states = new(_lookBack);
        List(1, 10, Now, added: 10);
    }

    [Test]
    public void What_is_listed_is_indexed_and_not_fetched()
    {
        Assert.That(Take(Now), Is.Null);
        Assert.That(_states[3], Is.EqualTo(SegmentState.Indexed));
        Assert.That(_states.Settled(3), Is.False);
    }

    [Test]
    public void A_clip_comes_before_what_is_kept_ready_and_the_oldest_first()
    {
        foreach (var number in new[] { 2, 9 }) _states.Want(number, urgent: false);
        foreach (var number in new[] { 7, 5 }) _states.Want(number, urgent: true);
        Assert.That(new[] { Take(Now), Take(Now), Take(Now), Take(Now), Take(Now) }.Select(o => o?.Segment.Number), Is.EqualTo(new long?[] { 5, 7, 2, 9, null }));
    }

    [Test]
    public void A_segment_that_is_kept_ready_becomes_urgent_when_a_clip_wants_it()
    {
        _states.Want(8, urgent: false);
        _states.Want(2, urgent: false);
        _states.Want(8, urgent: true);
        Assert.That(Take(Now)!.Segment.Number, Is.EqualTo(8));
    }

    [Test]
    public void What_is_held_or_lost_is_not_fetched_again()
    {
        foreach (var number in new[] { 1, 2 }) _states.Want(number, urgent: true);
        Take(Now);
        Take(Now);
        _states.Hold(1);
        _states.Fail(2, new("answers 404"), retryAfter: null, Now);
        foreach (var number in new[] { 1, 2 }) _states.Want(number, urgent: true);
        Assert.That(Take(Now), Is.Null);
        Assert.That(new[] { _states[1], _states[2] }, Is.EqualTo(new[] { SegmentState.Held, SegmentState.Lost }));
    }

    [Test]
    public void After_a_fault_it_waits_for_its_pause_and_others_go_first()
    {
        foreach (var number in new[] { 1, 2 }) _states.Want(number, urgent: true);
        Take(Now);
        _states.Fail(1, new("answers 503"), TimeSpan.FromSeconds(1), Now);
        Assert.That(Take(Now)!.Segment.Number, Is.EqualTo(2));
        _states.TakeNext(Now, out _, out var wait, out _);
        Assert.That(wait, Is.EqualTo(TimeSpan.FromSeconds(1)));
        var again = Take(Now + TimeSpan.FromSeconds(1));
        Assert.That((again!.Segment.Number, again.Attempt), Is.EqualTo((1, 2)));
    }

    [Test]
    public void A_listed_segment_lives_for_its_own_length_and_the_longest_playlist_after_it_left()
    {
        List(5, 12, Now + TimeSpan.FromSeconds(4), added: 2);
        _states.Want(1, urgent: true);
        _states.Want(12, urgent: true);
        Assert.That(Take(Now + TimeSpan.FromSeconds(4))!.AliveFor, Is.EqualTo(TimeSpan.FromSeconds(2 + 20 - 4)), "it was last seen 4 s ago in a playlist of 20 s");
        Assert.That(Take(Now + TimeSpan.FromSeconds(4))!.AliveFor, Is.EqualTo(TimeSpan.FromSeconds(2 + 16)));
    }

    [Test]
    public void What_dies_while_it_waits_for_another_try_is_lost_and_what_was_never_tried_is_tried_once()
    {
        foreach (var number in new[] { 1, 2 }) _states.Want(number, urgent: true);
        Take(Now);
        _states.Fail(1, new("answers 503"), TimeSpan.FromSeconds(1), Now);
        var late = Now + TimeSpan.FromSeconds(23);
        Assert.That(_states.TakeNext(late, out var order, out _, out var lost), Is.True);
        Assert.That(order!.Segment.Number, Is.EqualTo(2));
        Assert.That(order.AliveFor, Is.LessThan(TimeSpan.Zero));
        Assert.That(lost.Single().Why, Is.EqualTo("answers 503; its time is over"));
        Assert.That(_states[1], Is.EqualTo(SegmentState.Lost));
    }

    [Test]
    public void When_the_chat_rises_what_is_about_to_die_is_wanted_as_far_back_as_a_clip_begins()
    {
        for (var newest = 11; newest <= 40; newest++) List(newest - 9, newest, Now + (newest - 10) * Segments.Length, added: 1);
        var now = Now + 30 * Segments.Length;
        _states.WantDying(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(6), now);
        Assert.That(Wanted(), Is.EqualTo(new[] { 21, 22, 23 }), "those before are dead, those behind can wait");
        _states.WantDying(TimeSpan.FromSeconds(36), TimeSpan.MaxValue, now);
        Assert.That(Wanted(), Is.EqualTo(Segments.Numbers(21, 40)), "all that can still be had");
        _states.WantDying(TimeSpan.FromSeconds(60), TimeSpan.MaxValue, now);
        Assert.That(Wanted(), Has.None.LessThan(21));
    }

    [TestCase(-3600)]
    [TestCase(3600)]
    public void A_clock_that_is_set_changes_nothing_of_what_is_wanted(int stepS)
    {
        // The first ten came before the clock was set.
        for (var newest = 11; newest <= 40; newest++)
        {
            var added = Segments.Indexed(newest);
            _states.Listed(Segments.Playlist(newest - 9, newest), [added with { Arrived = added.Arrived.AddSeconds(stepS) }], Now + (newest - 10) * Segments.Length);
        }

        _states.WantDying(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(6), Now + 30 * Segments.Length);
        Assert.That(Wanted(), Is.EqualTo(new[] { 21, 22, 23 }));
    }

    [Test]
    public void Segments_of_an_earlier_run_say_nothing_of_the_look_back_until_a_playlist_lists_them()
    {
        _states = new(_lookBack);
        foreach (var number in Segments.Numbers(1, 10)) _states.Restore(Segments.Indexed(number), held: false, playlist: TimeSpan.FromSeconds(16), Now);
        Assert.That(_states.AnyLeft, Is.False);
        Assert.That(_states.Aged(Now).Listed, Is.Null);
        List(5, 12, Now + TimeSpan.FromSeconds(3), added: 2);
        Assert.That(_states.AnyLeft, Is.False, "nobody knows when the first four left");
        Assert.That(_states.Aged(Now + TimeSpan.FromSeconds(3)).Left, Is.Empty);
        List(6, 13, Now + TimeSpan.FromSeconds(5), added: 1);
        Assert.That(_states.Aged(Now + TimeSpan.FromSeconds(5)).Left.Select(a => a.Segment.Number), Is.EqualTo(new[] { 5 }));
        Assert.That(_states.AnyLeft, Is.True);
        _states.Want(1, urgent: true);
        Assert.That(Take(Now)!.AliveFor, Is.EqualTo(TimeSpan.FromSeconds(2 + 16)), "it is tried for as long as was promised");
    }

    [Test]
    public void Every_change_is_told_to_those_who_wait()
    {
        var changed = _states.Changed;
        _states.Want(1, urgent: false);
        Assert.That(changed.IsCompleted, Is.True);
        changed = _states.Changed;
        Take(Now);
        _states.Hold(1);
        Assert.That(changed.IsCompleted, Is.True);
        changed = _states.Changed;
        List(1, 10, Now, added: 0);
        Assert.That(changed.IsCompleted, Is.False, "a playlist without anything new changes nothing");
    }

    [Test]
    public void What_was_forgotten_is_lost_and_stays_so()
    {
        _states.Want(1, urgent: true);
        Take(Now);
        _states.Trim(5);
        _states.Hold(1);
        Assert.That(_states[1], Is.EqualTo(SegmentState.Lost));
        Assert.That(_states[5], Is.EqualTo(SegmentState.Indexed));
    }

    [TestCase(1, 60, 0.2)]
    [TestCase(4, 60, 8)]
    [TestCase(4, 1.5, 1.4)]
    public void A_try_that_failed_is_repeated_within_what_is_left_of_the_segments_life(int attempt, double aliveS, double longestS)
    {
        var order = new FetchOrder(Segments.Indexed(1), attempt, TimeSpan.FromSeconds(aliveS));
        var pause = FetchRetry.After(order, new("answers 503"), TimeSpan.FromSeconds(0.1), new Random(2));
        Assert.That(pause!.Value.TotalSeconds, Is.Positive.And.LessThanOrEqualTo(Math.Max(longestS, 0.5)));
    }

    [TestCase(1, 60, true)]
    [TestCase(1, 0, false)]
    [TestCase(1, -3, false)]
    [TestCase(FetchRetry.MaxAttempts, 60, false)]
    public void A_dead_segment_is_not_tried_again(int attempt, double aliveS, bool final)
    {
        var order = new FetchOrder(Segments.Indexed(1), attempt, TimeSpan.FromSeconds(aliveS));
        Assert.That(FetchRetry.After(order, new("answers 503", final), TimeSpan.Zero, new Random(1)), Is.Null);
    }

    private IEnumerable<long> Wanted() => Segments.Numbers(1, 40).Where(n => _states[n] == SegmentState.Wanted);

    private FetchOrder? Take(TimeSpan now)
    {
        _states.TakeNext(now, out var order, out _, out _);
        return order;
    }

    private void List(long first, long last, TimeSpan now, int added) =>
        _states.Listed(Segments.Playlist(first, last), [.. Segments.Numbers(last - added + 1, last).Select(Segments.Indexed)], now);
}
