using Microsoft.Playwright;
using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Clips.Renditions;
using StreamClips.ClipWorker.Tests.Clips;
using StreamClips.Shared.Clips;
using StreamClips.Testing;

namespace StreamClips.Browser.Tests;

/// <summary>Every kind of clip that the worker makes plays in Chromium from its first to its last picture.</summary>
[Category("Slow")]
public sealed class PlayedClipTests
{
    // 20 pictures a second.
    private const double Picture = 0.05;

    private NumberedStream _stream = null!;
    private ClipCutter _cutter = null!;

    [OneTimeSetUp]
    public async Task MakeAStreamAsync()
    {
        _stream = await NumberedStream.MakeAsync(10);
        _cutter = new(_stream.Ring, new(TimeProvider.System), CutLimits.Default);
    }

    [OneTimeTearDown]
    public void RemoveIt() => _stream.Dispose();

    [Test]
    public async Task An_exact_clip_plays_from_the_wanted_picture_on()
    {
        var cut = await _cutter.CutAsync(_stream.Plan(0.65, 8), _stream["exact.mp4"], exact: true, CancellationToken.None);
        Assert.That((cut.Fault, cut.Value?.Method), Is.EqualTo(((string?)null, CutMethod.Exact)));
        await PlaysAsync("exact.mp4", 7.35, 160, 90);
    }

    [Test]
    public async Task A_vertical_video_plays()
    {
        var cut = await _cutter.CutAsync(_stream.Plan(2, 5), _stream["wide.mp4"], exact: false, CancellationToken.None);
        var probe = cut.Value!.Probe;
        var job = new RenditionJob { ClipId = Guid.NewGuid(), Name = "v", ClipPath = "v", Kinds = [RenditionKind.Vertical], DurationS = probe.DurationS, Width = probe.Width, Height = probe.Height };
        var made = await new RenditionTool(new(TimeProvider.System)).MakeAsync(job, RenditionKind.Vertical, _stream["wide.mp4"], _stream["vertical.mp4"], CancellationToken.None);
        Assert.That(made.Fault, Is.Null);
        await PlaysAsync("vertical.mp4", probe.DurationS, 1080, 1920);
    }

    [Test]
    public async Task A_clip_of_a_stream_with_a_discontinuity_plays_on_the_side_of_its_peak()
    {
        // What comes after the fourth second is of another encoder, whose time stamps begin elsewhere.
        using var other = await NumberedStream.MakeAsync(10, segmenting: "-output_ts_offset 5000");
        for (var number = 3; number <= 5; number++) _stream.Put(10 + number, await File.ReadAllBytesAsync(other[$"{number - 1}.ts"]));
        List<TimedSegment> segments = [.. _stream.Segments.Select(s => s.Segment.Number < 3 ? s : s with { Segment = s.Segment with { Number = s.Segment.Number + 10, Part = 2 } })];
        var epoch = NumberedStream.Epoch;
        var plan = ClipWindow.Choose(segments, _stream.Ring.Holds, epoch.AddSeconds(1), epoch.AddSeconds(9), epoch.AddSeconds(6))!;
        Assert.That(plan.Segments.Select(s => s.Segment.Part), Is.All.EqualTo(2));
        Assert.That((await _cutter.CutAsync(plan, _stream["part.mp4"], exact: false, CancellationToken.None)).Fault, Is.Null);
        await PlaysAsync("part.mp4", 5, 160, 90);
    }

    [Test]
    public async Task A_clip_with_a_hole_plays_to_its_end()
    {
        var plan = _stream.Plan(0, 8);
        plan = plan with { Segments = [.. plan.Segments.Where(s => s.Segment.Number != 3)] };
        Assert.That((await _cutter.CutAsync(plan, _stream["hole.mp4"], exact: false, CancellationToken.None)).Fault, Is.Null);
        await PlaysAsync("hole.mp4", 8, 160, 90);
    }

    /// <summary>Asserts that a video lasts so long, can be sought, and plays to its end without a fault.</summary>
    private async Task PlaysAsync(string name, double seconds, int width, int height)
    {
        await using var context = await Surroundings.Browser.NewContextAsync();
        context.SetDefaultTimeout(Surroundings.PatienceMs);
        var page = await context.NewPageAsync();
        // Chromium makes a page of its own for a video.
        await page.GotoAsync(new Uri(_stream[name]).AbsoluteUri);
        var video = page.Locator("video");
        await ComesTrueAsync("v => v.readyState >= 2");
        Assert.That(await video.EvaluateAsync<double>("v => v.duration"), Is.EqualTo(seconds).Within(2 * Picture + 0.05));
        Assert.That(await video.EvaluateAsync<int[]>("v => [v.videoWidth, v.videoHeight]"), Is.EqualTo(new[] { width, height }));
        await video.EvaluateAsync("v => { v.pause(); v.currentTime = v.duration - 1; }");
        await ComesTrueAsync("v => !v.seeking && v.readyState >= 2 && Math.abs(v.currentTime - v.duration + 1) < 0.1");
        await video.EvaluateAsync("v => { v.muted = true; v.currentTime = 0; v.playbackRate = 4; return v.play(); }");
        await ComesTrueAsync("v => v.ended && v.currentTime > v.duration - 0.1");
        Assert.That(await video.EvaluateAsync<string?>("v => v.error && v.error.message"), Is.Null);
        Assert.That(await video.EvaluateAsync<int>("v => v.webkitAudioDecodedByteCount"), Is.Positive, "there is sound");

        Task ComesTrueAsync(string condition) => Eventually.TrueAsync(() => video.EvaluateAsync<bool>(condition), condition, 90);
    }
}
