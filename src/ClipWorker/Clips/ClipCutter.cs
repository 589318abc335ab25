using System.Globalization;
using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Clips;

/// <summary>
/// Makes the video of a clip from the ring: the segments' bytes one after the other into ffmpeg, which copies the streams
/// into an MP4. (The concat demuxer instead would stretch the timeline at every joint.) A file that is not what was
/// expected is a fault, never a clip.
/// </summary>
internal sealed class ClipCutter(SegmentRing ring, MediaTools tools)
{
    private const int PosterWidth = 480;
    private static readonly TimeSpan CutDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookDeadline = TimeSpan.FromSeconds(20);

    /// <summary>Cuts and checks.</summary>
    /// <param name="plan">Which segments.</param>
    /// <param name="file">The file to write; replaced if it is there.</param>
    /// <param name="ct">Ends it, and ffmpeg.</param>
    /// <returns>What the file holds, or why it is no clip.</returns>
    public async Task<Parsed<MediaProbe>> CutAsync(ClipPlan plan, string file, CancellationToken ct)
    {
        var wanted = plan.End - plan.Start;
        var fragmented = plan.Segments[0].Segment.Map is not null;
        string[] arguments =
        [
            "-hide_banner", "-v", "error", "-y", "-f", fragmented ? "mov" : "mpegts", "-i", "pipe:0", "-map", "0:v:0", "-map", "0:a:0?", "-c", "copy",
            "-t", wanted.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture), "-movflags", "+faststart", "-f", "mp4", file,
        ];
        var cut = await tools.RunAsync("ffmpeg", arguments, CutDeadline, ct, (input, stop) => PourAsync(plan, input, stop));
        if (cut.Fault is not null) return Parsed<MediaProbe>.Failed(cut.Fault);

        var looked = await tools.RunAsync("ffprobe", MediaProbe.Arguments(file), LookDeadline, ct);
        if (looked.Fault is not null) return Parsed<MediaProbe>.Failed(looked.Fault);
        if (MediaProbe.Parse(looked.Output) is not { } probe) return Parsed<MediaProbe>.Failed("ffprobe gave an answer that cannot be read");
        return Fault(plan, probe) is { } fault || (probe.Audio is null && await SourceHasSoundAsync(plan, ct) && (fault = "the sound is missing in the clip") is not null)
            ? Parsed<MediaProbe>.Failed(fault)
            : probe;
    }

    /// <summary>Makes a picture of one moment of a video.</summary>
    /// <returns>Why there is none, or null.</returns>
    public async Task<string?> PosterAsync(string video, TimeSpan at, string file, CancellationToken ct)
    {
        string[] arguments =
        [
            "-hide_banner", "-v", "error", "-nostdin", "-y", "-ss", at.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture), "-i", video,
            "-frames:v", "1", "-vf", $"scale={PosterWidth}:-2", "-q:v", "4", "-f", "mjpeg", file,
        ];
        var made = await tools.RunAsync("ffmpeg", arguments, LookDeadline, ct);
        if (made.Fault is not null) return made.Fault;
        return new FileInfo(file) is { Exists: true, Length: > 0 } ? null : "there is no picture at that time";
    }

    /// <summary>What is wrong with a file that was cut by this plan; null where it is right.</summary>
    public static string? Fault(ClipPlan plan, MediaProbe probe)
    {
        if (probe.Video is null || probe.Width == 0) return "there is no picture in the clip";
        var longest = plan.Segments.Max(s => s.Segment.Duration.TotalSeconds);
        // Segments that are missing in the middle leave a still picture, or nothing where the tool closes the hole.
        var whole = (plan.End - plan.Start).TotalSeconds;
        var held = plan.Segments.Sum(s => s.Segment.Duration.TotalSeconds);
        return probe.DurationS > Math.Min(whole, held) - longest - Slack && probe.DurationS < whole + longest + Slack
            ? null
            : $"the clip is {probe.DurationS:0.0} s long and should be {whole:0.0} s";
    }

    // Encoders round EXTINF, and the sound ends a little after the picture.
    private const double Slack = 0.25;

    private async Task<bool> SourceHasSoundAsync(ClipPlan plan, CancellationToken ct)
    {
        if (ring.Find(plan.Segments[0].Segment.Number) is not { } held) return false;
        var looked = await tools.RunAsync("ffprobe", MediaProbe.Arguments(held.Path), LookDeadline, ct);
        return MediaProbe.Parse(looked.Output)?.Audio is not null;
    }

    private async Task PourAsync(ClipPlan plan, Stream input, CancellationToken ct)
    {
        var first = true;
        foreach (var segment in plan.Segments)
        {
            if (ring.Find(segment.Segment.Number) is not { } held) continue;
            try
            {
                await using var file = new FileStream(held.Path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
                if (!first) file.Position = held.HeadBytes;
                await file.CopyToAsync(input, 128 << 10, ct);
                first = false;
            }
            catch (FileNotFoundException)
            {
                // The ring let go of it since the plan was made: the length will tell.
            }
        }
    }
}
