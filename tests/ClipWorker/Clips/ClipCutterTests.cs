using System.Diagnostics;
using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Recording;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Clips;

/// <summary>Cutting with the real ffmpeg, from segments that ffmpeg made.</summary>
[TestFixture]
internal sealed class ClipCutterTests
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 2, 3, 4, 0, TimeSpan.Zero);
    private TemporaryDirectory _directory = null!;
    private SegmentRing _ring = null!;
    private ClipCutter _cutter = null!;

    [OneTimeSetUp]
    public async Task MakeSegments()
    {
        _directory = new();
        await FfmpegAsync(
            "-f", "lavfi", "-i", "testsrc=size=160x90:rate=20:duration=12", "-f", "lavfi", "-i", "sine=duration=12", "-c:v", "libx264", "-preset", "ultrafast", "-g", "40",
            "-c:a", "aac", "-f", "segment", "-segment_time", "2", "-segment_format", "mpegts", _directory["%d.ts"]);
        await FfmpegAsync(
            "-f", "lavfi", "-i", "testsrc=size=160x90:rate=20:duration=4", "-c:v", "libx264", "-preset", "ultrafast", "-g", "40", "-f", "segment", "-segment_time", "2",
            "-segment_format", "mpegts", _directory["silent%d.ts"]);
        _ring = new(_directory["ring"], 1 << 30);
        _ring.Open();
        for (var n = 1; n <= 6; n++) Put(n, File.ReadAllBytes(_directory[$"{n - 1}.ts"]));
        for (var n = 11; n <= 12; n++) Put(n, File.ReadAllBytes(_directory[$"silent{n - 11}.ts"]));
        Put(21, [.. Enumerable.Repeat((byte)'x', 188 * 100)]);
        _cutter = new(_ring, new(TimeProvider.System), CutLimits.Default);
    }

    [OneTimeTearDown]
    public void RemoveSegments() => _directory.Dispose();

    [Test]
    public async Task The_clip_has_the_planned_length_with_picture_and_sound()
    {
        var cut = await CutAsync(Plan([2, 3, 4, 5], 7));
        Assert.That(cut.Fault, Is.Null);
        Assert.That(cut.Value!.Probe.DurationS, Is.EqualTo(7).Within(0.1));
        Assert.That(cut.Value.Probe.Describe(), Is.EqualTo("160x90 h264/aac"));
    }

    [Test]
    public async Task A_hole_stays_a_hole_in_time()
    {
        var cut = await CutAsync(Plan([1, 2, 4, 5], 10));
        Assert.That(cut.Fault, Is.Null);
        Assert.That(cut.Value!.Probe.DurationS, Is.EqualTo(10).Within(0.2));
    }

    [Test]
    public async Task A_stream_without_sound_makes_a_clip_without_sound()
    {
        var cut = await CutAsync(Plan([11, 12], 4));
        Assert.That(cut.Fault, Is.Null);
        Assert.That(cut.Value!.Probe.Audio, Is.Null);
    }

    [Test]
    public async Task Segments_that_went_meanwhile_are_a_fault_and_no_short_clip() =>
        Assert.That((await CutAsync(Plan([5, 6, 7, 8, 9], 10))).Fault, Does.Match(@"^the clip is 4\.\d s long and should be 10\.0 s$"));

    [Test]
    public async Task Garbage_is_a_fault_that_quotes_ffmpeg() =>
        Assert.That((await CutAsync(Plan([21], 2))).Fault, Does.StartWith("ffmpeg ended with "));

    [Test]
    public async Task Nothing_at_all_is_a_fault() =>
        Assert.That((await CutAsync(Plan([31], 2))).Fault, Is.Not.Null);

    [Test]
    public async Task A_poster_is_a_picture_of_the_wanted_width()
    {
        var video = _directory["poster.mp4"];
        await _cutter.CutAsync(Plan([1, 2], 4), video, exact: false, CancellationToken.None);
        Assert.That(await _cutter.PosterAsync(video, TimeSpan.FromSeconds(3), _directory["poster.jpg"], CancellationToken.None), Is.Null);
        Assert.That(File.ReadAllBytes(_directory["poster.jpg"])[..2], Is.EqualTo(new byte[] { 0xFF, 0xD8 }));
        Assert.That(await _cutter.PosterAsync(video, TimeSpan.FromSeconds(30), _directory["none.jpg"], CancellationToken.None), Is.Not.Null);
    }

    [Test]
    public async Task A_tool_that_does_not_end_is_killed_at_its_deadline()
    {
        var result = await new MediaTools(TimeProvider.System).RunAsync("sleep", ["600"], TimeSpan.FromMilliseconds(300), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(120));
        Assert.That(result.Fault, Does.StartWith("sleep was killed: it was not done within "));
    }

    private Task<Parsed<CutVideo>> CutAsync(ClipPlan plan) => _cutter.CutAsync(plan, _directory[$"{Guid.NewGuid():N}.mp4"], exact: false, CancellationToken.None);

    /// <summary>A plan of these segments that ends so many seconds after its start.</summary>
    private static ClipPlan Plan(int[] numbers, double seconds)
    {
        var segments = numbers.Select(n => new TimedSegment(
            new() { Number = n, Part = 1, Uri = new("https://edge.example/"), Duration = TimeSpan.FromSeconds(2), Arrived = Epoch }, Epoch.AddSeconds(2 * n)));
        return new() { Segments = [.. segments], WantedStart = Epoch.AddSeconds(2 * numbers[0]), End = Epoch.AddSeconds(2 * numbers[0] + seconds), LostS = 0 };
    }

    private void Put(int number, byte[] bytes)
    {
        File.WriteAllBytes(_ring.PartOf(number), bytes);
        _ring.Put(number, bytes.Length, headBytes: 0);
    }

    private static async Task FfmpegAsync(params string[] arguments)
    {
        using var ffmpeg = Process.Start(new ProcessStartInfo("ffmpeg", ["-v", "error", "-nostdin", .. arguments]) { RedirectStandardError = true, UseShellExecute = false })!;
        var said = await ffmpeg.StandardError.ReadToEndAsync();
        await ffmpeg.WaitForExitAsync();
        Assert.That(ffmpeg.ExitCode, Is.Zero, said);
    }
}
