using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace StreamClips.Testing;

/// <summary>A decoded frame.</summary>
/// <param name="At">Its place in the file, from the file's start.</param>
/// <param name="WallClock">When it was broadcast; null: it carries no code, as advertisements do.</param>
/// <param name="Flash">Whether the lamp is lit.</param>
public sealed record ClipFrame(TimeSpan At, DateTimeOffset? WallClock, bool Flash);

/// <summary>What a video file of the simulated platform holds, decoded by the real ffmpeg.</summary>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Duration">The length that the container states.</param>
/// <param name="Frames">Every frame in the order shown.</param>
/// <param name="Beeps">Where each beep begins, from the file's start, accurate to about 10 ms.</param>
/// <param name="Complaints">What ffprobe and ffmpeg complain of while they read the whole file; empty: a clean file.</param>
public sealed record ClipContent(
    int Width, int Height, TimeSpan Duration, IReadOnlyList<ClipFrame> Frames, IReadOnlyList<TimeSpan> Beeps, string Complaints)
{
    private const int SampleRate = 48_000;

    /// <summary>Where each flash begins, from the file's start.</summary>
    public IReadOnlyList<TimeSpan> Flashes =>
        [.. Frames.Skip(1).Where((frame, i) => frame.Flash && !Frames[i].Flash).Select(frame => frame.At)];

    /// <summary>When the first frame that carries a time was broadcast.</summary>
    public DateTimeOffset First => Frames.First(f => f.WallClock is not null).WallClock!.Value;

    /// <summary>When the last frame that carries a time was broadcast.</summary>
    public DateTimeOffset Last => Frames.Last(f => f.WallClock is not null).WallClock!.Value;

    /// <summary>Decodes a file with one video and one audio stream.</summary>
    /// <param name="path">The file: MP4, MPEG-TS or whatever ffmpeg reads.</param>
    /// <param name="cancellation">Kills the tools.</param>
    /// <exception cref="InvalidOperationException">A tool cannot read the file at all; the message says why.</exception>
    public static async Task<ClipContent> DecodeAsync(string path, CancellationToken cancellation = default)
    {
        var (probe, probeComplaints) = await RunAsync("ffprobe", cancellation, "-v", "warning", "-of", "json", "-show_entries",
            "format=start_time,duration:stream=codec_type,width,height:frame=media_type,best_effort_timestamp_time,nb_samples", path);
        using var document = JsonDocument.Parse(probe);
        var root = document.RootElement;
        var start = Seconds(root.GetProperty("format"), "start_time");
        var video = root.GetProperty("streams").EnumerateArray().First(s => s.GetProperty("codec_type").GetString() == "video");
        int width = video.GetProperty("width").GetInt32(), height = video.GetProperty("height").GetInt32();
        var decoded = root.GetProperty("frames").EnumerateArray().ToLookup(f => f.GetProperty("media_type").GetString());
        var times = decoded["video"].Select(f => Seconds(f, "best_effort_timestamp_time") - start).ToList();

        var (luma, videoComplaints) = await RunAsync("ffmpeg", cancellation,
            "-v", "warning", "-nostdin", "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1");
        if (luma.Length != times.Count * width * height)
            throw new InvalidOperationException($"{path}: ffprobe sees {times.Count} frames, ffmpeg {(double)luma.Length / (width * height)}.");
        var frames = times.Select((time, i) => Frame(time, luma.AsSpan(i * width * height, width * height), width, height)).ToList();

        // Samples come out back to back; which time each has is told by the decoded pieces of sound that they belong to.
        var (sound, soundComplaints) = await RunAsync("ffmpeg", cancellation,
            "-v", "warning", "-nostdin", "-i", path, "-map", "0:a:0", "-ac", "1", "-ar", $"{SampleRate}", "-f", "s16le", "pipe:1");
        var pieces = decoded["audio"].Select(f => (Seconds(f, "best_effort_timestamp_time") - start, f.GetProperty("nb_samples").GetInt32())).ToList();
        var beeps = FindBeeps(sound).Select(sample => TimeSpan.FromSeconds(TimeOf(sample, pieces))).ToList();
        return new ClipContent(width, height, TimeSpan.FromSeconds(Seconds(root.GetProperty("format"), "duration")), frames, beeps,
            string.Concat(probeComplaints, videoComplaints, soundComplaints));
    }

    private static ClipFrame Frame(double seconds, ReadOnlySpan<byte> luma, int width, int height) =>
        new(TimeSpan.FromSeconds(seconds), FrameClock.Read(luma, width, height), FrameClock.IsFlash(luma, width, height));

    private static double TimeOf(int sample, List<(double Seconds, int Samples)> pieces)
    {
        foreach (var (seconds, samples) in pieces)
        {
            if (sample < samples) return seconds + (double)sample / SampleRate;
            sample -= samples;
        }
        return pieces[^1].Seconds;
    }

    /// <summary>Finds where 1 kHz becomes loud: Goertzel's filter over 5 ms (five periods), millisecond by millisecond.</summary>
    private static List<int> FindBeeps(byte[] sound)
    {
        const int window = SampleRate / 200, hop = SampleRate / 1000;
        const double loud = 5_000; // the beep's amplitude is 16,000, the loudest crowd's 1,500
        var coefficient = 2 * Math.Cos(2 * Math.PI * 1_000 / SampleRate);
        var beeps = new List<int>();
        var wasLoud = false;
        for (var from = 0; from + window <= sound.Length / 2; from += hop)
        {
            double s1 = 0, s2 = 0;
            for (var i = from; i < from + window; i++)
            {
                var sample = (short)(sound[2 * i] | sound[2 * i + 1] << 8);
                (s1, s2) = (sample + coefficient * s1 - s2, s1);
            }
            var amplitude = 2 * Math.Sqrt(Math.Max(0, s1 * s1 + s2 * s2 - coefficient * s1 * s2)) / window;
            if (amplitude > loud && !wasLoud && from > 0) beeps.Add(from + window / 2);
            wasLoud = amplitude > (wasLoud ? loud / 4 : loud);
        }
        return beeps;
    }

    private static double Seconds(JsonElement parent, string name) => double.Parse(parent.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);

    private static async Task<(byte[] Output, string Errors)> RunAsync(string program, CancellationToken cancellation, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        try
        {
            using var output = new MemoryStream();
            var errors = process.StandardError.ReadToEndAsync(cancellation);
            await process.StandardOutput.BaseStream.CopyToAsync(output, cancellation);
            await process.WaitForExitAsync(cancellation);
            if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}: {await errors}");
            return (output.ToArray(), await errors);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }
}
