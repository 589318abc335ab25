using System.Text;
using StreamClips.ClipWorker.Platforms;

namespace StreamClips.ClipWorker.Tests.Platforms;

/// <summary>Which quality of a stream is taken.</summary>
[TestFixture]
internal sealed class MasterPlaylistTests
{
    [Test]
    public void The_highest_picture_wins_then_frames_then_bits_and_sound_alone_never()
    {
        var best = Best("""
            #EXTM3U
            #EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="chunked",NAME="1080p60 (source)"
            #EXT-X-STREAM-INF:BANDWIDTH=9000000,CODECS="mp4a.40.2",IVS-NAME="audio_only"
            audio.m3u8
            #EXT-X-STREAM-INF:BANDWIDTH=6400000,RESOLUTION=1920x1080,CODECS="avc1.64002A,mp4a.40.2",FRAME-RATE=30.000
            1080p30.m3u8
            #EXT-X-STREAM-INF:BANDWIDTH=6000000,RESOLUTION=1920x1080,CODECS="avc1.64002A,mp4a.40.2",VIDEO="chunked",FRAME-RATE=60.000
            1080p60.m3u8
            #EXT-X-STREAM-INF:BANDWIDTH=9900000,RESOLUTION=1280x720,FRAME-RATE=60.000
            720p60.m3u8
            """);
        Assert.That(best.Uri.AbsoluteUri, Is.EqualTo("https://usher.example/api/1080p60.m3u8"));
        Assert.That(best.Describe(), Is.EqualTo("1080p60 at 6.0 Mbit/s"));
        Assert.That(best.Name, Is.EqualTo("1080p60 (source)"));
    }

    private const string Twitch = """
        #EXTM3U
        #EXT-X-STREAM-INF:BANDWIDTH=160000,CODECS="mp4a.40.2",STABLE-VARIANT-ID="audio_only",IVS-NAME="audio_only",IVS-VARIANT-SOURCE="transcode"
        audio
        #EXT-X-STREAM-INF:BANDWIDTH=1400000,RESOLUTION=852x480,CODECS="avc1.4D401F,mp4a.40.2",FRAME-RATE=30.000,STABLE-VARIANT-ID="480p30",IVS-NAME="480p",IVS-VARIANT-SOURCE="transcode"
        480p
        #EXT-X-STREAM-INF:BANDWIDTH=3400000,RESOLUTION=1280x720,CODECS="avc1.4D401F,mp4a.40.2",FRAME-RATE=59.940,STABLE-VARIANT-ID="720p60",IVS-NAME="720p60",IVS-VARIANT-SOURCE="transcode"
        720p60
        #EXT-X-STREAM-INF:BANDWIDTH=2400000,RESOLUTION=1280x720,CODECS="avc1.4D401F,mp4a.40.2",FRAME-RATE=30.000,STABLE-VARIANT-ID="720p30",IVS-NAME="720p",IVS-VARIANT-SOURCE="transcode"
        720p
        #EXT-X-STREAM-INF:BANDWIDTH=6400000,RESOLUTION=1920x1080,CODECS="avc1.64002A,mp4a.40.2",FRAME-RATE=59.940,STABLE-VARIANT-ID="chunked",IVS-NAME="1080p60",IVS-VARIANT-SOURCE="source"
        1080p60
        #EXT-X-STREAM-INF:BANDWIDTH=230000,RESOLUTION=284x160,CODECS="avc1.4D401F,mp4a.40.2",FRAME-RATE=30.000,IVS-NAME="160p"
        160p
        #EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=90000000,RESOLUTION=3840x2160,URI="keyframes"
        """;

    [TestCase("best", "1080p60")]
    [TestCase("1080p60", "1080p60")]
    [TestCase("1080p", "1080p60")]
    [TestCase("1080p30", "720p60")]
    [TestCase("1440p60", "1080p60")]
    [TestCase("720p60", "720p60")]
    [TestCase("720p", "720p")]
    [TestCase("720p50", "720p")]
    [TestCase("900p", "720p60")]
    [TestCase("480p30", "480p")]
    [TestCase("360p", "160p")]
    [TestCase("144p", "160p")]
    [TestCase("worst", "160p")]
    public void A_quality_is_taken_by_name_size_and_rate_else_the_best_that_is_not_better_else_the_worst(string quality, string taken) =>
        Assert.That(Best(Twitch, quality).Uri.AbsolutePath, Is.EqualTo($"/api/{taken}"));

    [Test]
    public void What_browsers_do_not_play_is_taken_only_where_there_is_nothing_else()
    {
        const string Hevc = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9,RESOLUTION=3840x2160,CODECS=\"hvc1.2.4.L153,mp4a.40.2\"\nhevc\n";
        Assert.That(Best($"{Hevc}#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=1280x720,CODECS=\"avc1.4D401F,mp4a.40.2\"\navc\n").Uri.AbsolutePath, Is.EqualTo("/api/avc"));
        Assert.That(Best($"{Hevc}#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=1280x720,CODECS=\"avc1.4D401F,ec-3\"\nsurround\n").Uri.AbsolutePath, Is.EqualTo("/api/hevc"));
    }

    [Test]
    public void An_upright_picture_is_named_by_its_shorter_side()
    {
        const string Upright = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9,RESOLUTION=1080x1920\na\n#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=720x1280\nb\n";
        Assert.That(Best(Upright, "1080p").Uri.AbsolutePath, Is.EqualTo("/api/a"));
        Assert.That(Best(Upright, "720p").Uri.AbsolutePath, Is.EqualTo("/api/b"));
    }

    [Test]
    public void Names_tell_where_sizes_are_not_told()
    {
        const string Named = "#EXTM3U\n#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID=\"1\",NAME=\"720p60 (source)\"\n#EXT-X-STREAM-INF:BANDWIDTH=1,VIDEO=\"1\"\na\n#EXT-X-STREAM-INF:BANDWIDTH=9,STABLE-VARIANT-ID=\"480p\"\nb\n"
            + "#EXT-X-STREAM-INF:BANDWIDTH=99,IVS-NAME=\"Audio Only\"\nc\n#EXT-X-STREAM-INF:BANDWIDTH=999,CODECS=\"wvtt\"\nd\n";
        Assert.That(Best(Named).Uri.AbsolutePath, Is.EqualTo("/api/a"));
        Assert.That(Best(Named, "720p60").Uri.AbsolutePath, Is.EqualTo("/api/a"));
        Assert.That(Best(Named, "worst").Uri.AbsolutePath, Is.EqualTo("/api/b"));
    }

    [Test]
    public void Sound_that_is_in_the_variant_too_is_not_elsewhere()
    {
        var variant = Best("#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"s\",NAME=\"a\",DEFAULT=YES\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"s\",NAME=\"b\",URI=\"s.m3u8\"\n#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=2x2,AUDIO=\"s\"\na\n");
        Assert.That(variant.Sound, Is.Null);
    }

    [Test]
    public void Of_sound_that_is_elsewhere_the_default_of_the_variants_own_group_is_taken()
    {
        const string Apart = """
            #EXTM3U
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="low",NAME="x",DEFAULT=YES,URI="low.m3u8"
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="high",NAME="comment",AUTOSELECT=YES,URI="comment.m3u8"
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="high",NAME="live",DEFAULT=YES,AUTOSELECT=YES,URI="high.m3u8"
            #EXT-X-STREAM-INF:BANDWIDTH=2,RESOLUTION=1280x720,AUDIO="high"
            720
            #EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=640x360,AUDIO="low"
            360
            #EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=640x360
            360-whole
            """;
        Assert.That(Best(Apart).Online(), Has.Property("Sound").EqualTo(new Uri("https://usher.example/api/high.m3u8")).And.Property("Playlist").EqualTo(new Uri("https://usher.example/api/720")));
        Assert.That(Best(Apart, "worst").Uri.AbsolutePath, Is.EqualTo("/api/360"));
        Assert.That(Best(Apart, "360p").Uri.AbsolutePath, Is.EqualTo("/api/360-whole"), "of two alike the one that is whole");
    }

    [Test]
    public void Variables_of_the_master_are_put_in() => Assert.That(
        Best("#EXTM3U\n#EXT-X-DEFINE:NAME=\"p\",VALUE=\"x/y\"\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{$p}/z.m3u8\n").Uri.AbsolutePath, Is.EqualTo("/api/x/y/z.m3u8"));

    [Test]
    public void Without_sizes_the_bits_decide() =>
        Assert.That(Best("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\na\n#EXT-X-STREAM-INF:BANDWIDTH=2000\nb\n").Uri.AbsolutePath, Is.EqualTo("/api/b"));

    [TestCase("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"mp4a.40.2\"\na\n", "it offers sound only, and a clip needs a picture")]
    public void What_cannot_be_clipped_is_refused(string body, string fault)
    {
        var variants = MasterPlaylist.Parse(Encoding.UTF8.GetBytes(body), new("https://usher.example/"));
        Assert.That(WantedQuality.Choose(variants.Value!, "best").Fault, Is.EqualTo(fault));
    }

    [TestCase("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n", "it is a master playlist without a variant that can be fetched")]
    [TestCase("Not found", "it is not an HLS playlist: it begins with \"Not found\", not with \"#EXTM3U\"")]
    public void What_is_no_master_playlist_says_so(string body, string fault) =>
        Assert.That(MasterPlaylist.Parse(Encoding.UTF8.GetBytes(body), new("https://usher.example/")).Fault, Is.EqualTo(fault));

    private static Variant Best(string body, string quality = "best")
    {
        var variants = MasterPlaylist.Parse(Encoding.UTF8.GetBytes(body), new("https://usher.example/api/x.m3u8"));
        Assert.That(variants.Fault, Is.Null);
        return WantedQuality.Choose(variants.Value!, quality).Value!;
    }
}
