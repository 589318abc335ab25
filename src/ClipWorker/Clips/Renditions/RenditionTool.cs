using System.Globalization;
using StreamClips.ClipWorker.Clips.Media;
using StreamClips.ClipWorker.Recording;
using StreamClips.Shared.Clips;

namespace StreamClips.ClipWorker.Clips.Renditions;

/// <summary>What was made.</summary>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Sprite">How a preview's pictures lie.</param>
internal sealed record RenditionFacts(int Width, int Height, SpriteLayout? Sprite);

/// <summary>
/// Makes renditions with ffmpeg: nice 19, one thread. The video goes through its input, so that it ends when this program dies.
/// </summary>
internal sealed class RenditionTool(MediaTools tools)
{
    /// <summary>Pictures of a preview.</summary>
    public const int Pictures = 10;

    /// <summary>Width of each of them.</summary>
    public const int PictureWidth = 160;

    private const int Width = 1080, Height = 1920;
    private const double Slack = 0.5;

    // One thread makes some 10 pictures of 1080p60 a second where everything else has priority: ten minutes of clip have two hours.
    private static readonly TimeSpan Least = TimeSpan.FromMinutes(10);
    private const double PerSecond = 12;

    /// <summary>Makes one and checks it.</summary>
    /// <returns>What it is, or why there is none.</returns>
    public Task<Parsed<RenditionFacts>> MakeAsync(RenditionJob job, string kind, string video, string file, CancellationToken ct) =>
        kind == RenditionKind.Vertical ? VerticalAsync(job, video, file, ct) : PreviewAsync(job, video, file, ct);

    private async Task<Parsed<RenditionFacts>> VerticalAsync(RenditionJob job, string video, string file, CancellationToken ct)
    {
        // The background is blurred while it is small: that looks the same and costs a sixteenth.
        var filter = $"[0:v]split[f][b];[b]scale={Width / 4}:{Height / 4}:force_original_aspect_ratio=increase,crop={Width / 4}:{Height / 4},gblur=sigma=6,scale={Width}:{Height}[back];"
            + $"[f]scale={Width}:{Height}:force_original_aspect_ratio=decrease:force_divisible_by=2,setsar=1[front];[back]setsar=1[flat];[flat][front]overlay=(W-w)/2:(H-h)/2,format=yuv420p[v]";
        var fault = await RunAsync(job, video,
        [
            "-filter_complex", filter, "-map", "[v]", "-map", "0:a:0?", "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-threads", "1", "-c:a", "copy",
            "-movflags", "+faststart", "-f", "mp4", file,
        ], ct);
        if (fault is not null) return Parsed<RenditionFacts>.Failed(fault);
        var read = Mp4File.Read(file);
        if (read.Value is not { } mp4) return Parsed<RenditionFacts>.Failed(read.Fault!);
        if (mp4.Video is not { Width: Width, Height: Height }) return Parsed<RenditionFacts>.Failed($"it is not {Width}x{Height}");
        return Math.Abs(mp4.DurationS - job.DurationS) > Slack
            ? Parsed<RenditionFacts>.Failed($"it is {mp4.DurationS:0.0} s long and should be {job.DurationS:0.0} s")
            : new RenditionFacts(Width, Height, null);
    }

    private async Task<Parsed<RenditionFacts>> PreviewAsync(RenditionJob job, string video, string file, CancellationToken ct)
    {
        var height = Math.Max(2, (int)Math.Round(PictureWidth * (double)job.Height / job.Width / 2) * 2);
        var interval = job.DurationS / Pictures;
        // Of keyframes alone: exact enough for a look, and a hundredth of the work. The last one stands for those that lack.
        var filter = string.Create(CultureInfo.InvariantCulture, $"fps=1/{interval:0.000000}:round=up,tpad=stop={Pictures}:stop_mode=clone,scale={PictureWidth}:{height},setsar=1,tile={Pictures}x1");
        var fault = await RunAsync(job, video, ["-an", "-vf", filter, "-frames:v", "1", "-q:v", "5", "-f", "mjpeg", file], ct, "-skip_frame", "nokey");
        if (fault is not null) return Parsed<RenditionFacts>.Failed(fault);
        return new FileInfo(file) is { Exists: true, Length: > 0 }
            ? new RenditionFacts(Pictures * PictureWidth, height, new(Pictures, PictureWidth, height, Math.Round(interval, 3)))
            : Parsed<RenditionFacts>.Failed("there are no pictures in it");
    }

    private async Task<string?> RunAsync(RenditionJob job, string video, string[] arguments, CancellationToken ct, params string[] before)
    {
        var deadline = TimeSpan.FromSeconds(Math.Max(Least.TotalSeconds, job.DurationS * PerSecond));
        var made = await tools.RunAsync(
            "ffmpeg",
            ["-hide_banner", "-v", "error", "-y", "-threads", "1", "-filter_threads", "1", "-filter_complex_threads", "1", .. before, "-f", "mov", "-i", "pipe:0", .. arguments],
            deadline, ct, (input, stop) => PourAsync(video, input, stop), idle: true);
        return made.Fault;
    }

    private static async Task PourAsync(string video, Stream input, CancellationToken ct)
    {
        await using var file = new FileStream(video, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        await file.CopyToAsync(input, 128 << 10, ct);
    }
}
