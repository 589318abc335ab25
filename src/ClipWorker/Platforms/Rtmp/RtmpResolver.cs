using System.Text;
using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Recording;
using StreamClips.Shared;

namespace StreamClips.ClipWorker.Platforms.Rtmp;

/// <summary>
/// Lets ffmpeg copy an RTMP stream into segments and a playlist of this machine, without dates: when they arrive is what counts. Each look begins
/// anew: whoever follows the playlist looks again where no new segment came for three target durations, or it ended.
/// </summary>
/// <remarks>
/// The address may hold a key, and what is in the arguments of a program everybody can read. So ffmpeg gets it through its
/// standard input, as a list of one file (ffmpeg-formats, "concat"). Its second output goes to us: when this worker is
/// killed it cannot write there any more, and ends.
/// </remarks>
internal sealed class RtmpResolver(Uri source, PlatformTools tools) : IResolver
{
    /// <summary>How long it may take until the first segment is there.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>After so long without a byte ffmpeg gives up by itself, in microseconds.</summary>
    private const long ReadTimeoutUs = 15_000_000;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);
    private static readonly string[] Offline = ["Stream not found", "NetStream.Play.StreamNotFound", "NetStream.Play.UnpublishNotify"];

    // What ffmpeg says where no server of the protocol answers; and where one does, and then sends nothing or closes.
    private static readonly string[] NoServer = ["Cannot open connection", "handshake", "cannot be started"];
    private static readonly string[] Silent = ["Input/output error", "End of file", "timed out"];

    private CancellationTokenSource? _running;
    private Task<ToolResult>? _ffmpeg;

    /// <inheritdoc/>
    public async Task<Resolution> ResolveAsync(CancellationToken ct)
    {
        await StopAsync();
        try
        {
            var folder = LocalSegments.Prepare(tools.Folder);
            _running = CancellationTokenSource.CreateLinkedTokenSource(ct);
            _ffmpeg = new MediaTools(tools.Clock).RunAsync("ffmpeg", Arguments(folder), Timeout.InfiniteTimeSpan, _running.Token, GiveSourceAsync);
            return await FirstSegmentAsync(Path.Combine(folder, LocalSegments.Playlist), ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Resolution.Unreachable($"no segments can be written for {PlaylistText.ForLogs(source)}: {e.Message}");
        }
    }

    private async Task<Resolution> FirstSegmentAsync(string playlist, CancellationToken ct)
    {
        var begun = tools.Clock.GetTimestamp();
        while (!_ffmpeg!.IsCompleted)
        {
            if (File.Exists(playlist)) return new Resolution.Online(LocalSegments.Address, "RTMP as it comes");
            if (tools.Clock.GetElapsedTime(begun) > Patience)
            {
                await StopAsync();
                return new Resolution.Offline($"{PlaylistText.ForLogs(source)} sent nothing within {Patience.TotalSeconds:0} s");
            }

            await Task.Delay(LookEvery, tools.Clock, ct);
        }

        var fault = RtmpAddress.WithoutSecrets(source, (await _ffmpeg).Fault ?? "it ended before its first segment");
        var reason = $"{PlaylistText.ForLogs(source)} cannot be read: {fault}";
        return IsOffline(fault) ? new Resolution.Offline(reason) : new Resolution.Unreachable(reason);
    }

    /// <summary>Whether a server is there and nobody publishes, by what ffmpeg said. Servers keep a player waiting, or close.</summary>
    internal static bool IsOffline(string fault)
    {
        return Says(Offline) || (Says(Silent) && !Says(NoServer));

        bool Says(string[] words) => words.Any(w => fault.Contains(w, StringComparison.Ordinal));
    }

    private async Task StopAsync()
    {
        if (_running is null) return;
        await _running.CancelAsync();
        await ((Task)_ffmpeg!).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _running.Dispose();
        _running = null;
    }

    private async Task GiveSourceAsync(Stream input, CancellationToken ct)
    {
        var list = $"ffconcat version 1.0\nfile '{source.AbsoluteUri.Replace("'", "'\\''", StringComparison.Ordinal)}'\noption rw_timeout {ReadTimeoutUs}\n";
        await input.WriteAsync(Encoding.UTF8.GetBytes(list), ct);
    }

    private static IEnumerable<string> Arguments(string folder) =>
    [
        "-hide_banner", "-loglevel", "error",
        "-f", "concat", "-safe", "0", "-protocol_whitelist", "pipe,rtmp,rtmps,rtmpt,tcp,tls,http", "-i", "pipe:0",
        "-map", "0:v:0", "-map", "0:a:0?", "-c", "copy", "-f", "hls", "-hls_time", "2", "-hls_list_size", $"{LocalSegments.ListedSegments}",
        "-hls_delete_threshold", $"{LocalSegments.KeptSegments}", "-hls_flags", "delete_segments+temp_file", "-hls_start_number_source", "epoch",
        "-hls_segment_filename", Path.Combine(folder, "%09d.ts"), Path.Combine(folder, LocalSegments.Playlist),
        "-map", "0:v:0", "-c", "copy", "-f", "framecrc", "pipe:1",
    ];
}
