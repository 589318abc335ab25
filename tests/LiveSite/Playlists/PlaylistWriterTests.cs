using StreamClips.LiveSite.Playlists;
using StreamClips.LiveSite.Video;

namespace StreamClips.LiveSite.Tests.Playlists;

[TestFixture]
internal sealed class PlaylistWriterTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 16, 0, 0, TimeSpan.Zero);

    [Test]
    public void A_master_names_variants_as_the_second_version_of_usher_does()
    {
        var text = PlaylistWriter.Master("NODE=\"x\"", r => $"http://host/{r.Id}", withAudioOnly: true, withFrameRate: true);
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.StartWith("#EXTM3U\n#EXT-X-TWITCH-INFO:NODE=\"x\"\n"));
            Assert.That(text, Does.Contain("RESOLUTION=640x360,FRAME-RATE=20.000,STABLE-VARIANT-ID=\"chunked\",IVS-NAME=\"360p20\",IVS-VARIANT-SOURCE=\"source\"\nhttp://host/chunked\n"));
            Assert.That(text.Split("#EXT-X-STREAM-INF"), Has.Length.EqualTo(5), "three qualities and audio only");
            Assert.That(text.Split("IVS-VARIANT-SOURCE=\"source\""), Has.Length.EqualTo(2), "one source");
        });
    }

    [Test]
    public void Audio_only_and_frame_rates_are_there_only_if_asked_for()
    {
        var text = PlaylistWriter.Master(null, r => r.Id, withAudioOnly: false, withFrameRate: false);
        Assert.That(text, Does.Not.Contain("audio_only").And.Not.Contain("FRAME-RATE").And.Not.Contain("TWITCH"));
    }

    [Test]
    public void A_media_playlist_dates_every_segment_and_names_those_to_come()
    {
        var state = new PlaylistState(7, 0, [Segment(0), Segment(1)], Ended: false);
        var text = PlaylistWriter.Media(state, n => $"{n}.ts", TimeSpan.Zero, prefetch: 2);
        Assert.That(text, Is.EqualTo("""
            #EXTM3U
            #EXT-X-VERSION:3
            #EXT-X-TARGETDURATION:2
            #EXT-X-MEDIA-SEQUENCE:7
            #EXT-X-TWITCH-LIVE-SEQUENCE:7
            #EXT-X-PROGRAM-DATE-TIME:2026-11-22T16:00:00.000Z
            #EXTINF:2.000,live
            7.ts
            #EXT-X-PROGRAM-DATE-TIME:2026-11-22T16:00:02.000Z
            #EXTINF:2.000,live
            8.ts
            #EXT-X-TWITCH-PREFETCH:9.ts
            #EXT-X-TWITCH-PREFETCH:10.ts

            """));
    }

    [Test]
    public void An_ended_playlist_says_so_and_names_nothing_to_come()
    {
        var text = PlaylistWriter.Media(new PlaylistState(0, 0, [Segment(0)], Ended: true), n => $"{n}.ts", TimeSpan.Zero, prefetch: 2);
        Assert.That(text, Does.EndWith("0.ts\n#EXT-X-ENDLIST\n").And.Not.Contain("PREFETCH"));
    }

    [Test]
    public void A_wrong_clock_shifts_every_date()
    {
        var state = new PlaylistState(0, 0, [Segment(0)], Ended: false);
        Assert.That(PlaylistWriter.Media(state, n => "x", TimeSpan.FromMilliseconds(-1500), 0), Does.Contain("2026-11-22T15:59:58.500Z"));
    }

    [Test]
    public void Advertisements_are_announced_once_and_titled()
    {
        var adBreak = new AdBreak(Start, TimeSpan.FromSeconds(4));
        var state = new PlaylistState(0, 2, [Segment(0, adBreak, true), Segment(1, adBreak), Segment(2, null, true)], Ended: false);
        var text = PlaylistWriter.Media(state, n => $"{n}.ts", TimeSpan.Zero, 0);
        Assert.Multiple(() =>
        {
            Assert.That(text.Split("#EXT-X-DATERANGE:"), Has.Length.EqualTo(2));
            Assert.That(text, Does.Contain("CLASS=\"twitch-stitched-ad\",START-DATE=\"2026-11-22T16:00:00.000Z\",DURATION=4.000"));
            Assert.That(text.Split("Amazon"), Has.Length.EqualTo(3), "two segments");
            Assert.That(text.Split("#EXT-X-DISCONTINUITY\n"), Has.Length.EqualTo(3), "before and after");
            Assert.That(text, Does.Contain("#EXT-X-DISCONTINUITY-SEQUENCE:2\n"));
        });
    }

    private static Segment Segment(int number, AdBreak? adBreak = null, bool discontinuity = false) =>
        new(Start + TimeSpan.FromSeconds(number * Timing.SegmentSeconds), TimeSpan.FromSeconds(2), discontinuity, adBreak, new Dictionary<string, string>());
}
