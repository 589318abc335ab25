using StreamClips.Shared.Journal;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.EndToEnd;

/// <summary>A worker on a Kick channel.</summary>
[TestFixture]
[Category("Slow")]
[Parallelizable(ParallelScope.Children)]
internal sealed class KickTests
{
    private LiveSiteProcess _site = null!;

    [OneTimeSetUp]
    public async Task StartTheSite() => _site = await LiveSiteProcess.StartAsync("kilo,lima,mike", offline: "mike");

    [OneTimeTearDown]
    public async Task StopTheSite() => await _site.DisposeAsync();

    [Test]
    public async Task A_surge_of_its_chat_becomes_a_clip_that_holds_the_moment()
    {
        await using var worker = new WorkerProcess("https://kick.com/Kilo", _site.Environment);
        worker.Start();
        await worker.WaitUntilItDecidesAsync();
        Assert.That(worker.Status!.Chat, Is.EqualTo(ChatCondition.Connected));
        var moment = await _site.SurgeAsync("kilo");
        var clip = await worker.WaitForClipAsync();
        var content = await ClipContent.DecodeAsync(Path.Combine(worker.Directory.Clips, clip.Files[0].Name));
        Assert.Multiple(() =>
        {
            Assert.That(content.First, Is.LessThan(moment));
            Assert.That(content.Last, Is.GreaterThan(moment));
            Assert.That(content.Complaints, Is.Empty);
            Assert.That(clip.TimeSource, Is.EqualTo("program-date-time"));
            Assert.That(clip.TopWords.Select(w => w.Word), Has.None.Contains("emote:"));
        });
    }

    [Test]
    public async Task A_broadcast_that_begins_is_seen_at_once()
    {
        await using var worker = new WorkerProcess("https://kick.com/mike", _site.Environment, pollIntervalMs: 600_000);
        worker.Start();
        await worker.WaitForStatusAsync(s => s.Phase == WorkerPhase.Waiting && s.Chat == ChatCondition.Connected, "it waits and listens", 40);
        Assert.That(worker.Status!.Reason, Does.StartWith("the channel 'mike' is offline; next look at "));
        await _site.GoOnlineAsync("mike");
        await worker.WaitForStatusAsync(s => s.Phase == WorkerPhase.Watching, "it watches long before the next look", 60);
    }

    [Test]
    public async Task A_check_for_robots_is_passed_by_patience()
    {
        await _site.FaultAsync("lima", """{"kind":"status","target":"kick","status":403,"count":3}""");
        await using var worker = new WorkerProcess("https://kick.com/lima", _site.Environment);
        worker.Start();
        await worker.WaitForStatusAsync(s => s.Phase == WorkerPhase.Watching && s.Chat == ChatCondition.Connected, "it watches", 60);
        Assert.That(worker.Journal.OfType<LogEntry>().Select(l => l.Message), Has.Some.Contains("answers 403: it checks for robots and took this worker for one"));
    }

    [Test]
    public async Task A_channel_that_does_not_exist_fails_with_the_remedy()
    {
        await using var worker = new WorkerProcess("https://kick.com/nobody", _site.Environment);
        worker.Start();
        Assert.That(await worker.WaitForExitAsync(), Is.EqualTo(1));
        Assert.That(worker.Status!.Reason, Is.EqualTo("the channel 'nobody' does not exist on Kick: check the name"));
    }
}
