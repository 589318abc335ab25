using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Clips.Media;
using static StreamClips.ClipWorker.Tests.Clips.NumberedStream;

namespace StreamClips.ClipWorker.Tests.Clips;

/// <summary>Clips that are copies, from streams as they really are, each picture looked at.</summary>
[TestFixture]
[Parallelizable(ParallelScope.Children)]
internal sealed class CopyCutTests
{
    // ISO/IEC 13818-1: time stamps of 90 kHz begin anew after 2^33 ticks, which is 95443.7 s.
    private const string AlmostWrapped = "-output_ts_offset 95438";

    [Test]
    public async Task It_begins_with_the_last_keyframe_before_the_start_also_within_a_segment()
    {
        using var stream = await MakeAsync(12, "-c:v libx264 -preset veryfast -bf 2 -g 20 -keyint_min 20 -sc_threshold 0");
        var (video, clip) = await CutAsync(stream, 3.3, 9);
        Assert.That(video.Start, Is.EqualTo(Epoch.AddSeconds(3)).Within(TimeSpan.FromMilliseconds(5)));
        clip.AssertHolds(At(3), At(9) - 1);
    }

    [Test]
    public async Task A_start_on_a_keyframe_has_no_surplus()
    {
        using var stream = await MakeAsync(8);
        var (video, clip) = await CutAsync(stream, 2, 6);
        Assert.That(video.Start, Is.EqualTo(Epoch.AddSeconds(2)).Within(TimeSpan.FromMilliseconds(5)));
        clip.AssertHolds(At(2), At(6) - 1);
    }

    [Test]
    public async Task Where_a_segment_begins_without_a_keyframe_the_one_before_it_is_searched()
    {
        using var stream = await MakeAsync(12, "-c:v libx264 -preset veryfast -bf 0 -g 60 -keyint_min 60 -sc_threshold 0", "-break_non_keyframes 1");
        var (video, clip) = await CutAsync(stream, 4.5, 10);
        Assert.That(video.Start, Is.EqualTo(Epoch.AddSeconds(3)).Within(TimeSpan.FromMilliseconds(60)));
        clip.AssertHolds(At(3), At(10) - 1);
    }

    [Test]
    public async Task Where_that_one_is_gone_it_begins_with_the_next_keyframe_and_says_so()
    {
        using var stream = await MakeAsync(12, "-c:v libx264 -preset veryfast -bf 0 -g 60 -keyint_min 60 -sc_threshold 0", "-break_non_keyframes 1");
        stream.Ring.Trim(3);
        var (video, clip) = await CutAsync(stream, 4.5, 10);
        Assert.That(video.Start, Is.EqualTo(Epoch.AddSeconds(6)).Within(TimeSpan.FromMilliseconds(60)));
        clip.AssertHolds(At(6), At(10) - 1);
    }

    [Test]
    public async Task Times_that_wrap_in_the_middle_are_one_clip()
    {
        using var stream = await MakeAsync(12, segmenting: AlmostWrapped);
        var (_, clip) = await CutAsync(stream, 2, 11);
        clip.AssertHolds(At(2), clip.Numbers[^1]);
        Assert.That(clip.Numbers[^1], Is.InRange(At(11) - 1, At(11) + 3), "to the end, and on to where no picture refers to a later one");
    }

    [Test]
    public async Task Pictures_that_refer_to_what_is_not_in_the_clip_are_left_out()
    {
        using var stream = await MakeAsync(12, "-c:v libx264 -preset veryfast -bf 2 -g 20 -keyint_min 20 -sc_threshold 0 -x264-params open-gop=1:repeat-headers=1");
        // ffmpeg remarks that a picture asks to forget one that was never there.
        var (video, clip) = await CutAsync(stream, stream.Plan(5, 9), quiet: true);
        Assert.That(video.Start, Is.GreaterThan(Epoch.AddSeconds(3.9)).And.LessThanOrEqualTo(Epoch.AddSeconds(5.1)));
        Assert.That(clip.Numbers, Is.EqualTo(Enumerable.Range(clip.Numbers[0], clip.Numbers.Count)), "each once and in order, none that cannot be decoded");
        Assert.That(clip.Numbers[0], Is.EqualTo(At((video.Start - Epoch).TotalSeconds)).Within(2));
        Assert.That(clip.Numbers[^1], Is.InRange(At(9) - 3, At(9) + 3), "to the end, and on to where no picture refers to a later one");
    }

    [Test]
    public async Task After_a_lost_segment_it_goes_on_at_its_time_with_a_picture_that_can_be_decoded()
    {
        using var stream = await MakeAsync(12);
        var plan = stream.Plan(2, 10);
        plan = plan with { Segments = [.. plan.Segments.Where(s => s.Segment.Number != 3)] };
        var (_, clip) = await CutAsync(stream, plan);
        Assert.That(clip.Numbers, Is.EqualTo(Enumerable.Range(At(2), 40).Concat(Enumerable.Range(At(6), 80))));
        Assert.That(clip.Times[40], Is.EqualTo(4).Within(0.01));
        Assert.That(clip.Complaints, Is.Empty);
    }

    [TestCase("", "-output_ts_offset 5000", false, TestName = "Where_time_stamps_leap_forwards_the_clip_is_the_side_of_the_peak")]
    [TestCase("-output_ts_offset 5000", "", true, TestName = "Where_time_stamps_leap_backwards_the_clip_is_the_side_of_the_peak")]
    public async Task Leap(string before, string after, bool exact)
    {
        using var stream = await MakeAsync(8, segmenting: before);
        using var other = await MakeAsync(8, segmenting: after);
        foreach (var number in new[] { 3, 4 }) stream.Put(number, await File.ReadAllBytesAsync(other[$"{number - 1}.ts"]));
        var cutter = new ClipCutter(stream.Ring, new(TimeProvider.System), CutLimits.Default);
        var plan = stream.Plan(0.5, 8);
        Assert.That((await cutter.CutAsync(plan, stream["clip.mp4"], exact, CancellationToken.None)).Fault, Is.Not.Null);
        var leaps = await cutter.LeapsAsync(plan, CancellationToken.None);
        Assert.That(leaps, Is.EqualTo(new[] { 3 }));
        plan = ClipWindow.Choose(stream.Segments, stream.Ring.Holds, Epoch.AddSeconds(0.5), Epoch.AddSeconds(8), Epoch.AddSeconds(5), leaps)!;
        Assert.That(plan.LostS, Is.EqualTo(3.5).Within(0.01));
        var (_, clip) = await CutAsync(stream, plan);
        clip.AssertHolds(At(4), At(8) - 1);
    }

    [TestCase(40, 3.55, 2.0, TestName = "The_poster_is_a_keyframe_shortly_before_the_peak")]
    [TestCase(160, 3.55, 3.55, TestName = "The_poster_is_the_picture_of_the_peak_where_keyframes_are_rare")]
    [TestCase(160, 5.9, 5.9, TestName = "The_poster_s_keyframe_is_searched_in_earlier_segments")]
    [TestCase(40, 6.0, 4.0, TestName = "A_peak_at_the_end_has_a_poster_too")]
    public async Task Poster(int keyframes, double peak, double shown)
    {
        using var stream = await MakeAsync(8, $"-c:v libx264 -preset veryfast -bf 0 -g {keyframes} -keyint_min {keyframes} -sc_threshold 0", "-break_non_keyframes 1");
        var cutter = new ClipCutter(stream.Ring, new(TimeProvider.System), CutLimits.Default);
        var poster = stream["poster.jpg"];
        Assert.That(await cutter.PosterAsync(stream.Plan(2, 6), Epoch.AddSeconds(peak), poster, CancellationToken.None), Is.Null);
        var luma = await RunAsync("ffmpeg", ["-v", "error", "-nostdin", "-i", poster, "-vf", "scale=160:90", "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"]);
        var number = Enumerable.Range(0, 10).Sum(bit => luma[45 * 160 + bit * 16 + 8] > 126 ? 1 << bit : 0);
        Assert.That(number, Is.EqualTo(At(shown)).Within(keyframes == 40 ? 0 : 1));
    }

    [Test]
    public async Task A_finished_file_tells_of_itself_what_ffprobe_tells_of_it()
    {
        using var stream = await MakeAsync(6);
        var (video, _) = await CutAsync(stream, 0, 6);
        var file = Mp4File.Read(stream["clip.mp4"]).Value!;
        Assert.That(file, Has.Property(nameof(Mp4File.FastStart)).True);
        Assert.That(file.Video, Is.EqualTo(file.Video! with { Format = "avc1", Width = 160, Height = 90, Samples = 120, StartS = 0 }));
        Assert.That(video.Probe.Describe(), Is.EqualTo("160x90 h264/aac"));

        var whole = await File.ReadAllBytesAsync(stream["clip.mp4"]);
        foreach (var length in new[] { 0, 7, 30, whole.Length / 10, whole.Length / 2, whole.Length - 1 })
        {
            await File.WriteAllBytesAsync(stream["cut.mp4"], whole[..length]);
            Assert.That(Mp4File.Read(stream["cut.mp4"]).Fault, Is.Not.Null, $"{length} of {whole.Length} bytes");
        }
    }

    [Test]
    public async Task Damaged_bytes_are_read_without_a_crash()
    {
        using var stream = await MakeAsync(4);
        var (_, _) = await CutAsync(stream, 0, 4);
        var (segment, file, random) = (await File.ReadAllBytesAsync(stream["0.ts"]), await File.ReadAllBytesAsync(stream["clip.mp4"]), new Random(11));
        for (var i = 0; i < 300; i++)
        {
            var bytes = (byte[])segment.Clone();
            for (var k = 0; k < 200; k++) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            for (var at = 0; at < bytes.Length && i % 2 == 0; at += TransportPacket.Bytes) bytes[at] = TransportPacket.Sync;
            if (TransportSegment.Parse(bytes, null) is { } parsed)
            {
                using var output = new MemoryStream();
                new TransportCut().Write(parsed, new(0, parsed.CountUntil(parsed.LastPts), parsed.FirstPts, parsed.LastPts), output);
                Assert.That(output.Length % TransportPacket.Bytes, Is.Zero);
            }

            var broken = (byte[])file.Clone();
            for (var k = 0; k < 20; k++) broken[random.Next(Math.Min(broken.Length, 8000))] = (byte)random.Next(256);
            await File.WriteAllBytesAsync(stream["broken.mp4"], broken);
            Assert.That(() => Mp4File.Read(stream["broken.mp4"]), Throws.Nothing);
        }
    }

    private static Task<(CutVideo Video, DecodedClip Clip)> CutAsync(NumberedStream stream, double start, double end) => CutAsync(stream, stream.Plan(start, end));

    private static async Task<(CutVideo Video, DecodedClip Clip)> CutAsync(NumberedStream stream, ClipPlan plan, bool quiet = false)
    {
        var cut = await new ClipCutter(stream.Ring, new(TimeProvider.System), CutLimits.Default).CutAsync(plan, stream["clip.mp4"], exact: false, CancellationToken.None);
        Assert.That(cut.Fault, Is.Null);
        return (cut.Value!, await DecodeAsync(stream["clip.mp4"], quiet));
    }
}
