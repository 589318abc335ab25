using StreamClips.Bench.Load;

namespace StreamClips.Bench.Clip;

/// <summary>What ffmpeg takes to make an MP4 of segments that lie on the local disk: nobody who uses it can be faster.</summary>
internal static class PlainCopy
{
    private const int Segments = 31;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Seconds of one copy of a minute.</summary>
    public static async Task<double> SecondsAsync(SourceVideo video, string folder, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        var files = Enumerable.Range(0, Segments).Select(i => Path.Combine(folder, $"{i:00}.ts")).ToList();
        for (var i = 0; i < Segments; i++)
            if (!File.Exists(files[i])) await File.WriteAllBytesAsync(files[i], video.Segment(i), ct);

        string[] arguments = ["-hide_banner", "-v", "error", "-nostdin", "-y", "-i", "concat:" + string.Join('|', files), "-t", "60", "-c", "copy", "-movflags", "+faststart", Path.Combine(folder, "clip.mp4")];
        var began = TimeProvider.System.GetTimestamp();
        var copied = await BenchProcess.RunAsync("ffmpeg", arguments, folder, Deadline, ct);
        return copied.Fault is { } fault ? throw new InvalidOperationException(fault) : TimeProvider.System.GetElapsedTime(began).TotalSeconds;
    }
}
