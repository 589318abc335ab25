namespace StreamClips.Bench.Worker;

/// <summary>Another program that holds a live stream on disk.</summary>
/// <param name="Name">Its name as a peer.</param>
/// <param name="Programs">What has to be installed.</param>
/// <param name="Command">Records an address into a directory.</param>
internal sealed record Recorder(string Name, IReadOnlyList<string> Programs, Func<string, string, IReadOnlyList<string>> Command)
{
    // What chat-clip tools do: streamlink reads, ffmpeg parts it into segments.
    private const string Piped = "streamlink --loglevel none --stdout \"hls://$1\" best | ffmpeg -hide_banner -v error -i pipe:0 -c copy -f segment -segment_time 2 -segment_wrap 60 \"$2/%03d.ts\"";

    /// <summary>Those that are measured.</summary>
    public static IReadOnlyList<Recorder> All { get; } =
    [
        new("streamlink_ffmpeg", ["streamlink", "ffmpeg"], (url, folder) => ["/bin/sh", "-c", Piped, "sh", url, folder]),
        new("streamlink", ["streamlink"], (url, folder) => ["streamlink", "--loglevel", "none", "--force", "-o", Path.Combine(folder, "stream.ts"), $"hls://{url}", "best"]),
        new("ffmpeg", ["ffmpeg"], (url, folder) => ["ffmpeg", "-hide_banner", "-v", "error", "-nostdin", "-i", url, "-c", "copy", "-f", "segment", "-segment_time", "2", "-segment_wrap", "60", Path.Combine(folder, "%03d.ts")]),
    ];

    /// <summary>Which program is missing; null where all are there.</summary>
    public string? Missing => Programs.FirstOrDefault(p => !(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(d => File.Exists(Path.Combine(d, p))));
}
