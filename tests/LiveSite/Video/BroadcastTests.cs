using StreamClips.LiveSite.Video;
using StreamClips.Testing;

namespace StreamClips.LiveSite.Tests.Video;

/// <summary>Looks into the segments of the running site with the real ffmpeg.</summary>
[TestFixture, Category("Slow")]
internal sealed class BroadcastTests
{
    private const int Segments = 7; // 14 s hold at least one full ten seconds

    private static readonly string[] Qualities = [.. Rendition.All.Where(r => r.HasPicture).Select(r => r.Id)];
    private static TemporaryDirectory s_directory = null!;
    private static Dictionary<string, HlsPlaylist> s_playlists = null!;

    [OneTimeSetUp]
    public static async Task FetchSegments()
    {
        s_directory = new TemporaryDirectory();
        s_playlists = [];
        await LiveSiteFixture.PlaylistAsync(LiveSiteFixture.Steady, Segments);

        // All playlists first, before they slide on.
        foreach (var rendition in Rendition.All) s_playlists[rendition.Id] = await LiveSiteFixture.PlaylistAsync(LiveSiteFixture.Steady, Segments, rendition.Id);
        foreach (var rendition in Rendition.All)
        {
            var playlist = s_playlists[rendition.Id];
            await using var whole = File.Create(s_directory[rendition.Id + ".ts"]);
            for (var i = 0; i < Segments; i++)
            {
                var bytes = await LiveSiteFixture.Http.GetByteArrayAsync(playlist.Segments[i].Address);
                await File.WriteAllBytesAsync(s_directory[$"{rendition.Id}-{i}.ts"], bytes);
                await whole.WriteAsync(bytes);
            }
        }
    }

    [OneTimeTearDown]
    public static void RemoveSegments() => s_directory.Dispose();

    [TestCaseSource(nameof(Qualities))]
    public async Task Every_frame_of_every_quality_tells_its_time_and_the_playlist_tells_the_same(string quality)
    {
        var content = await ClipContent.DecodeAsync(s_directory[quality + ".ts"]);
        var start = s_playlists[quality].Segments[0].Start;
        var expected = Enumerable.Range(0, Segments * Timing.FramesPerSegment).Select(i => (DateTimeOffset?)start.AddMilliseconds(i * Timing.FrameMilliseconds));
        Assert.Multiple(() =>
        {
            Assert.That(content.Frames.Select(f => f.WallClock), Is.EqualTo(expected));
            Assert.That(content.Complaints, Is.Empty);
            Assert.That((content.Width, content.Height), Is.EqualTo((Rendition.Find(quality)!.Width, Rendition.Find(quality)!.Height)));
        });
        var steps = content.Frames.Zip(content.Frames.Skip(1), (a, b) => (b.At - a.At).TotalMilliseconds).Distinct().ToList();
        Assert.That(steps, Has.All.EqualTo(50).Within(0.1), "the time stamps go on without gap or jump across segments");
    }

    [TestCaseSource(nameof(Qualities))]
    public async Task Flash_and_beep_come_together_at_every_full_ten_seconds(string quality)
    {
        var content = await ClipContent.DecodeAsync(s_directory[quality + ".ts"]);
        var lit = content.Frames.First(f => f.Flash && f.WallClock!.Value.ToUnixTimeMilliseconds() % 10_000 == 0);
        var beep = content.Beeps.MinBy(b => Math.Abs((b - lit.At).TotalMilliseconds));
        Assert.Multiple(() =>
        {
            Assert.That((beep - lit.At).TotalMilliseconds, Is.EqualTo(0).Within(15), "sound and picture are in step");
            Assert.That(content.Beeps, Has.Count.InRange(1, 2));
            Assert.That(content.Frames.Where(f => f.Flash).Select(f => f.WallClock!.Value.ToUnixTimeMilliseconds() % 10_000), Has.All.LessThan(200));
        });
    }

    [Test]
    public async Task Every_segment_can_be_decoded_by_itself_from_its_first_frame_on()
    {
        for (var i = 0; i < Segments; i++)
        {
            var content = await ClipContent.DecodeAsync(s_directory[$"chunked-{i}.ts"]);
            Assert.That(content.Frames, Has.Count.EqualTo(Timing.FramesPerSegment), $"segment {i}");
            Assert.That(content.First, Is.EqualTo(s_playlists["chunked"].Segments[i].Start), $"segment {i}");
            Assert.That(content.Complaints, Is.Empty);
        }
    }

    [Test]
    public void All_qualities_have_the_same_segments()
    {
        var expected = s_playlists["chunked"].Segments.Take(Segments).Select(s => (s.Start, s.Seconds, s.Title));
        foreach (var playlist in s_playlists.Values)
            Assert.That(playlist.Segments.SkipWhile(s => s.Start < s_playlists["chunked"].Segments[0].Start).Take(Segments).Select(s => (s.Start, s.Seconds, s.Title)),
                Is.EqualTo(expected));
    }

    [Test]
    public void Audio_only_is_as_long_as_the_others_and_much_smaller()
    {
        var audio = new FileInfo(s_directory["audio_only.ts"]).Length;
        Assert.That(audio, Is.InRange(Segments * 2 * 4_000, Segments * 2 * 16_000), "about 64 kbit/s");
    }
}
