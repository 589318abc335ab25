using System.Net;
using System.Net.Sockets;
using StreamClips.Shared.Journal;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.EndToEnd;

/// <summary>The worker on RTMP, which an ffmpeg serves.</summary>
[TestFixture]
[Category("Slow")]
internal sealed class RtmpTests
{
    private const string Key = "s3cretstreamkey";

    [Test]
    public async Task A_stream_is_clipped_by_the_chat_beside_it_its_key_is_seen_nowhere_and_ffmpeg_ends_with_the_worker()
    {
        await using var site = await LiveSiteProcess.StartAsync("oscar");
        var url = $"rtmp://127.0.0.1:{FreePort()}/live/{Key}";
        await using var server = await RtmpServer.StartAsync(new Uri($"{site.Url}/hls/oscar/chunked/index.m3u8"), url);
        await using var worker = new WorkerProcess(url, site.Environment, chat: "https://www.twitch.tv/oscar");
        worker.Start();
        await Eventually.TrueAsync(() => worker.Status is { Phase: WorkerPhase.Watching, BaselineRate: > 0 }, "it is watched", 120);
        await site.SurgeAsync("oscar");
        var clip = await worker.WaitForClipAsync();
        var content = await ClipContent.DecodeAsync(Path.Combine(worker.Directory.Clips, clip.Files[0].Name));
        Assert.That(content.Complaints, Is.Empty);
        Assert.That(content.Duration.TotalSeconds, Is.InRange(3, 14));
        Assert.That(clip.TimeSource, Is.EqualTo("arrival"));
        Assert.That(string.Concat(Directory.GetFiles(worker.Directory.Path, "journal*").Select(File.ReadAllText)), Does.Not.Contain(Key));

        // ffmpeg is started anew where the stream stalls, so it may be away for a moment.
        string[] ours = [];
        await Eventually.TrueAsync(() => (ours = [.. Ffmpegs(worker)]).Length > 0, "ffmpeg runs", 60);
        Assert.That(ours, Has.None.Contains(Key), "what is in the arguments everybody can read");
        worker.Process.Kill();
        await Eventually.TrueAsync(() => !Ffmpegs(worker).Any(), "ffmpeg ends with a worker that is killed", 60);
    }

    [Test]
    public async Task Where_nobody_serves_it_is_tried_again_and_the_reason_has_no_key()
    {
        await using var worker = new WorkerProcess($"rtmp://127.0.0.1:{FreePort()}/live/{Key}", new Dictionary<string, string>());
        worker.Start();
        var status = await worker.WaitForStatusAsync(s => s.Reason.Contains("cannot be read", StringComparison.Ordinal), "the reason is told", 60);
        Assert.That(status.Reason, Does.Contain("/live/**** cannot be read: ").And.Contain("Connection refused").And.EndsWith("trying again").And.Not.Contain(Key));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The arguments of the ffmpegs that write into a worker's directory.</summary>
    private static IEnumerable<string> Ffmpegs(WorkerProcess worker)
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out _)))
        {
            string arguments;
            try
            {
                arguments = File.ReadAllText(Path.Combine(directory, "cmdline")).Replace('\0', ' ');
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue; // It is gone.
            }

            if (arguments.StartsWith("ffmpeg ", StringComparison.Ordinal) && arguments.Contains($"{worker.Directory.Ring}/incoming", StringComparison.Ordinal)) yield return arguments;
        }
    }
}
