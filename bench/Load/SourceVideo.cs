namespace StreamClips.Bench.Load;

/// <summary>
/// Two minutes of 1080p at about 6 Mbit/s with sound, in MPEG-TS segments of 2 s that each begin with a keyframe. Encoded once
/// and kept between runs; the stream repeats them with time stamps that go on.
/// </summary>
internal sealed class SourceVideo
{
    /// <summary>Length of a segment.</summary>
    public static readonly TimeSpan SegmentDuration = TimeSpan.FromSeconds(2);

    private const int SegmentCount = 60;
    private static readonly TimeSpan EncodingDeadline = TimeSpan.FromMinutes(10);

    private readonly TransportStream[] _segments;

    private SourceVideo(TransportStream[] segments) => _segments = segments;

    /// <summary>Bytes of a segment, the mean.</summary>
    public double MeanBytes => _segments.Average(s => s.Length);

    /// <summary>The bytes of a segment of the endless stream.</summary>
    /// <param name="number">Its number, from 0.</param>
    public byte[] Segment(long number) => _segments[number % SegmentCount].Shifted(TimeSpan.FromSeconds(number / SegmentCount * SegmentCount * SegmentDuration.TotalSeconds));

    /// <summary>Takes what an earlier run encoded, or encodes.</summary>
    public static async Task<SourceVideo> PrepareAsync(BenchContext context, CancellationToken ct)
    {
        var folder = Path.Combine(Path.GetDirectoryName(context.Directory)!, "source-1080p");
        var done = Path.Combine(folder, "done");
        if (!File.Exists(done))
        {
            await context.Progress.WriteLineAsync("encoding two minutes of 1080p (once)…");
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            Directory.CreateDirectory(folder);
            await EncodeAsync(folder, ct);
            await File.WriteAllTextAsync(done, "", ct);
        }

        var files = Directory.GetFiles(folder, "*.ts").Order(StringComparer.Ordinal).Take(SegmentCount).ToList();
        if (files.Count < SegmentCount) throw new InvalidOperationException($"{folder} holds {files.Count} segments instead of {SegmentCount}: remove it and run again");
        return new([.. files.Select(f => new TransportStream(File.ReadAllBytes(f)))]);
    }

    private static async Task EncodeAsync(string folder, CancellationToken ct)
    {
        // Noise keeps the encoder from going below the bitrate that is asked for.
        var seconds = $"{SegmentCount * SegmentDuration.TotalSeconds}";
        string[] arguments =
        [
            "-hide_banner", "-v", "error", "-nostdin", "-y",
            "-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=30,noise=alls=12:allf=t", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-t", seconds,
            "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-b:v", "6M", "-minrate", "6M", "-maxrate", "6M", "-bufsize", "6M",
            "-g", "60", "-keyint_min", "60", "-sc_threshold", "0", "-c:a", "aac", "-b:a", "128k",
            "-f", "segment", "-segment_time", $"{SegmentDuration.TotalSeconds}", "-segment_format", "mpegts", Path.Combine(folder, "%05d.ts"),
        ];
        if (await BenchProcess.RunAsync("ffmpeg", arguments, folder, EncodingDeadline, ct) is { Fault: { } fault }) throw new InvalidOperationException($"the source cannot be encoded: {fault}");
    }
}
