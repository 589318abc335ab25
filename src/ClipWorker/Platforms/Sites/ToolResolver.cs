using System.Text;
using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Platforms.Hls;
using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Platforms.Sites;

/// <summary>
/// Asks streamlink for the stream of a page, and where it knows the site not or is not installed, yt-dlp. They are given no shell, an
/// environment of their own, and no settings of the user's. The page stands in a file or comes by standard input: its query may
/// hold a key, and arguments are for everybody to read.
/// </summary>
/// <param name="page">The page, http or https.</param>
/// <param name="tools">What it works with.</param>
/// <param name="path">Where the programs are looked for; null: on this program's PATH.</param>
internal sealed class ToolResolver(Uri page, PlatformTools tools, string? path = null) : IResolver
{
    /// <summary>How long a program may take.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private const string ConfigName = "streamlink-";
    private static readonly string[] Programs = ["streamlink", "yt-dlp"];

    private readonly string _path = path ?? Environment.GetEnvironmentVariable("PATH") ?? "";
    private bool _wasOnline;
    private bool _tidied;

    /// <inheritdoc/>
    public async Task<Resolution> ResolveAsync(CancellationToken ct)
    {
        RemoveLeftovers();
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
        var answer = ToolAnswer.Read(program, program == "streamlink" ? await AskStreamlinkAsync(ct) : await AskYtDlpAsync(ct));
        if (answer.Address is not { } address) return answer.Failure!;
        var found = await new HlsResolver(address, tools).ResolveAsync(ct);
        return found is Resolution.Wrong wrong ? new Resolution.Wrong($"what {program} found at {PlaylistText.ForLogs(page)} cannot be clipped: {wrong.Reason}") : found;
    }

    private async Task<ToolResult> AskStreamlinkAsync(CancellationToken ct)
    {
        var file = Path.Combine(tools.Folder, $"{ConfigName}{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(tools.Folder);
            await using (var config = new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
                await config.WriteAsync(Encoding.UTF8.GetBytes($"url={page.AbsoluteUri}\ndefault-stream={ToolAnswer.StreamlinkQuality(tools.Quality)}\n"), ct);
            return await RunAsync("streamlink", ["--config", file, "--stream-url"], input: null, ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new([], $"'{tools.Folder}' cannot be written: {e.Message}");
        }
        finally
        {
            Remove(file);
        }
    }

    /// <summary>Removes what runs left that were killed: the files hold addresses, which may hold keys.</summary>
    private void RemoveLeftovers()
    {
        if (_tidied) return;
        _tidied = true;
        try
        {
            foreach (var file in Directory.Exists(tools.Folder) ? Directory.GetFiles(tools.Folder, ConfigName + "*") : []) Remove(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder that cannot be read will be told of when a file is written there.
        }
    }

    private static void Remove(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Where it could not be written it is not there; else the next start removes it.
        }
    }

    private Task<ToolResult> AskYtDlpAsync(CancellationToken ct) => RunAsync(
        "yt-dlp",
        ["-g", "--ignore-config", "--no-playlist", "--no-cache-dir", "-f", ToolAnswer.YtDlpFormat(tools.Quality), "-a", "-"],
        async (input, stop) => await input.WriteAsync(Encoding.UTF8.GetBytes(page.AbsoluteUri + "\n"), stop),
        ct);

    private Task<ToolResult> RunAsync(string program, IEnumerable<string> arguments, Func<Stream, CancellationToken, Task>? input, CancellationToken ct)
    {
        var environment = new Dictionary<string, string> { ["PATH"] = _path, ["HOME"] = "/nonexistent", ["LANG"] = "C.UTF-8" };
        return new MediaTools(tools.Clock).RunAsync(program, arguments, Deadline, ct, input, environment);
    }
}
