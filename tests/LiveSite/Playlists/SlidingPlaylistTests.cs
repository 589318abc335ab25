using StreamClips.LiveSite.Playlists;
using StreamClips.Testing;

namespace StreamClips.LiveSite.Tests.Playlists;

[TestFixture]
internal sealed class SlidingPlaylistTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);
    private ManualClock _clock = null!;
    private int _made;

    [SetUp]
    public void StartClock()
    {
        _clock = new ManualClock();
        _made = 0;
    }

    [Test]
    public void The_window_holds_so_many_segments_and_counts_those_that_left()
    {
        var playlist = Filled(15, segments: 18);
        var state = playlist.State();
        Assert.Multiple(() =>
        {
            Assert.That(state.Segments, Has.Count.EqualTo(15));
            Assert.That(state.MediaSequence, Is.EqualTo(3));
            Assert.That(playlist.NextSequence, Is.EqualTo(18));
            Assert.That(state.Segments[0].Files["q"], Is.EqualTo("3.ts"));
        });
    }

    [Test]
    public void A_segment_can_be_had_for_its_own_length_plus_the_longest_playlist_after_it_left()
    {
        var playlist = Filled(15, segments: 15);
        Add(playlist, seconds: 2); // segment 0 leaves now; the longest playlist that held it was 15 × 2 s
        var left = _clock.GetUtcNow();
        Assert.Multiple(() =>
        {
            Assert.That(playlist.State().MediaSequence, Is.EqualTo(1));
            Assert.That(playlist.Find(0, left + TimeSpan.FromSeconds(32) - Tick)?.Files["q"], Is.EqualTo("0.ts"));
            Assert.That(playlist.Find(0, left + TimeSpan.FromSeconds(32)), Is.Null);
            Assert.That(playlist.Find(1, left + TimeSpan.FromSeconds(32)), Is.Not.Null, "still listed");
        });
    }

    [Test]
    public void The_longest_playlist_counts_and_not_the_last_one()
    {
        var playlist = new SlidingPlaylist(2, retention: null);
        Add(playlist, seconds: 1); // 0
        Add(playlist, seconds: 10); // 1, in a playlist of 11 s
        Add(playlist, seconds: 3); // 2, 0 leaves; 1 is in a playlist of 13 s now
        Add(playlist, seconds: 1); // 3, 1 leaves: 10 + 13 s from now on
        var left = _clock.GetUtcNow();
        Assert.Multiple(() =>
        {
            Assert.That(playlist.Find(1, left + TimeSpan.FromSeconds(23) - Tick), Is.Not.Null);
            Assert.That(playlist.Find(1, left + TimeSpan.FromSeconds(23)), Is.Null);
        });
    }

    [TestCase(0)]
    [TestCase(5)]
    [TestCase(300)]
    public void A_setting_makes_it_shorter_or_longer(int seconds)
    {
        var playlist = Filled(3, segments: 4, TimeSpan.FromSeconds(seconds));
        var left = _clock.GetUtcNow();
        Assert.Multiple(() =>
        {
            Assert.That(playlist.Find(0, left + TimeSpan.FromSeconds(seconds) - Tick), Is.Not.Null);
            Assert.That(playlist.Find(0, left + TimeSpan.FromSeconds(seconds)), Is.Null);
        });
    }

    [Test]
    public void Files_are_given_up_when_their_time_is_over_and_not_before()
    {
        var playlist = Filled(3, segments: 4);
        var left = _clock.GetUtcNow();
        Assert.Multiple(() =>
        {
            Assert.That(playlist.RemoveExpired(left + TimeSpan.FromSeconds(8) - Tick), Is.Empty);
            Assert.That(playlist.RemoveExpired(left + TimeSpan.FromSeconds(8)).Select(s => s.Files["q"]), Is.EqualTo(new[] { "0.ts" }));
            Assert.That(playlist.RemoveExpired(left + TimeSpan.FromSeconds(8)), Is.Empty, "once only");
        });
    }

    [Test]
    public void Discontinuities_that_left_are_counted()
    {
        var playlist = new SlidingPlaylist(2, retention: null);
        Add(playlist, 2);
        Add(playlist, 2, discontinuity: true);
        Add(playlist, 2);
        Assert.That(playlist.State().DiscontinuitySequence, Is.Zero, "still listed");
        Add(playlist, 2);
        Assert.That(playlist.State().DiscontinuitySequence, Is.EqualTo(1));
    }

    [Test]
    public void An_ended_playlist_takes_no_more_and_is_gone_when_its_last_segment_is()
    {
        var playlist = Filled(15, segments: 5);
        playlist.End(_clock.GetUtcNow());
        var ended = _clock.GetUtcNow();
        Assert.Multiple(() =>
        {
            Assert.That(Add(playlist, 2), Is.False);
            Assert.That(playlist.State(), Has.Property("Ended").True.And.Property("Segments").Count.EqualTo(5));
            Assert.That(playlist.IsGone(ended + TimeSpan.FromSeconds(12) - Tick), Is.False);
            Assert.That(playlist.IsGone(ended + TimeSpan.FromSeconds(12)), Is.True);
        });
    }

    private SlidingPlaylist Filled(int window, int segments, TimeSpan? retention = null)
    {
        var playlist = new SlidingPlaylist(window, retention);
        for (var i = 0; i < segments; i++) Add(playlist, 2);
        return playlist;
    }

    private bool Add(SlidingPlaylist playlist, int seconds, bool discontinuity = false)
    {
        _clock.Advance(TimeSpan.FromSeconds(seconds));
        var now = _clock.GetUtcNow();
        var files = new Dictionary<string, string> { ["q"] = $"{_made++}.ts" };
        return playlist.Add(new Segment(now - TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(seconds), discontinuity, null, files), now);
    }
}
