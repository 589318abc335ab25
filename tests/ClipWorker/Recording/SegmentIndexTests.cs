using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Tests.Recording;

/// <summary>Sliding playlists become one sequence of segments in which each is known once.</summary>
[TestFixture]
internal sealed class SegmentIndexTests
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 2, 3, 4, 0, TimeSpan.Zero);
    private SegmentIndex _index = null!;

    [SetUp]
    public void MakeTheIndex() => _index = new(TimeSpan.FromSeconds(60));

    [Test]
    public void A_sliding_playlist_brings_each_segment_once()
    {
        Assert.That(Merge(Playlist(10, 5)), Has.Count.EqualTo(5));
        Assert.That(Merge(Playlist(10, 5)), Is.Empty);
        Assert.That(Merge(Playlist(12, 5)).Select(s => s.Number), Is.EqualTo(new[] { 6, 7 }));
        Assert.That(_index.Seen, Is.EqualTo(7));
        Assert.That(Parts(), Is.EqualTo(new[] { 1 }));
    }

    [Test]
    public void An_older_playlist_of_another_cache_changes_nothing()
    {
        Merge(Playlist(10, 5));
        Assert.That(Merge(Playlist(9, 5)), Is.Empty);
        Assert.That(Merge(Playlist(11, 5)), Has.Count.EqualTo(1));
        Assert.That(Parts(), Is.EqualTo(new[] { 1 }));
    }

    [Test]
    public void Numbers_that_begin_anew_begin_a_new_part()
    {
        Merge(Playlist(1000, 5));
        var added = Merge(Playlist(0, 3, prefix: "again", from: 60));
        Assert.That(added, Has.Count.EqualTo(3));
        Assert.That(Parts(), Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    public void A_jump_over_segments_that_were_never_seen_begins_a_new_part_unless_discontinuities_are_counted()
    {
        Merge(Playlist(10, 5));
        Merge(Playlist(30, 5));
        Assert.That(Parts(), Is.EqualTo(new[] { 1, 2 }));

        _index = new(TimeSpan.FromSeconds(60));
        Merge(Playlist(10, 5) with { DiscontinuitySequence = 4 });
        Merge(Playlist(30, 5) with { DiscontinuitySequence = 4 });
        Assert.That(Parts(), Is.EqualTo(new[] { 1 }));
    }

    [Test]
    public void A_discontinuity_begins_a_new_part_also_when_its_segment_is_a_gap()
    {
        var playlist = Playlist(10, 5);
        Merge(playlist with { Segments = [.. playlist.Segments.Select((s, i) => i == 3 ? s with { Discontinuity = true, Gap = true } : s)] });
        Assert.That(_index.Snapshot().Select(s => s.Part), Is.EqualTo(new[] { 1, 1, 1, 2 }));
    }

    [Test]
    public void Advertisements_are_left_out_and_part_what_is_around_them()
    {
        var playlist = Playlist(10, 6);
        Merge(playlist with { DateRanges = [new("stitched-ad-1", "", Epoch.AddSeconds(24), TimeSpan.FromSeconds(4))] });
        Assert.That(_index.Snapshot().Select(s => (s.Dated!.Value - Epoch).TotalSeconds), Is.EqualTo(new[] { 20, 22, 28, 30 }));
        Assert.That(_index.Snapshot().Select(s => s.Part), Is.EqualTo(new[] { 1, 1, 2, 2 }));
    }

    [Test]
    public void By_title_too_an_advertisement_is_known()
    {
        var playlist = Playlist(10, 3);
        Merge(playlist with { Segments = [playlist.Segments[0], playlist.Segments[1] with { Title = "Amazon|123" }, playlist.Segments[2]] });
        Assert.That(_index.Seen, Is.EqualTo(2));
    }

    [Test]
    public void A_source_found_anew_continues_by_dates_whatever_its_addresses()
    {
        Merge(Playlist(10, 5));
        _index.SourceChanged();
        Assert.That(Merge(Playlist(12, 5, prefix: "new-session")), Has.Count.EqualTo(2));
        Assert.That(Parts(), Is.EqualTo(new[] { 1 }));

        _index.SourceChanged();
        Assert.That(Merge(Playlist(5000, 5, prefix: "new-encoder", from: 40)), Has.Count.EqualTo(5));
        Assert.That(Parts(), Is.EqualTo(new[] { 1, 2 }), "its timestamps may be others");
    }

    [Test]
    public void It_reaches_back_as_far_as_it_should_and_no_further()
    {
        for (var i = 0; i < 500; i++) Merge(Playlist(i, 15));
        var kept = _index.Snapshot().Sum(s => s.Duration.TotalSeconds);
        Assert.That(kept, Is.InRange(60, 62));
        Assert.That(_index.Newest!.Number, Is.EqualTo(514));
    }

    [Test]
    public void Without_dates_the_arrival_tells_the_time_and_jitter_does_not_shift_it()
    {
        var undated = Playlist(10, 3) with { Segments = [.. Playlist(10, 3).Segments.Select(s => s with { Dated = null })] };
        _index.Merge(undated, Epoch.AddSeconds(6));
        var next = Playlist(11, 3);
        _index.Merge(next with { Segments = [.. next.Segments.Select(s => s with { Dated = null })] }, Epoch.AddSeconds(9.3));
        Assert.That(_index.Snapshot().Select(s => (s.Arrived - Epoch).TotalSeconds), Is.EqualTo(new[] { 0, 2, 4, 6 }));
    }

    private IReadOnlyList<IndexedSegment> Merge(MediaPlaylist playlist) => _index.Merge(playlist, Epoch.AddSeconds(100));

    private IEnumerable<int> Parts() => _index.Snapshot().Select(s => s.Part).Distinct();

    /// <summary>Segments of 2 s; number n is dated 2n s after the epoch, unless another beginning is given.</summary>
    private static MediaPlaylist Playlist(long first, int count, string prefix = "s", double? from = null) => new()
    {
        TargetDuration = TimeSpan.FromSeconds(2),
        Segments = [.. Enumerable.Range(0, count).Select(i => new MediaSegment
        {
            Sequence = first + i,
            Uri = new($"https://edge.example/{prefix}/{first + i}.ts"),
            Duration = TimeSpan.FromSeconds(2),
            Dated = Epoch.AddSeconds((from ?? 2 * first) + 2 * i),
        })],
    };
}
