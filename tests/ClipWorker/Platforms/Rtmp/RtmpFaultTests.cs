using StreamClips.ClipWorker.Platforms.Rtmp;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Platforms.Rtmp;

/// <summary>What ffmpeg 5.1 said to servers that refuse, are silent, or close, and what it means.</summary>
[TestFixture]
internal sealed class RtmpFaultTests
{
    [TestCase("[tcp @ 0x1] Connection to tcp://127.0.0.1:1 failed: Connection refused | [rtmp @ 0x2] Cannot open connection tcp://127.0.0.1:1 | pipe:0: Connection refused", false)]
    [TestCase("[rtmp @ 0x2] Cannot open connection tcp://nowhere | pipe:0: Input/output error", false)]
    [TestCase("[rtmp @ 0x2] Cannot read RTMP handshake response | pipe:0: Input/output error", false)]
    [TestCase("ffmpeg cannot be started (No such file or directory): install it", false)]
    [TestCase("[hls @ 0x2] Invalid data found when processing input", false)]
    [TestCase("Impossible to open 'rtmp://h/live/…' | pipe:0: Input/output error", true)]
    [TestCase("[rtmp @ 0x2] Server error: NetStream.Play.StreamNotFound | pipe:0: Operation not permitted", true)]
    public void A_server_without_a_stream_is_offline_and_no_server_is_unreachable(string said, bool offline) =>
        Assert.That(RtmpResolver.IsOffline(said), Is.EqualTo(offline));

    [Test]
    public void Another_run_keeps_the_newest_segments_and_drops_the_playlist()
    {
        using var directory = new TemporaryDirectory();
        var folder = LocalSegments.Prepare(directory["incoming"]);
        for (var i = 0; i < 100; i++) File.WriteAllText(Path.Combine(folder, $"17638430{i:00}.ts"), "x");
        File.WriteAllText(Path.Combine(folder, LocalSegments.Playlist), "#EXTM3U");

        LocalSegments.Prepare(folder);

        var left = Directory.GetFiles(folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal).ToList();
        Assert.That(left, Has.Count.EqualTo(LocalSegments.ListedSegments + LocalSegments.KeptSegments));
        Assert.That(left, Has.None.EqualTo(LocalSegments.Playlist));
        Assert.That(left[^1], Is.EqualTo("1763843099.ts"));
    }
}
