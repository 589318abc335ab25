using System.Diagnostics;
using System.Globalization;
using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Recording;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Clips;

/// <summary>Cutting what is harder than even segments of MPEG-TS: the real ffmpeg, pictures counted.</summary>
[TestFixture]
internal sealed class StreamKindsTests
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 2, 3, 4, 0, TimeSpan.Zero);
    private TemporaryDirectory _directory = null!;
    private SegmentRing _ring = null!;
    private ClipCutter _cutter = null!;

    [OneTimeSetUp]
    public void OpenTheRing()
    {
        _directory = new();
        _ring = new(_directory["ring"], 1 << 30);
        _ring.Open();
        _cutter = new(_ring, new(TimeProvider.System), CutLimits.Default);
    }

    [OneTimeTearDown]
    public void RemoveSegments() => _directory.Dispose();

    [Test]
    public async Task Time_stamps_that_wrap_at_33_bits_in_the_middle_go_on_in_the_clip()
    {
        // 2^33 ticks of 90 kHz are 95443.718 s: after 5 of the 12 s.
        await SegmentsAsync("-output_ts_offset", "95438.7", "-f", "hls", "-hls_time", "2", "-hls_list_size", "0", "-hls_segment_filename", _directory["wrap%d.ts"], _directory["wrap.m3u8"]);
        await AssertWholeAsync("wrap", "ts", 100, map: null, frames: 160);
    }

    [Test]
    public async Task Fragmented_MP4_is_cut_with_its_section_once()
    {
        await SegmentsAsync("-f", "hls", "-hls_time", "2", "-hls_list_size", "0", "-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", "frag.mp4", "-hls_segment_filename", _directory["frag%d.m4s"], _directory["frag.m3u8"]);
        await AssertWholeAsync("frag", "m4s", 200, File.ReadAllBytes(_directory["frag.mp4"]), frames: 160);
    }

    private async Task AssertWholeAsync(string name, string extension, int from, byte[]? map, int frames)
    {
        for (var n = 0; n < 6; n++)
        {
            byte[] bytes = [.. map ?? [], .. File.ReadAllBytes(_directory[$"{name}{n}.{extension}"])];
            File.WriteAllBytes(_ring.PartOf(from + n), bytes);
            _ring.Put(from + n, bytes.Length, map?.Length ?? 0);
        }

        var section = map is null ? null : new SegmentMap(new("https://edge.example/i.mp4"), null);
        var segments = Enumerable.Range(1, 4).Select(n => new TimedSegment(
            new() { Number = from + n, Part = 1, Uri = new("https://edge.example/"), Duration = TimeSpan.FromSeconds(2), Arrived = Epoch, Map = section }, Epoch.AddSeconds(2 * n)));
        var file = _directory[$"{name}.clip.mp4"];
        var plan = new ClipPlan { Segments = [.. segments], WantedStart = Epoch.AddSeconds(2), End = Epoch.AddSeconds(10), LostS = 0 };
        var cut = await _cutter.CutAsync(plan, file, exact: false, CancellationToken.None);
        Assert.That(cut.Fault, Is.Null);
        Assert.That(await _cutter.PosterAsync(plan, Epoch.AddSeconds(5.9), _directory[$"{name}.jpg"], CancellationToken.None), Is.Null);
        Assert.That(await _cutter.PosterAsync(plan, Epoch.AddSeconds(99), _directory[$"{name}.jpg"], CancellationToken.None), Is.Null);
        var times = (await RunAsync("ffprobe", "-v", "warning", "-select_streams", "v", "-show_entries", "frame=best_effort_timestamp_time", "-of", "csv=p=0", file))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(t => double.Parse(t.TrimEnd(','), CultureInfo.InvariantCulture)).ToList();
        Assert.That(times, Has.Count.EqualTo(frames));
        Assert.That(times.Zip(times.Skip(1), (a, b) => Math.Round((b - a) * 1000)).Distinct(), Is.EqualTo(new[] { 50.0 }), "no step is longer or shorter");
        Assert.That(cut.Value!.Probe.DurationS, Is.EqualTo(8).Within(0.1));
    }

    private Task SegmentsAsync(params string[] output) => RunAsync("ffmpeg",
    [
        "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "testsrc=size=160x90:rate=20:duration=12", "-f", "lavfi", "-i", "sine=duration=12",
        "-c:v", "libx264", "-preset", "ultrafast", "-g", "40", "-sc_threshold", "0", "-c:a", "aac", .. output,
    ]);

    private static async Task<string> RunAsync(string tool, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        var said = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.That(process.ExitCode, Is.Zero, await said);
        Assert.That(await said, Is.Empty);
        return output;
    }
}
