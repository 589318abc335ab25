using System.Text;
using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Tests.Recording;

/// <summary>The rules of RFC 8216 and of its second edition, tag by tag; what breaks them is quoted.</summary>
[TestFixture]
internal sealed class MediaPlaylistRulesTests
{
    private const string Head = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n";
    private static readonly Uri Address = new("https://edge.example/live/index.m3u8?sig=secret&token=a%2Fb");

    // Addresses and lengths (4.3.2.1, 4.3.3.1).
    [TestCase("a.ts", "line 3, \"a.ts\": the address has no EXTINF before it")]
    [TestCase("#EXTINF:-1,\na.ts", "line 3, \"#EXTINF:-1,\": it is no length of up to 3600 s")]
    [TestCase("#EXTINF:,\na.ts", "line 3, \"#EXTINF:,\": it is no length of up to 3600 s")]
    [TestCase("#EXTINF:1e3,\na.ts", "line 3, \"#EXTINF:1e3,\": it is no length of up to 3600 s")]
    [TestCase("#EXTINF:3601,\na.ts", "line 3, \"#EXTINF:3601,\": it is no length of up to 3600 s")]
    [TestCase("#EXT-X-TARGETDURATION:two", "line 3, \"#EXT-X-TARGETDURATION:two\": it is no length of up to 3600 s")]
    [TestCase("#EXT-X-TARGETDURATION:3", "line 3, \"#EXT-X-TARGETDURATION:3\": the target duration is given twice")]
    [TestCase("#EXTINF:2,\nfile:///etc/passwd", "line 4, \"file:///etc/passwd\": it is no address that can be fetched")]
    [TestCase("#EXTINF:2,\na\u0007.ts", "line 4, \"a·.ts\": it is no address that can be fetched")]
    // Numbers (4.3.3.2, 4.3.3.3).
    [TestCase("#EXT-X-MEDIA-SEQUENCE:-1", "line 3, \"#EXT-X-MEDIA-SEQUENCE:-1\": it is no media sequence number")]
    [TestCase("#EXT-X-MEDIA-SEQUENCE:1\n#EXT-X-MEDIA-SEQUENCE:2", "line 4, \"#EXT-X-MEDIA-SEQUENCE:2\": the media sequence number is given twice")]
    [TestCase("#EXTINF:2,\na.ts\n#EXT-X-MEDIA-SEQUENCE:5", "line 5, \"#EXT-X-MEDIA-SEQUENCE:5\": it has to stand before the first segment")]
    [TestCase("#EXT-X-DISCONTINUITY\n#EXT-X-DISCONTINUITY-SEQUENCE:5", "line 4, \"#EXT-X-DISCONTINUITY-SEQUENCE:5\": it has to stand before the first segment and the first discontinuity")]
    [TestCase("#EXT-X-DISCONTINUITY-SEQUENCE:x", "line 3, \"#EXT-X-DISCONTINUITY-SEQUENCE:x\": it is no discontinuity sequence number")]
    // Versions (4.3.1.2).
    [TestCase("#EXT-X-VERSION:3\n#EXT-X-VERSION:3", "line 4, \"#EXT-X-VERSION:3\": the version is given twice")]
    [TestCase("#EXT-X-VERSION:14", "line 3, \"#EXT-X-VERSION:14\": the newest version that is understood is 13")]
    [TestCase("#EXT-X-VERSION:new", "line 3, \"#EXT-X-VERSION:new\": it is no version")]
    // Ranges (4.3.2.2).
    [TestCase("#EXT-X-BYTERANGE:100\n#EXTINF:2,\na.ts", "line 5, \"a.ts\": it has an EXT-X-BYTERANGE without an offset, and none before it to continue")]
    [TestCase("#EXT-X-BYTERANGE:9@0\n#EXTINF:2,\na.ts\n#EXT-X-BYTERANGE:9\n#EXTINF:2,\nb.ts", "line 8, \"b.ts\": it has an EXT-X-BYTERANGE without an offset, and none before it to continue")]
    [TestCase("#EXT-X-BYTERANGE:0@5", "line 3, \"#EXT-X-BYTERANGE:0@5\": it is no byte range")]
    [TestCase("#EXT-X-BYTERANGE:9223372036854775807@9223372036854775807", "line 3, \"#EXT-X-BYTERANGE:9223372036854775807@9223372036854775807\": it is no byte range")]
    // Keys and sections (4.3.2.4, 4.3.2.5).
    [TestCase("#EXT-X-KEY:URI=\"k\"", "line 3, \"#EXT-X-KEY:URI=\"k\"\": it has no METHOD")]
    [TestCase("#EXT-X-KEY:METHOD=AES-128", "line 3, \"#EXT-X-KEY:METHOD=AES-128\": it has no address of a key that can be fetched")]
    [TestCase("#EXT-X-KEY:METHOD=AES-128,URI=\"data:,x\"", "line 3, \"#EXT-X-KEY:METHOD=AES-128,URI=\"data:,x\"\": it has no address of a key that can be fetched")]
    [TestCase("#EXT-X-KEY:METHOD=AES-128,URI=\"k\",IV=123", "line 3, \"#EXT-X-KEY:METHOD=AES-128,URI=\"k\",IV=123\": its IV is no number of 128 bits, as 0x0123")]
    [TestCase("#EXT-X-KEY:METHOD=AES-128,METHOD=NONE", "line 3, \"#EXT-X-KEY:METHOD=AES-128,METHOD=NONE\": the attribute \"METHOD\" is given twice")]
    [TestCase("#EXT-X-KEY:METHOD=AES-128,URI=\"k", "line 3, \"#EXT-X-KEY:METHOD=AES-128,URI=\"k\": its attributes are damaged")]
    [TestCase("#EXT-X-MAP:BYTERANGE=\"1@0\"", "line 3, \"#EXT-X-MAP:BYTERANGE=\"1@0\"\": it has no address that can be fetched")]
    [TestCase("#EXT-X-MAP:URI=\"i\",BYTERANGE=\"x\"", "line 3, \"#EXT-X-MAP:URI=\"i\",BYTERANGE=\"x\"\": it is no byte range")]
    // What was not asked for, or is another kind of playlist.
    [TestCase("#EXT-X-SKIP:SKIPPED-SEGMENTS=3", "line 3, \"#EXT-X-SKIP:SKIPPED-SEGMENTS=3\": it is only a part of the playlist (a delta update), and none was asked for")]
    [TestCase("#EXT-X-I-FRAMES-ONLY", "line 3, \"#EXT-X-I-FRAMES-ONLY\": it has key frames only, and a clip needs all")]
    [TestCase("#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8", "line 3, \"#EXT-X-STREAM-INF:BANDWIDTH=1\": it is a master playlist inside another one")]
    // Variables (second edition, 4.3).
    [TestCase("#EXT-X-DEFINE:IMPORT=\"a\"", "line 3, \"#EXT-X-DEFINE:IMPORT=\"a\"\": variables of the master playlist (IMPORT) are not supported")]
    [TestCase("#EXT-X-DEFINE:NAME=\"a\",VALUE=\"b\"\n#EXTINF:2,\n{$c}.ts", "line 5, \"{$c}.ts\": the variable \"c\" is not defined before")]
    [TestCase("#EXT-X-DEFINE:NAME=\"a\",VALUE=\"b\"\n#EXT-X-DEFINE:NAME=\"a\",VALUE=\"b\"", "line 4, \"#EXT-X-DEFINE:NAME=\"a\",VALUE=\"b\"\": the variable is defined twice")]
    [TestCase("#EXT-X-DEFINE:QUERYPARAM=\"none\"", "line 3, \"#EXT-X-DEFINE:QUERYPARAM=\"none\"\": the variable has no value")]
    public void What_breaks_a_rule_is_quoted_with_its_line(string lines, string fault) => Assert.That(Parse(Head + lines).Fault, Is.EqualTo(fault));

    [TestCase("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.0000000")]
    [TestCase("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.6780000")]
    [TestCase("2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.1234567")]
    [TestCase("2026-01-02T03:04:05+01:00", "2026-01-02T02:04:05.0000000")]
    [TestCase("2026-01-02T03:04:05.000+0100", "2026-01-02T02:04:05.0000000")]
    [TestCase("2026-01-02T03:04:05-0530", "2026-01-02T08:34:05.0000000")]
    [TestCase("2026-01-02T03:04:05+01", "2026-01-02T02:04:05.0000000")]
    [TestCase("2026-01-02 03:04:05", "2026-01-02T03:04:05.0000000")]
    [TestCase("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.0000000")]
    [TestCase("02/01/2026 03:04:05", null)]
    [TestCase("2026-13-02T03:04:05Z", null)]
    [TestCase("2026-01-02", null)]
    [TestCase("2026-01-02T25:00:00Z", null)]
    [TestCase("2026-01-02T03:04:05ZZ", null)]
    [TestCase("2026-01-02T03:04:05+1:00", null)]
    [TestCase("", null)]
    public void Dates_are_ISO_8601_with_all_zones_that_servers_write(string text, string? utc) =>
        Assert.That(PlaylistDate.Read(text)?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffffff"), Is.EqualTo(utc));

    [Test]
    public void A_key_holds_until_the_next_of_its_format_and_NONE_ends_all()
    {
        var segments = Good("""
            #EXT-X-MEDIA-SEQUENCE:7
            #EXTINF:2,
            a.ts
            #EXT-X-KEY:METHOD=AES-128,URI="k1?t=1"
            #EXTINF:2,
            b.ts
            #EXTINF:2,
            c.ts
            #EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://x",KEYFORMAT="com.apple.streamingkeydelivery",KEYFORMATVERSIONS="1"
            #EXTINF:2,
            d.ts
            #EXT-X-KEY:METHOD=AES-128,URI="k2",IV=0xFFEEDDCCBBAA99887766554433221100
            #EXTINF:2,
            e.ts
            #EXT-X-KEY:METHOD=NONE
            #EXTINF:2,
            f.ts
            #EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://x",KEYFORMAT="com.apple.streamingkeydelivery"
            #EXTINF:2,
            g.ts
            """).Segments;
        var first = new Uri("https://edge.example/live/k1?t=1");
        Assert.Multiple(() =>
        {
            Assert.That(segments[0].Key, Is.Null);
            Assert.That(segments[1].Key, Is.EqualTo(new SegmentKey("AES-128", "identity", first, 8)), "the media sequence number is the vector");
            Assert.That(segments[2].Key, Is.EqualTo(new SegmentKey("AES-128", "identity", first, 9)));
            Assert.That(segments[3].Key, Is.EqualTo(new SegmentKey("AES-128", "identity", first, 10)), "a key of another format is beside it");
            Assert.That(segments[4].Key, Is.EqualTo(new SegmentKey("AES-128", "identity", new("https://edge.example/live/k2"), new UInt128(0xFFEEDDCCBBAA9988, 0x7766554433221100))));
            Assert.That(segments[5].Key, Is.Null);
            Assert.That(segments[6].Key!.IsSupported, Is.False, "nothing is left of the identity key");
        });
    }

    [Test]
    public void A_section_is_encrypted_by_the_key_before_it_and_by_no_later_one()
    {
        var segments = Good("""
            #EXT-X-MAP:URI="clear.mp4"
            #EXT-X-KEY:METHOD=AES-128,URI="k1",IV=0x1
            #EXTINF:2,
            a.m4s
            #EXT-X-MAP:URI="hidden.mp4",BYTERANGE="50"
            #EXT-X-KEY:METHOD=NONE
            #EXTINF:2,
            b.m4s
            """).Segments;
        Assert.That(segments[0].Map!.Key, Is.Null);
        Assert.That((segments[1].Map!.Key!.Iv, segments[1].Map!.Range, segments[1].Key), Is.EqualTo(((UInt128?)1, new ByteRange(0, 50), (SegmentKey?)null)));
    }

    [Test]
    public void A_range_without_an_offset_continues_the_last_one_of_the_same_file()
    {
        var segments = Good("#EXT-X-BYTERANGE:100@50\n#EXTINF:2,\na.ts\n#EXT-X-BYTERANGE:30\n#EXTINF:2,\na.ts\n#EXT-X-BYTERANGE:20\n#EXTINF:2,\na.ts\n").Segments;
        Assert.That(segments.Select(s => s.Range), Is.EqualTo(new[] { new ByteRange(50, 100), new ByteRange(150, 30), new ByteRange(180, 20) }));
    }

    [Test]
    public void Low_latency_parts_hints_and_prefetches_are_passed_over()
    {
        var playlist = Good("""
            #EXT-X-VERSION:9
            #EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.0,CAN-SKIP-UNTIL=24.0
            #EXT-X-PART-INF:PART-TARGET=0.5
            #EXT-X-MEDIA-SEQUENCE:3
            #EXT-X-PART:DURATION=0.5,URI="a1.mp4",INDEPENDENT=YES
            #EXT-X-PART:DURATION=0.5,URI="a2.mp4"
            #EXTINF:1,
            a.ts
            #EXT-X-PROGRAM-DATE-TIME:2026-01-02T03:04:05Z
            #EXT-X-DISCONTINUITY
            #EXT-X-PART:DURATION=0.5,URI="b1.mp4"
            #EXT-X-PRELOAD-HINT:TYPE=PART,URI="b2.mp4"
            #EXT-X-RENDITION-REPORT:URI="../720p.m3u8",LAST-MSN=3,LAST-PART=1
            #EXT-X-PREFETCH-DISCONTINUITY
            #EXT-X-PREFETCH:https://other.example/c.ts
            #EXT-X-TWITCH-PREFETCH:https://other.example/d.ts
            """);
        Assert.That(playlist.Segments.Select(s => s.Uri.AbsolutePath), Is.EqualTo(new[] { "/live/a.ts" }));
        Assert.That(playlist.Segments[0].Dated, Is.Null, "the date and the break belong to the next one");
    }

    [Test]
    public void Variables_are_put_in_from_their_values_and_the_query()
    {
        var segment = Good("""
            #EXT-X-DEFINE:NAME="host",VALUE="https://cdn.example"
            #EXT-X-DEFINE:QUERYPARAM="token"
            #EXT-X-KEY:METHOD=AES-128,URI="{$host}/key?t={$token}",IV=0x1
            #EXTINF:2,
            {$host}/a.ts?{$token}
            """).Segments[0];
        Assert.That(segment.Uri.AbsoluteUri, Is.EqualTo("https://cdn.example/a.ts?a/b"));
        Assert.That(segment.Key!.Uri!.AbsoluteUri, Is.EqualTo("https://cdn.example/key?t=a/b"));
        Assert.That(Good("#EXTINF:2,\n{$a}.ts").Segments[0].Uri.AbsolutePath, Does.Contain("$a"), "without a definition it is an address like any other");
    }

    [Test]
    public void Date_ranges_end_by_their_length_their_end_their_plan_or_the_next_of_their_class()
    {
        var ads = new AdBreaks();
        ads.Read(Good("""
            #EXT-X-DATERANGE:ID="stitched-ad-1",START-DATE="2026-01-02T03:00:00Z",END-DATE="2026-01-02T03:00:10Z"
            #EXT-X-DATERANGE:ID="stitched-ad-2",START-DATE="2026-01-02T03:01:00Z",PLANNED-DURATION=10.0
            #EXT-X-DATERANGE:ID="x",CLASS="twitch-stitched-ad",START-DATE="2026-01-02T03:02:00Z",END-ON-NEXT=YES
            #EXT-X-DATERANGE:ID="y",CLASS="twitch-stitched-ad",START-DATE="2026-01-02T03:02:10Z",DURATION=0
            #EXT-X-DATERANGE:ID="z",CLASS="other",START-DATE="2026-01-02T03:03:00Z",DURATION=60
            #EXT-X-DATERANGE:START-DATE="nonsense",=
            #EXTINF:2,
            a.ts
            """));
        var segment = Good("#EXTINF:2,\na.ts").Segments[0];
        var start = new DateTimeOffset(2026, 1, 2, 3, 0, 0, TimeSpan.Zero);
        Assert.That(Enumerable.Range(0, 6).Select(m => ads.Hold(segment, start.AddMinutes(m).AddSeconds(9))), Is.EqualTo(new[] { true, true, true, false, false, false }));
        Assert.That(Enumerable.Range(0, 6).Select(m => ads.Hold(segment, start.AddMinutes(m).AddSeconds(10))), Is.All.False);
    }

    [Test]
    public void What_Twitch_announces_before_it_is_there_is_no_segment_of_what_comes_before_or_behind_a_discontinuity()
    {
        var playlist = Good("#EXTINF:2,live\na.ts\n#EXT-X-DISCONTINUITY\n#EXT-X-TWITCH-PREFETCH:https://edge.example/b.ts\n#EXT-X-TWITCH-PREFETCH:https://edge.example/c.ts");
        Assert.That(playlist.Segments.Select(s => s.Uri.Segments[^1]), Is.EqualTo(new[] { "a.ts" }));
    }

    private static Parsed<MediaPlaylist> Parse(string body) => MediaPlaylistParser.Parse(Encoding.UTF8.GetBytes(body), Address);

    private static MediaPlaylist Good(string lines)
    {
        var parsed = Parse(Head + lines);
        Assert.That(parsed.Fault, Is.Null);
        return parsed.Value!;
    }
}
