using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Platforms.Hls;
using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Platforms.Sites;

/// <summary>
/// Asks streamlink for the stream of a page, and where it knows the site not or is not installed, yt-dlp. They are given the
/// page behind <c>--</c>, which no address can turn into an option, no shell, and an environment of their own: no settings of the user's.
/// </summary>
/// <param name="page">The page, http or https.</param>
/// <param name="tools">What it works with.</param>
/// <param name="path">Where the programs are looked for; null: on this program's PATH.</param>
internal sealed class ToolResolver(Uri page, PlatformTools tools, string? path = null) : IResolver
{
    /// <summary>How long a program may take.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static readonly string[] Programs = ["streamlink", "yt-dlp"];

    private readonly string _path = path ?? Environment.GetEnvironmentVariable("PATH") ?? "";
    private bool _wasOnline;

    /// <inheritdoc/>
    public async Task<Resolution> ResolveAsync(CancellationToken ct)
    {
        Resolution? last = null;
        foreach (var program in Programs.Where(p => MediaTools.IsInstalled(p, _path)))
        {
            last = await AskAsync(program, ct);
            if (last is not Resolution.Wrong) break;
        }

        _wasOnline |= last is Resolution.Online;
        return last switch
        {
            null => new Resolution.Wrong("streamlink and yt-dlp know more sites, but neither is installed: apt-get install streamlink, or pip install yt-dlp"),
            Resolution.Wrong wrong when _wasOnline => new Resolution.Unreachable(wrong.Reason),
            _ => last,
        };
    }

    private async Task<Resolution> AskAsync(string program, CancellationToken ct)
    {
        IEnumerable<string> arguments = program == "streamlink"
            ? ["--stream-url", "--", page.AbsoluteUri, ToolAnswer.StreamlinkQuality(tools.Quality)]
            : ["-g", "--ignore-config", "--no-playlist", "--no-cache-dir", "-f", ToolAnswer.YtDlpFormat(tools.Quality), "--", page.AbsoluteUri];
        var environment = new Dictionary<string, string> { ["PATH"] = _path, ["HOME"] = "/nonexistent", ["LANG"] = "C.UTF-8" };
        var result = await new MediaTools(tools.Clock).RunAsync(program, arguments, Deadline, ct, environment: environment);
        var answer = ToolAnswer.Read(program, result);
        if (answer.Address is not { } address) return answer.Failure!;
        var found = await new HlsResolver(address, tools).ResolveAsync(ct);
        return found is Resolution.Wrong wrong ? new Resolution.Wrong($"what {program} found at {PlaylistText.ForLogs(page)} cannot be clipped: {wrong.Reason}") : found;
    }
}
