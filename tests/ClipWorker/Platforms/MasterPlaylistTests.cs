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

    [Test]
    public void Without_sizes_the_bits_decide() =>
        Assert.That(Best("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\na\n#EXT-X-STREAM-INF:BANDWIDTH=2000\nb\n").Uri.AbsolutePath, Is.EqualTo("/api/b"));

    [TestCase("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"mp4a.40.2\"\na\n", "it offers sound only, and a clip needs a picture")]
    [TestCase("#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"s\",URI=\"s.m3u8\"\n#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=2x2,AUDIO=\"s\"\na\n", "its sound is in a playlist of its own, which is not supported yet")]
    public void What_cannot_be_clipped_is_refused(string body, string fault)
    {
        var variants = MasterPlaylist.Parse(Encoding.UTF8.GetBytes(body), new("https://usher.example/"));
        Assert.That(MasterPlaylist.Best(variants.Value!).Fault, Is.EqualTo(fault));
    }

    [TestCase("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n", "it is a master playlist without a variant that can be fetched")]
    [TestCase("Not found", "it is not an HLS playlist: it begins with \"Not found\", not with \"#EXTM3U\"")]
    public void What_is_no_master_playlist_says_so(string body, string fault) =>
        Assert.That(MasterPlaylist.Parse(Encoding.UTF8.GetBytes(body), new("https://usher.example/")).Fault, Is.EqualTo(fault));

    private static Variant Best(string body)
    {
        var variants = MasterPlaylist.Parse(Encoding.UTF8.GetBytes(body), new("https://usher.example/api/x.m3u8"));
        Assert.That(variants.Fault, Is.Null);
        return MasterPlaylist.Best(variants.Value!).Value!;
    }
}
