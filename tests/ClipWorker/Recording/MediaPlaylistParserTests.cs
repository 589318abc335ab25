using System.Text;
using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Tests.Recording;

/// <summary>Media playlists by RFC 8216, and what is served in their place.</summary>
[TestFixture]
internal sealed class MediaPlaylistParserTests
{
    private static readonly Uri Address = new("https://edge.example/live/index.m3u8?sig=secret");

    [Test]
    public void Segments_have_numbers_addresses_lengths_and_dates()
    {
        var playlist = Good("""
            #EXTM3U
            #EXT-X-VERSION:3
            #EXT-X-TARGETDURATION:6
            #EXT-X-MEDIA-SEQUENCE:41
            #EXT-X-PROGRAM-DATE-TIME:2026-01-02T03:04:05.500Z
            #EXTINF:2.002,live
            a.ts?x=1
            #EXTINF:2,
            /b.ts
            #EXT-X-SOMETHING-NEW:1
            # a comment
            #EXTINF:1.5
            https://other.example/c.ts
            #EXT-X-TWITCH-PREFETCH:https://other.example/d.ts
            """);
        Assert.Multiple(() =>
        {
            Assert.That(playlist.TargetDuration.TotalSeconds, Is.EqualTo(6));
            Assert.That(playlist.Ended, Is.False);
            Assert.That(playlist.Segments.Select(s => s.Sequence), Is.EqualTo(new[] { 41, 42, 43 }));
            Assert.That(playlist.Segments.Select(s => s.Uri.AbsoluteUri), Is.EqualTo(new[] { "https://edge.example/live/a.ts?x=1", "https://edge.example/b.ts", "https://other.example/c.ts" }));
            Assert.That(playlist.Segments.Select(s => s.Duration.TotalSeconds), Is.EqualTo(new[] { 2.002, 2, 1.5 }));
            Assert.That(playlist.Segments[0].Title, Is.EqualTo("live"));
            Assert.That(playlist.Segments[2].Dated, Is.EqualTo(new DateTimeOffset(2026, 1, 2, 3, 4, 9, 502, TimeSpan.Zero)));
        });
    }

    [Test]
    public void Dates_are_reckoned_both_ways_but_not_across_a_discontinuity()
    {
        var playlist = Good("""
            #EXTM3U
            #EXT-X-TARGETDURATION:2
            #EXTINF:2,
            a.ts
            #EXT-X-PROGRAM-DATE-TIME:2026-01-02T05:04:05+02:00
            #EXTINF:2,
            b.ts
            #EXT-X-DISCONTINUITY
            #EXTINF:2,
            c.ts
            """);
        Assert.That(playlist.Segments.Select(s => s.Dated?.UtcDateTime.ToString("HH:mm:ss")), Is.EqualTo(new[] { "03:04:03", "03:04:05", null }));
        Assert.That(playlist.Segments.Select(s => s.Discontinuity), Is.EqualTo(new[] { false, false, true }));
    }

    [TestCase("9999-12-31T23:59:59Z")]
    [TestCase("9999-12-31T23:59:59-12:00")]
    [TestCase("2200-01-01T00:00:00Z")]
    [TestCase("0001-01-01T00:00:00Z")]
    [TestCase("1969-12-31T23:59:59Z")]
    public void A_date_that_nobody_can_have_meant_is_none(string date)
    {
        var playlist = Good($"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-PROGRAM-DATE-TIME:{date}\n#EXTINF:2,\na.ts\n#EXTINF:2,\nb.ts\n");
        Assert.That(playlist.Segments.Select(s => s.Dated), Is.All.Null);
        Assert.That(new SegmentIndex(TimeSpan.FromMinutes(1)).Merge(playlist, DateTimeOffset.UnixEpoch), Has.Count.EqualTo(2));
    }

    [Test]
    public void CRLF_a_byte_order_mark_and_blank_lines_are_no_fault() =>
        Assert.That(Good("\uFEFF#EXTM3U\r\n\r\n#EXT-X-TARGETDURATION:2\r\n#EXTINF:2,\r\na.ts\r\n#EXT-X-ENDLIST\r\n"), Has.Property("Ended").True.And.Property("Segments").Count.EqualTo(1));

    [Test]
    public void Maps_ranges_keys_and_gaps_are_read()
    {
        var segments = Good("""
            #EXTM3U
            #EXT-X-TARGETDURATION:2
            #EXT-X-MAP:URI="init.mp4",BYTERANGE="100@0"
            #EXT-X-BYTERANGE:500@100
            #EXTINF:2,
            all.mp4
            #EXT-X-BYTERANGE:600
            #EXTINF:2,
            all.mp4
            #EXT-X-KEY:METHOD=AES-128,URI="https://k.example/1",IV=0x01
            #EXT-X-GAP
            #EXTINF:2,
            c.mp4
            #EXT-X-KEY:METHOD=NONE
            #EXTINF:2,
            d.mp4
            """).Segments;
        Assert.Multiple(() =>
        {
            Assert.That(segments[0].Map, Is.EqualTo(new SegmentMap(new("https://edge.example/live/init.mp4"), new(0, 100))));
            Assert.That(segments.Select(s => s.Range), Is.EqualTo(new[] { new ByteRange(100, 500), new ByteRange(600, 600), null, null }));
            Assert.That(segments.Select(s => s.Key?.Method), Is.EqualTo(new[] { null, null, "AES-128", null }));
            Assert.That(segments.Select(s => s.Gap), Is.EqualTo(new[] { false, false, true, false }));
        });
    }

    [TestCase("METHOD=SAMPLE-AES,URI=\"skd://x\",KEYFORMAT=\"com.apple.streamingkeydelivery\"", "it is protected (SAMPLE-AES, com.apple.streamingkeydelivery), and protected streams are not clipped")]
    [TestCase("METHOD=SAMPLE-AES,URI=\"k\"", "it is protected (SAMPLE-AES), and protected streams are not clipped")]
    [TestCase("METHOD=AES-128,URI=\"k\",KEYFORMAT=\"urn:uuid:edef8ba9\"", "it is protected (AES-128, urn:uuid:edef8ba9), and protected streams are not clipped")]
    [TestCase("METHOD=AES-128,URI=\"k\"\n#EXT-X-MAP:URI=\"i.mp4\"", "its initialization section is encrypted by a key without an IV, which has to be there")]
    public void What_would_become_a_broken_clip_is_refused(string key, string refusal)
    {
        var playlist = Good($"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-KEY:{key}\n#EXTINF:2,\na.ts\n");
        Assert.That(PlaylistSupport.Refusal(playlist), Is.EqualTo(refusal));
    }

    [TestCase("", "it is empty, not an HLS playlist")]
    [TestCase(" \r\n ", "it is empty, not an HLS playlist")]
    [TestCase("\u00A0", "it is empty, not an HLS playlist")]
    [TestCase("\f\n\u00A0\v", "it is empty, not an HLS playlist")]
    [TestCase("<!DOCTYPE html>\n<html>", "it is not an HLS playlist: it begins with \"<!DOCTYPE html>\", not with \"#EXTM3U\"")]
    [TestCase("\u0001\u0002PNG", "it is not an HLS playlist: it begins with \"··PNG\", not with \"#EXTM3U\"")]
    [TestCase("#EXTM3U\n#EXTINF:2,\na.ts", "it is not a media playlist: it has no EXT-X-TARGETDURATION")]
    public void What_is_no_playlist_is_quoted(string body, string fault) =>
        Assert.That(Parse(body).Fault, Is.EqualTo(fault));

    [Test]
    public void Size_and_number_of_segments_are_bounded()
    {
        Assert.That(Parse("#EXTM3U\n" + new string('x', PlaylistText.MaxBytes)).Fault, Does.Contain("more than a playlist may have"));
        var many = new StringBuilder("#EXTM3U\n#EXT-X-TARGETDURATION:2\n");
        for (var i = 0; i <= MediaPlaylistParser.MaxSegments; i++) many.Append("#EXTINF:2,\na.ts\n");
        Assert.That(Parse(many.ToString()).Fault, Does.EndWith(", \"a.ts\": there are more than 10000 segments"));
    }

    [Test]
    public void A_quoted_line_is_short() =>
        Assert.That(PlaylistText.Quote(new string('a', 5000)), Has.Length.LessThan(90));

    private static Parsed<MediaPlaylist> Parse(string body) => MediaPlaylistParser.Parse(Encoding.UTF8.GetBytes(body), Address);

    private static MediaPlaylist Good(string body)
    {
        var parsed = Parse(body);
        Assert.That(parsed.Fault, Is.Null);
        return parsed.Value!;
    }
}
