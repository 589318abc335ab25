using System.Security.Cryptography;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Journal;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.EndToEnd;

/// <summary>The worker as a process against the simulated platform, as its agent would run it.</summary>
[TestFixture]
[Category("Slow")]
[Parallelizable(ParallelScope.Children)]
internal sealed class TwitchTests
{
    private LiveSiteProcess _site = null!;

    [OneTimeSetUp]
    public async Task StartTheSite() => _site = await LiveSiteProcess.StartAsync("alpha,bravo,charlie,delta", offline: "delta");

    [OneTimeTearDown]
    public async Task StopTheSite() => await _site.DisposeAsync();

    [Test]
    public async Task A_surge_becomes_a_clip_whose_frames_hold_its_moment()
    {
        await using var worker = new WorkerProcess("https://www.twitch.tv/alpha", _site.Environment);
        worker.Start();
        await worker.WaitUntilItDecidesAsync();
        var moment = await _site.SurgeAsync("alpha");
        var clip = await worker.WaitForClipAsync();

        var surge = worker.Journal.OfType<SurgeEntry>().Single();
        var content = await ClipContent.DecodeAsync(Path.Combine(worker.Directory.Clips, clip.Files[0].Name));
        Assert.Multiple(() =>
        {
            Assert.That(content.First, Is.LessThan(moment), "the clip begins before the moment");
            Assert.That(content.Last, Is.GreaterThan(moment), "the clip ends after the moment");
            Assert.That(content.First, Is.EqualTo(clip.Start).Within(TimeSpan.FromMilliseconds(60)), "the sidecar's start is the first frame's time");
            Assert.That(content.Last, Is.EqualTo(surge.End).Within(TimeSpan.FromMilliseconds(200)), "the last frame is that of the decision");
            Assert.That(content.Duration.TotalSeconds, Is.InRange(8, 10.2), "the length is right within one segment");
            Assert.That(content.Complaints, Is.Empty);
            Assert.That(clip.TimeSource, Is.EqualTo("program-date-time"));
            Assert.That(clip.LostS, Is.Zero);
            Assert.That(clip.ClipId, Is.EqualTo(surge.ClipId));
            Assert.That(clip.Moment, Is.InRange(clip.Start, clip.End));
            Assert.That(clip.Rates, Is.Not.Empty);
            Assert.That(clip.TopWords, Is.Not.Empty);
            Assert.That(clip.Epoch, Is.EqualTo(7));
        });
        AssertFilesAreWhatTheSidecarSays(worker, clip);
    }

    [Test]
    public async Task An_offline_channel_is_waited_for_and_clipped_when_it_goes_live()
    {
        await using var worker = new WorkerProcess("https://www.twitch.tv/delta", _site.Environment);
        worker.Start();
        var waiting = await worker.WaitForStatusAsync(s => s.Phase == WorkerPhase.Waiting, "the worker waits");
        Assert.That(waiting.Reason, Does.StartWith("the channel 'delta' is offline; next look at "));

        await _site.GoOnlineAsync("delta");
        await worker.WaitUntilItDecidesAsync();
        await _site.SurgeAsync("delta");
        await worker.WaitForClipAsync();

        await _site.GoOfflineAsync("delta");
        await worker.WaitForStatusAsync(s => s.Phase == WorkerPhase.Waiting, "the worker waits again");
        Assert.That(worker.Process.HasExited, Is.False, "a channel that goes offline is no reason to end");
    }

    [Test]
    public async Task A_channel_that_does_not_exist_fails_with_the_remedy()
    {
        await using var worker = new WorkerProcess("https://www.twitch.tv/nobody_of_that_name", _site.Environment);
        worker.Start();
        Assert.That(await worker.WaitForExitAsync(), Is.EqualTo(1));
        Assert.That(worker.Status!.Phase, Is.EqualTo(WorkerPhase.Failed));
        Assert.That(worker.Status!.Reason, Is.EqualTo("the channel 'nobody_of_that_name' does not exist on Twitch: check the name"));
    }

    [Test]
    public async Task Killed_while_it_cuts_a_worker_leaves_no_false_clip_and_its_successor_clips_the_next_surge()
    {
        await using var worker = new WorkerProcess("https://www.twitch.tv/bravo", _site.Environment);
        worker.Start();
        await worker.WaitUntilItDecidesAsync();
        await _site.SurgeAsync("bravo");
        await Eventually.TrueAsync(() => Directory.EnumerateFiles(worker.Directory.Clips).Any(), "a file of a clip is being written");
        worker.Process.Kill();
        await worker.Process.WaitForExitAsync();
        foreach (var clip in worker.Clips) AssertFilesAreWhatTheSidecarSays(worker, clip);
        var before = worker.Clips.Count;
        var orphan = Path.Combine(worker.Directory.Clips, "20260101T000000Z_x2.0_00000000.mp4");
        File.WriteAllText(orphan, "the beginning of a video");

        worker.Start();
        await worker.WaitUntilItDecidesAsync();
        Assert.That(File.Exists(orphan), Is.False, "what was no whole clip is gone");
        await _site.SurgeAsync("bravo");
        AssertFilesAreWhatTheSidecarSays(worker, await worker.WaitForClipAsync(before + 1));
    }

    [Test]
    public async Task SIGTERM_finishes_the_clip_that_is_being_cut_and_ends_in_good_order()
    {
        await using var worker = new WorkerProcess("https://www.twitch.tv/charlie", _site.Environment);
        worker.Start();
        await worker.WaitUntilItDecidesAsync();
        await _site.SurgeAsync("charlie");
        await Eventually.TrueAsync(() => worker.Journal.OfType<SurgeEntry>().Any(), "the surge is decided");
        await Programs.SignalAsync(worker.Process, "TERM");

        Assert.That(await worker.WaitForExitAsync(), Is.Zero, worker.Story());
        Assert.That(worker.Status!.Phase, Is.EqualTo(WorkerPhase.Ended));
        Assert.That(worker.Status!.Reason, Is.EqualTo("stopped"));
        Assert.That(worker.Clips, Has.Count.EqualTo(1), worker.Story());
        AssertFilesAreWhatTheSidecarSays(worker, worker.Clips[0]);
    }

    private static void AssertFilesAreWhatTheSidecarSays(WorkerProcess worker, ClipSidecar clip)
    {
        Assert.That(clip.Files.Select(f => f.Kind), Is.EqualTo(new[] { "video", "poster" }));
        foreach (var file in clip.Files)
        {
            var bytes = File.ReadAllBytes(Path.Combine(worker.Directory.Clips, file.Name));
            Assert.That(bytes.LongLength, Is.EqualTo(file.SizeBytes), file.Name);
            Assert.That(Convert.ToHexStringLower(SHA256.HashData(bytes)), Is.EqualTo(file.Sha256), file.Name);
        }
    }
}
