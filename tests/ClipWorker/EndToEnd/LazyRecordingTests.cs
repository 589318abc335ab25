using StreamClips.Shared.Journal;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.EndToEnd;

/// <summary>The worker fetches what clips need, when they need it, from origins that behave and from others.</summary>
[TestFixture]
[Category("Slow")]
[Parallelizable(ParallelScope.Self)]
internal sealed class LazyRecordingTests
{
    private LiveSiteProcess _site = null!;

    [OneTimeSetUp]
    public async Task StartTheSite() => _site = await LiveSiteProcess.StartAsync("kilo,lima,mike,november,oscar");

    [OneTimeTearDown]
    public async Task StopTheSite() => await _site.DisposeAsync();

    [Test]
    public async Task An_idle_stream_is_not_fetched_and_a_surge_becomes_a_clip_of_the_right_frames()
    {
        await using var worker = new WorkerProcess("https://www.twitch.tv/kilo", _site.Environment);
        worker.Start();
        await worker.WaitUntilItDecidesAsync();
        var status = await worker.WaitForStatusAsync(s => s.Segments > 17, "segments were seen");
        Assert.That(await _site.SegmentRequestsAsync("kilo"), Is.Zero, worker.Story());
        Assert.That(status, Has.Property("Recording").EqualTo("lazy").And.Property("Bytes").Zero);
        Assert.That(status.LookBackS, Is.InRange(50, 62), "a playlist of up to 30 s, and by the RFC 32 s more");

        var moment = await _site.SurgeAsync("kilo");
        var clip = await worker.WaitForClipAsync();
        var content = await ClipContent.DecodeAsync(Path.Combine(worker.Directory.Clips, clip.Files[0].Name));
        Assert.That(moment, Is.InRange(content.First, content.Last));
        Assert.That(content.First, Is.EqualTo(clip.Start).Within(TimeSpan.FromMilliseconds(60)));
        Assert.That(content.Complaints, Is.Empty);
        Assert.That(clip.LostS, Is.Zero);
        Assert.That(await _site.SegmentRequestsAsync("kilo"), Is.InRange(4, 16), "the clip's segments, and perhaps those of another one");
    }

    [Test]
    public async Task Segments_that_are_gone_make_a_shorter_clip_that_says_so()
    {
        await using var worker = new WorkerProcess("https://www.twitch.tv/lima", _site.Environment);
        worker.Start();
        await worker.WaitUntilItDecidesAsync();
        await _site.FaultAsync("lima", """{"kind":"status","target":"segment","status":404,"count":3}""");
        await _site.SurgeAsync("lima");
        var clip = await worker.WaitForClipAsync();
        var content = await ClipContent.DecodeAsync(Path.Combine(worker.Directory.Clips, clip.Files[0].Name));
        Assert.That(clip.LostS, Is.InRange(1.9, 6.1), worker.Story());
        Assert.That(clip.DurationS + clip.LostS, Is.GreaterThan(7.9));
        Assert.That(content.Complaints, Is.Empty);
        Assert.That(content.First, Is.EqualTo(clip.Start).Within(TimeSpan.FromMilliseconds(60)));
        Assert.That(worker.Journal.OfType<LogEntry>().Count(l => l.Event == "segment.lost"), Is.EqualTo(3));
    }

    [TestCase("mike", """{"kind":"slow","target":"segment","bytes_per_second":10,"count":2}""")]
    [TestCase("november", """{"kind":"drop","target":"segment","after_bytes":1000,"count":3}""")]
    public async Task Segments_that_trickle_or_break_off_are_fetched_again(string channel, string fault)
    {
        await using var worker = new WorkerProcess($"https://www.twitch.tv/{channel}", _site.Environment);
        worker.Start();
        await worker.WaitUntilItDecidesAsync();
        await _site.FaultAsync(channel, fault);
        await _site.SurgeAsync(channel);
        var clip = await worker.WaitForClipAsync();
        Assert.That(clip.LostS, Is.Zero, worker.Story());
    }

    [Test]
    public async Task Killed_between_the_decision_and_the_clip_its_successor_makes_it_once()
    {
        await using var worker = new WorkerProcess("https://www.twitch.tv/oscar", _site.Environment);
        worker.Start();
        await worker.WaitUntilItDecidesAsync();
        await _site.FaultAsync("oscar", """{"kind":"slow","target":"segment","bytes_per_second":2000}""");
        await _site.SurgeAsync("oscar");
        await Eventually.TrueAsync(() => worker.Journal.OfType<SurgeEntry>().Any(), "the surge is decided", 60);
        worker.Process.Kill();
        await worker.Process.WaitForExitAsync();
        var surge = worker.Journal.OfType<SurgeEntry>().First();
        Assert.That(worker.Clips, Is.Empty);

        await _site.ClearFaultsAsync("oscar");
        worker.Start();
        var clip = await worker.WaitForClipAsync();
        Assert.That(clip.ClipId, Is.EqualTo(surge.ClipId), worker.Story());
        Assert.That(clip.LostS, Is.Zero, worker.Story());
        Assert.That(clip.Moment, Is.EqualTo(surge.Moment));
        var content = await ClipContent.DecodeAsync(Path.Combine(worker.Directory.Clips, clip.Files[0].Name));
        Assert.That(content.Complaints, Is.Empty);
        Assert.That(content.First, Is.EqualTo(clip.Start).Within(TimeSpan.FromMilliseconds(60)));

        worker.Process.Kill();
        await worker.Process.WaitForExitAsync();
        worker.Start();
        await worker.WaitForStatusAsync(s => s.Phase == WorkerPhase.Watching && s.ChatMessages > 0, "the next one watches");
        Assert.That(worker.Clips.Count(c => c.ClipId == surge.ClipId), Is.EqualTo(1));
        Assert.That(worker.Journal.OfType<ClipEntry>().Count(c => c.ClipId == surge.ClipId), Is.EqualTo(1));
    }

    [Test]
    public async Task An_origin_that_keeps_nothing_is_found_out_and_recorded_eagerly()
    {
        await using var site = await LiveSiteProcess.StartAsync("papa", "--window", "5", "--retention", "0");
        await using var worker = new WorkerProcess("https://www.twitch.tv/papa", site.Environment);
        worker.Start();
        await worker.WaitForStatusAsync(s => s.Recording == "lazy", "what the RFC promises is believed at first");
        var status = await worker.WaitForStatusAsync(s => s.Recording == "eager", "it is measured", 90);
        Assert.That(status.LookBackS, Is.InRange(6, 10), "the playlist and nothing more");
        Assert.That(worker.Journal.OfType<LogEntry>().Count(l => l.Event == "recording.look_back"), Is.EqualTo(1));
        await worker.WaitUntilItDecidesAsync();
        await site.SurgeAsync("papa");
        Assert.That((await worker.WaitForClipAsync()).LostS, Is.Zero, worker.Story());
    }
}
