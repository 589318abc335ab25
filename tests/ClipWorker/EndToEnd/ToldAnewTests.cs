using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;
using StreamClips.Shared.Workers;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.EndToEnd;

/// <summary>Whole workers whose settings change while they run.</summary>
[TestFixture]
[Category("Slow")]
[Parallelizable(ParallelScope.Children)]
internal sealed class ToldAnewTests
{
    private LiveSiteProcess _site = null!;

    [OneTimeSetUp]
    public async Task StartTheSite() => _site = await LiveSiteProcess.StartAsync("papa,quebec,romeo");

    [OneTimeTearDown]
    public async Task StopTheSite() => await _site.DisposeAsync();

    [Test]
    public async Task Another_threshold_is_used_by_the_same_process_which_forgets_nothing()
    {
        await using var worker = new WorkerProcess("https://www.twitch.tv/papa", _site.Environment, settings: WorkerProcess.Quick with { SurgeThreshold = 100 });
        worker.Start();
        await worker.WaitUntilItDecidesAsync();
        await _site.SurgeAsync("papa");
        await worker.WaitForStatusAsync(s => s.BaselineRate > 0 && s.ChatRate > 2.5 * s.BaselineRate, "the chat is loud");
        Assert.That(worker.Journal.OfType<SurgeEntry>(), Is.Empty, "not a hundred times as loud");

        Tell(worker, s => s with { SurgeThreshold = 2 }, "2.1");
        var applied = await worker.WaitForEventAsync("settings.applied");
        await _site.SurgeAsync("papa");
        var clip = await worker.WaitForClipAsync();

        Assert.That(applied.Message, Is.EqualTo("settings version 2.1 applied: surge_threshold 100 → 2"));
        Assert.That(clip.Settings.SurgeThreshold, Is.EqualTo(2));
        var since = worker.Journal.OfType<StatusEntry>().Where(s => s.At > applied.At).ToList();
        Assert.That(since.Select(s => s.BaselineRate), Is.All.Positive, "the baseline stays");
        Assert.That(since[^1].SettingsVersion, Is.EqualTo("2.1"));
        Assert.That(worker.Journal.OfType<LogEntry>().Count(l => l.Event is "worker.started" or "stream.resolved"), Is.EqualTo(2), worker.Story());
        Assert.That(worker.Process.HasExited, Is.False);
    }

    [Test]
    public async Task What_needs_a_new_beginning_waits_for_the_clip_in_the_making_and_the_next_clip_reaches_back_before_it()
    {
        await using var worker = new WorkerProcess("https://www.twitch.tv/quebec", _site.Environment, settings: WorkerProcess.Quick with { Recording = "eager" });
        worker.Start();
        await worker.WaitUntilItDecidesAsync();
        await _site.SurgeAsync("quebec");
        await Eventually.TrueAsync(() => worker.Journal.OfType<SurgeEntry>().Any(), "the surge is decided", 120);

        // So long that a clip of the new session begins before it.
        Tell(worker, s => s with { ClipDuration = 25 }, "1.2");
        await worker.WaitForStatusAsync(s => s.SettingsVersion == "1.2", "the new session runs");

        var journal = worker.Journal;
        var surges = journal.OfType<SurgeEntry>().ToList();
        var applied = journal.OfType<LogEntry>().Single(l => l.Event == "settings.applied");
        Assert.That(applied.Message, Is.EqualTo("settings version 1.2 applied: clip_duration 8 → 25"));
        Assert.That(surges.Where(s => s.At < applied.At).Select(s => s.ClipId), Is.SubsetOf(worker.Clips.Select(c => c.ClipId)), worker.Story());
        Assert.That(worker.Clips[0].LostS, Is.LessThan(1), "nothing was cut short");
        Assert.That(worker.Clips[0].Settings.ClipDuration, Is.EqualTo(8));

        await worker.WaitUntilItDecidesAsync();
        var before = worker.Clips.Count;
        await _site.SurgeAsync("quebec");
        var clip = await worker.WaitForClipAsync(before + 1);
        TestContext.Out.WriteLine($"begins {(applied.At - clip.WantedStart).TotalSeconds:0.0} s before the new session, {clip.LostS:0.0} s are missing");
        Assert.That(clip.Settings.ClipDuration, Is.EqualTo(25));
        Assert.That(clip.LostS, Is.LessThan(3), "the segments from before are there");
        Assert.That(worker.Process.HasExited, Is.False);
    }

    [Test]
    public async Task Who_is_at_the_end_of_its_stream_takes_no_other_settings_and_finishes_what_it_has_begun()
    {
        var environment = new Dictionary<string, string>(_site.Environment) { ["TWITCH_CHAT_URL"] = _site.Irc };
        await using var worker = new WorkerProcess($"{_site.Url}/hls/romeo/master.m3u8", environment, chat: "https://www.twitch.tv/romeo");
        worker.Start();
        await worker.WaitUntilItDecidesAsync();
        await _site.SurgeAsync("romeo");
        await _site.GoOfflineAsync("romeo");
        await Eventually.TrueAsync(() => worker.Journal.OfType<StatusEntry>().Any(s => s.Reason.StartsWith("the stream ended", StringComparison.Ordinal)), "the stream ended", 120);

        Tell(worker, s => s with { ClipDuration = 25 }, "1.2");

        Assert.That(await worker.WaitForExitAsync(), Is.Zero, worker.Story());
        Assert.That(worker.Clips.Select(c => c.Settings.ClipDuration), Is.EqualTo(new[] { 8.0 }), worker.Story());
        Assert.That(Directory.GetFiles(worker.Directory.Renditions, "*.json"), Has.Length.EqualTo(1), worker.Story());
        Assert.That(worker.Journal.OfType<LogEntry>().Select(l => l.Event), Has.None.StartsWith("settings."));
    }

    private static void Tell(WorkerProcess worker, Func<ClipSettings, ClipSettings> change, string version)
    {
        var spec = WorkerSpec.FromJson(File.ReadAllText(worker.Directory.Spec));
        var fresh = worker.Directory.Spec + ".new";
        File.WriteAllText(fresh, (spec with { Settings = change(spec.Settings), SettingsVersion = version }).ToJson());
        File.Move(fresh, worker.Directory.Spec, overwrite: true);
    }
}
