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
    public void An_advertisement_without_an_end_lasts_until_it_is_live_again_also_when_that_has_left_the_playlist()
    {
        DateRange[] open = [new("stitched-ad-1", "twitch-stitched-ad", Epoch.AddSeconds(24), null)];
        Merge(Titled(Playlist(10, 4), "") with { DateRanges = open }); // 20 to 28 s
        Assert.That(_index.Seen, Is.EqualTo(2));
        Merge(Titled(Playlist(14, 2), "", breaksAt: 14) with { DateRanges = open }); // the next one of the break
        Assert.That(_index.Seen, Is.EqualTo(2), "a discontinuity alone is no end");
        Merge(Titled(Playlist(16, 3), "live", breaksAt: 16) with { DateRanges = open });
        Assert.That(_index.Seen, Is.EqualTo(5));
        Merge(Titled(Playlist(19, 2), "live") with { DateRanges = open });
        Assert.That(_index.Snapshot().Select(s => (s.Dated!.Value - Epoch).TotalSeconds), Is.EqualTo(new[] { 20, 22, 32, 34, 36, 38, 40 }));
        Assert.That(Parts(), Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    public void An_advertisement_without_an_end_that_is_never_live_again_is_over_after_the_longest_break()
    {
        DateRange[] open = [new("stitched-ad-1", "twitch-stitched-ad", Epoch.AddSeconds(24), null)];
        Merge(Playlist(10, 120) with { DateRanges = open });
        Assert.That(_index.Snapshot()[2].Dated, Is.EqualTo(Epoch.AddSeconds(24) + AdBreaks.Longest));
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

    [Test]
    public void Numbers_that_begin_anew_and_have_caught_up_already_are_known_by_their_segments()
    {
        Merge(Playlist(3, 3));
        var added = Merge(Playlist(0, 8, prefix: "again", from: 60));
        Assert.That(added.Select(s => (s.Dated!.Value - Epoch).TotalSeconds), Is.EqualTo(new[] { 60, 62, 64, 66, 68, 70, 72, 74 }));
        Assert.That(Parts(), Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    public void New_numbers_for_segments_that_were_seen_bring_only_the_others()
    {
        Merge(Playlist(10, 4));
        var renumbered = Playlist(10, 6);
        var added = Merge(renumbered with { Segments = [.. renumbered.Segments.Select((s, i) => s with { Sequence = i })] });
        Assert.That(added.Select(s => (s.Dated!.Value - Epoch).TotalSeconds), Is.EqualTo(new[] { 28, 30 }));
    }

    [Test]
    public void Signatures_that_change_with_every_load_are_no_new_segments()
    {
        Merge(Playlist(10, 5));
        Assert.That(Merge(Playlist(11, 5, prefix: "other-token")).Select(s => s.Number), Is.EqualTo(new[] { 6 }));
        Assert.That(Parts(), Is.EqualTo(new[] { 1 }));
    }

    [Test]
    public void Another_quality_begins_a_new_part_and_the_same_one_found_anew_does_not()
    {
        _index.SourceChanged("1920x1080 60 avc1");
        Merge(Playlist(10, 5));
        _index.SourceChanged("1920x1080 60 avc1");
        Assert.That(Merge(Playlist(13, 5, prefix: "new-session")).Select(s => (s.Dated!.Value - Epoch).TotalSeconds), Is.EqualTo(new[] { 30, 32, 34 }), "none is lost, none comes twice");
        Assert.That(Parts(), Is.EqualTo(new[] { 1 }));
        _index.SourceChanged("1280x720 60 avc1");
        Assert.That(Merge(Playlist(16, 5, prefix: "lower")), Has.Count.EqualTo(3));
        Assert.That(Parts(), Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    public void Another_initialization_section_begins_a_new_part_and_another_token_of_the_same_does_not()
    {
        SegmentMap one = new(new("https://edge.example/i1.mp4?token=1"), null), renewed = new(new("https://edge.example/i1.mp4?token=2"), null), other = new(new("https://edge.example/i2.mp4"), null);
        var maps = new[] { one, one, renewed, other, other };
        Merge(Playlist(10, 5) with { Segments = [.. Playlist(10, 5).Segments.Select((s, i) => s with { Map = maps[i] })] });
        Assert.That(_index.Snapshot().Select(s => s.Part), Is.EqualTo(new[] { 1, 1, 1, 2, 2 }));
    }

    [Test]
    public void A_date_that_left_the_playlist_goes_on_counting_until_something_breaks_off()
    {
        Merge(Playlist(10, 3));
        var undated = Playlist(11, 5);
        undated = undated with { Segments = [.. undated.Segments.Select((s, i) => s with { Dated = null, Gap = i == 3 })] };
        Merge(undated);
        Assert.That(_index.Snapshot().Select(s => (s.Dated - Epoch)?.TotalSeconds), Is.EqualTo(new double?[] { 20, 22, 24, 26, 30 }), "a gap has its length too");
        var broken = Playlist(14, 3);
        Merge(broken with { Segments = [.. broken.Segments.Select((s, i) => s with { Dated = null, Discontinuity = i == 2 })] });
        Assert.That(_index.Newest!.Dated, Is.Null);
        Assert.That(_index.Newest!.Part, Is.EqualTo(2));
    }

    [Test]
    public void Lengths_may_differ_from_segment_to_segment()
    {
        var playlist = Playlist(10, 4);
        var (lengths, at) = (new[] { 2.0, 0.9, 3.4, 1.7 }, 0.0);
        var segments = playlist.Segments.Select((s, i) =>
        {
            var segment = s with { Duration = TimeSpan.FromSeconds(lengths[i]), Dated = Epoch.AddSeconds(20 + at) };
            at += lengths[i];
            return segment;
        }).ToArray();
        Merge(playlist with { Segments = segments });
        _index.SourceChanged();
        Assert.That(Merge(playlist with { Segments = segments }), Is.Empty, "the dates tell that all are known");
        Assert.That(_index.Snapshot().Select(s => s.Duration.TotalSeconds), Is.EqualTo(lengths));
    }

    private IReadOnlyList<IndexedSegment> Merge(MediaPlaylist playlist) => _index.Merge(playlist, Epoch.AddSeconds(100));

    private IEnumerable<int> Parts() => _index.Snapshot().Select(s => s.Part).Distinct();

    private static MediaPlaylist Titled(MediaPlaylist playlist, string title, long? breaksAt = null) =>
        playlist with { Segments = [.. playlist.Segments.Select(s => s with { Title = title, Discontinuity = s.Sequence == breaksAt })] };

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
