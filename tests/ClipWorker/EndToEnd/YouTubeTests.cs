using StreamClips.Shared.Journal;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.EndToEnd;

/// <summary>The worker as a process against the simulated YouTube.</summary>
[TestFixture]
[Category("Slow")]
[Parallelizable(ParallelScope.Children)]
internal sealed class YouTubeTests
{
    private LiveSiteProcess _site = null!;

    [OneTimeSetUp]
    public async Task StartTheSite() => _site = await LiveSiteProcess.StartAsync("kilo,lima,mike", offline: "mike");

    [OneTimeTearDown]
    public async Task StopTheSite() => await _site.DisposeAsync();

    [Test]
    public async Task A_surge_in_a_chat_that_comes_in_bursts_becomes_a_clip_whose_frames_hold_its_moment()
    {
        await _site.SetAsync("kilo/youtube", """{"timeout_ms":3000}""");
        await using var worker = new WorkerProcess("https://www.youtube.com/@kilo", _site.Environment);
        worker.Start();
        await worker.WaitUntilItDecidesAsync();
        Assert.That(worker.Journal.OfType<SurgeEntry>(), Is.Empty, "bursts are no surges");
        var moment = await _site.SurgeAsync("kilo");
        var clip = await worker.WaitForClipAsync();
        var content = await ClipContent.DecodeAsync(Path.Combine(worker.Directory.Clips, clip.Files[0].Name));
        Assert.Multiple(() =>
        {
            Assert.That(moment, Is.InRange(content.First, content.Last), "the moment is inside");
            Assert.That(content.First, Is.EqualTo(clip.Start).Within(TimeSpan.FromMilliseconds(60)), "the sidecar's start is the first frame's time");
            Assert.That(content.Complaints, Is.Empty);
            Assert.That(clip.TimeSource, Is.EqualTo("program-date-time"));
            Assert.That(clip.TopWords, Is.Not.Empty);
        });
        Assert.That(worker.Journal.OfType<LogEntry>().Select(l => l.Message), Has.None.Contains("AIza"), "no key is logged");
    }

    [Test]
    public async Task A_chat_whose_place_is_forgotten_is_read_from_the_page_again_and_one_that_is_off_is_told()
    {
        await using var worker = new WorkerProcess("https://www.youtube.com/@lima/live", _site.Environment);
        worker.Start();
        await worker.WaitUntilItDecidesAsync();
        await _site.SetAsync("lima/youtube", """{"continuations":"expire"}""");
        await Eventually.TrueAsync(() => Logged(worker, "chat.connected") >= 2, "the chat is read again", 60);
        Assert.That(worker.Journal.OfType<SurgeEntry>(), Is.Empty);

        await _site.SetAsync("lima/youtube", """{"chat":"disabled"}""");
        await worker.WaitForStatusAsync(
            s => s.Reason == "the chat cannot be read, nothing will be clipped: YouTube says \"Sorry, live chat is currently unavailable\"", "the chat is off", 60);
        Assert.That(worker.Status!.Phase, Is.EqualTo(WorkerPhase.Watching));
    }

    [Test]
    public async Task A_channel_is_waited_for_and_a_single_video_ends_the_worker_with_its_end()
    {
        await using var channel = new WorkerProcess("https://www.youtube.com/@mike", _site.Environment);
        channel.Start();
        Assert.That((await channel.WaitForStatusAsync(s => s.Phase == WorkerPhase.Waiting, "the worker waits", 30)).Reason, Does.StartWith("the channel '@mike' is offline; next look at "));
        await _site.GoOnlineAsync("mike");
        await channel.WaitForStatusAsync(s => s.Phase == WorkerPhase.Watching, "the channel is watched", 60);

        var id = (await _site.SetAsync("mike/youtube", "{}")).GetProperty("video_id").GetString();
        await using var video = new WorkerProcess($"https://youtu.be/{id}", _site.Environment);
        video.Start();
        await video.WaitForStatusAsync(s => s.Phase == WorkerPhase.Watching, "the video is watched", 60);
        await _site.GoOfflineAsync("mike");
        Assert.That(await video.WaitForExitAsync(120), Is.Zero, video.Story());
        Assert.That(video.Status!.Reason, Is.EqualTo("the stream ended"));
        await channel.WaitForStatusAsync(s => s.Phase == WorkerPhase.Waiting, "the channel is waited for again", 120);
    }

    private static int Logged(WorkerProcess worker, string name) => worker.Journal.OfType<LogEntry>().Count(l => l.Event == name);
}
