using System.Text;
using StreamClips.ClipWorker.Platforms;
using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Tests.Recording;

/// <summary>What nobody would write: it is a fault or a playlist, never an exception, and costs no more than its length.</summary>
[TestFixture]
internal sealed class PlaylistFuzzTests
{
    private const string Media = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:9\n#EXT-X-DISCONTINUITY-SEQUENCE:1\n#EXT-X-DEFINE:NAME=\"v\",VALUE=\"w\"\n"
        + "#EXT-X-KEY:METHOD=AES-128,URI=\"k{$v}\",IV=0x12,KEYFORMAT=\"identity\"\n#EXT-X-MAP:URI=\"i\",BYTERANGE=\"9@9\"\n#EXT-X-KEY:METHOD=NONE\n"
        + "#EXT-X-DATERANGE:ID=\"stitched-ad-1\",CLASS=\"twitch-stitched-ad\",START-DATE=\"2026-01-01T00:00:00Z\",DURATION=30\n#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.123+01:00\n"
        + "#EXT-X-BYTERANGE:9@9\n#EXTINF:2,x\na.ts\n#EXT-X-DISCONTINUITY\n#EXT-X-GAP\n#EXTINF:2,\n{$v}b.ts\n#EXT-X-PART:URI=\"p\"\n#EXT-X-ENDLIST\n";

    private const string Master = "#EXTM3U\n#EXT-X-DEFINE:NAME=\"v\",VALUE=\"w\"\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"n\",URI=\"a.m3u8\"\n"
        + "#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=2x2,FRAME-RATE=59.94,CODECS=\"avc1.1,mp4a.40.2\",AUDIO=\"a\",VIDEO=\"c\",IVS-NAME=\"720p60\"\n{$v}.m3u8\n#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI=\"i\"\n";

    private static readonly Uri Address = new("https://edge.example/live/index.m3u8?sig=secret");

    [Test]
    public void Damaged_playlists_are_faults_or_playlists_and_never_exceptions()
    {
        var random = new Random(5);
        var index = new SegmentIndex(TimeSpan.FromMinutes(1));
        for (var i = 0; i < 20_000; i++)
        {
            var parsed = MediaPlaylistParser.Parse(Damaged(Media, random), Address);
            Assert.That(parsed.Value is null, Is.EqualTo(parsed.Fault is not null));
            if (parsed.Value is not { } playlist) continue;
            _ = PlaylistSupport.Refusal(playlist);
            if (random.Next(8) == 0) index.SourceChanged($"{random.Next(3)}");
            index.Merge(playlist, DateTimeOffset.UnixEpoch.AddSeconds(i));
        }

        for (var i = 0; i < 10_000; i++)
        {
            var variants = MasterPlaylist.Parse(Damaged(Master, random), Address);
            Assert.That(variants.Value is null, Is.EqualTo(variants.Fault is not null));
            if (variants.Value is not null) _ = WantedQuality.Choose(variants.Value, i % 2 == 0 ? "best" : "720p60");
        }
    }

    [Test]
    public void Random_bytes_are_faults_also_behind_a_good_first_line()
    {
        var random = new Random(6);
        for (var i = 0; i < 2_000; i++)
        {
            var bytes = new byte[random.Next(2000)];
            random.NextBytes(bytes);
            if (i % 2 == 0) "#EXTM3U\n#EXTINF:"u8[..Math.Min(16, bytes.Length)].CopyTo(bytes);
            Assert.That(MediaPlaylistParser.Parse(bytes, Address).Fault, Is.Not.Null);
            _ = MasterPlaylist.Parse(bytes, Address);
        }
    }

    [Test]
    public void Long_lines_are_a_fault_where_they_matter_and_nothing_where_they_do_not()
    {
        var huge = new string('x', 1 << 20);
        Assert.That(Parse($"#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{huge}\n").Fault, Does.EndWith("…\": it has more than 16384 characters").And.Length.LessThan(200));
        Assert.That(Parse($"#EXT-X-TARGETDURATION:2\n#{huge}\n#EXTINF:2,\na.ts\n").Fault, Is.Null);
        Assert.That(Parse($"#EXT-X-TARGETDURATION:2\n#EXT-X-KEY:{string.Concat(Enumerable.Range(0, 200).Select(i => $"A{i}=1,"))}\n").Fault, Does.Contain("more than 100 attributes"));
    }

    [Test]
    public void Variables_cannot_make_much_of_little()
    {
        var value = new string('y', 1000);
        var much = new StringBuilder($"#EXT-X-TARGETDURATION:2\n#EXT-X-DEFINE:NAME=\"v\",VALUE=\"{value}\"\n");
        Assert.That(Parse($"{much}#EXTINF:2,\n{string.Concat(Enumerable.Repeat("{$v}", 4000))}\n").Fault, Does.EndWith("its variables make it too long"));
        for (var i = 0; i < 9000; i++) much.Append("#EXTINF:2,\n{$v}\n");
        Assert.That(Parse($"{much}").Fault, Does.EndWith("its variables make it too long"));
    }

    // By what is allocated, which every step of reading does, and not by a clock, which tells how busy the machine is.
    [TestCase("#EXTINF:2,\na.ts\n", 5_000)]
    [TestCase("#EXT-X-UNKNOWN:A=1\n", 50_000)]
    [TestCase("#\n", 500_000)]
    [TestCase("#EXT-X-DATERANGE:ID=\"stitched-ad-1\",START-DATE=\"2026-01-01T00:00:00Z\",DURATION=30\n", 10_000)]
    [TestCase("#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n", 25_000)]
    [TestCase("#EXT-X-KEY:METHOD=AES-128,URI=\"k\",KEYFORMAT=\"identity\"\n#EXTINF:2,\n#EXT-X-GAP\n", 10_000)]
    public void Twice_the_lines_cost_twice_as_much(string line, int lines)
    {
        var once = Allocated(line, lines / 2);
        var twice = Allocated(line, lines);
        Assert.That(twice, Is.LessThan(2.5 * once + 100_000));
        Assert.That(twice, Is.LessThan(200L << 20), "bounded");
    }

    [Test]
    public void A_million_tags_are_read()
    {
        var body = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n" + string.Concat(Enumerable.Repeat("#\n", 1_000_000)) + "#EXTINF:2,\na.ts\n";
        Assert.That(MediaPlaylistParser.Parse(Encoding.UTF8.GetBytes(body), Address).Value!.Segments, Has.Count.EqualTo(1));
    }

    private static long Allocated(string line, int lines)
    {
        var body = Encoding.UTF8.GetBytes("#EXTM3U\n#EXT-X-TARGETDURATION:2\n" + string.Concat(Enumerable.Repeat(line, lines)));
        var index = new SegmentIndex(TimeSpan.FromMinutes(1));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var parsed = MediaPlaylistParser.Parse(body, Address);
        Assert.That(parsed.Fault, Is.Null);
        index.Merge(parsed.Value!, DateTimeOffset.UnixEpoch);
        index.Merge(parsed.Value!, DateTimeOffset.UnixEpoch);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static byte[] Damaged(string whole, Random random)
    {
        var bytes = Encoding.UTF8.GetBytes(whole);
        for (var change = random.Next(1, 6); change > 0; change--)
        {
            var at = random.Next(bytes.Length);
            bytes[at] = random.Next(4) switch { 0 => (byte)random.Next(256), 1 => (byte)'9', 2 => (byte)'\n', _ => bytes[random.Next(bytes.Length)] };
        }

        return random.Next(3) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }

    private static Parsed<MediaPlaylist> Parse(string rest) => MediaPlaylistParser.Parse(Encoding.UTF8.GetBytes($"#EXTM3U\n{rest}"), Address);
}
