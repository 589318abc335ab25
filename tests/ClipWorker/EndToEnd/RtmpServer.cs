using System.Diagnostics;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.EndToEnd;

/// <summary>Serves a playlist's stream as RTMP, by ffmpeg. One ffmpeg serves one client; for the next one another is started.</summary>
internal sealed class RtmpServer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    private RtmpServer(Uri playlist, string url) => _serving = ServeAsync(playlist, url);

    public static async Task<RtmpServer> StartAsync(Uri playlist, string url)
    {
        using var client = new HttpClient();
        await Eventually.TrueAsync(async () => (await client.GetStringAsync(playlist)).Split("#EXTINF").Length > 4, "there are segments to serve", 60);
        return new(playlist, url);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync(Uri playlist, string url)
    {
        while (!_stop.IsCancellationRequested)
        {
            var info = new ProcessStartInfo("ffmpeg", ["-v", "quiet", "-i", $"{playlist}", "-c", "copy", "-bsf:a", "aac_adtstoasc", "-f", "flv", "-listen", "1", url])
            {
                UseShellExecute = false, RedirectStandardInput = true,
            };
            using var server = Process.Start(info)!;
            await server.WaitForExitAsync(_stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!server.HasExited) server.Kill();
            await server.WaitForExitAsync(CancellationToken.None);
        }
    }
}
