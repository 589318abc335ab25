using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using StreamClips.Testing;

namespace StreamClips.EndToEnd.Tests;

/// <summary>
/// The whole of it as processes: a surge in the chat becomes a clip in the dashboard, whatever is killed on the way. One
/// demo serves all tests, in their order: each begins with what the one before it left running.
/// </summary>
[TestFixture]
[Category("Slow")]
internal sealed class PipelineTests
{
    private readonly TemporaryDirectory _directory = new();
    private DemoRun _demo = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _demo = await DemoRun.StartReadyAsync(_directory.Path);

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _demo.DisposeAsync();
        _directory.Dispose();
    }

    [Test]
    [Order(1)]
    public async Task A_surge_becomes_a_clip_that_holds_its_moment()
    {
        await WarmAsync("alpha");
        var moment = await _demo.Site.SurgeAsync("alpha");
        var saved = await ClipOfAsync("alpha", moment);

        var clip = await ClipFiles.DownloadAsync(_demo.Api, saved["clip_id"]!.ToString(), _directory["downloaded"]);
        var content = await ClipContent.DecodeAsync(clip.Video);

        Assert.That(content.Complaints, Is.Empty);
        Assert.That(content.First, Is.LessThanOrEqualTo(moment));
        Assert.That(content.Last, Is.GreaterThan(moment.AddSeconds(2)));
        Assert.That(content.Duration.TotalSeconds, Is.EqualTo(30).Within(2.1));
        Assert.That(content.Frames.Skip(1).Select((frame, i) => (frame.WallClock - content.Frames[i].WallClock)?.TotalMilliseconds), Is.All.EqualTo(50), "every frame of that time, once and in order");
        Assert.That(content.Flashes, Has.Count.GreaterThanOrEqualTo(2));
        Assert.That(content.Beeps, Has.Count.EqualTo(content.Flashes.Count));
        Assert.That(content.Beeps.Zip(content.Flashes, (beep, flash) => Math.Abs((beep - flash).TotalMilliseconds)), Is.All.LessThan(60), "picture and sound are in step");

        clip.AgreesWith(content, await RowAsync(saved));
        Assert.That(saved["path"]!.ToString(), Does.StartWith(Path.Combine(_directory.Path, "clips")));
        Assert.That(await HashAsync(saved["path"]!.ToString()), Is.EqualTo(await HashAsync(clip.Video)));
    }

    [Test]
    [Order(2)]
    public async Task A_worker_killed_in_a_surge_is_back_within_a_second_and_clips_a_later_one()
    {
        await WarmAsync("bravo");
        var process = (await _demo.Api.ProcessAsync("bravo"))!;
        var pid = process["pid"]!.GetValue<int>();
        await _demo.Site.SurgeAsync("bravo", duration: 6);
        await Eventually.TrueAsync(async () => (await _demo.Api.ProcessAsync("bravo"))!["chat_rate"]!.GetValue<double>() > 4, "the chat of bravo rises", 20);

        Processes.KillAtOnce(pid);
        var killed = Stopwatch.GetTimestamp();
        await Eventually.TrueAsync(() => WorkersOf(process).Any(p => p.Pid != pid), "another worker for bravo", 10);
        Assert.That(Stopwatch.GetElapsedTime(killed).TotalSeconds, Is.LessThan(1));

        await Eventually.TrueAsync(async () => (await _demo.Api.ProcessAsync("bravo"))!["restarts"]!.GetValue<int>() == 1, "the restart is counted", 10);
        Assert.That((await _demo.Api.ProcessAsync("alpha"))!["restarts"]!.GetValue<int>(), Is.Zero, "no other worker was touched");
        await WarmAsync("bravo");
        var moment = await _demo.Site.SurgeAsync("bravo");
        await ClipOfAsync("bravo", moment);
    }

    [Test]
    [Order(3)]
    public async Task Agent_and_control_plane_killed_lose_nothing_and_double_nothing()
    {
        await WarmAsync("charlie");
        var before = (await _demo.Api.ProcessAsync("charlie"))!;
        var started = _demo.Events.Count(e => e["event"]!.ToString() == "process.started");
        Processes.KillAtOnce(Processes.Running(_directory.Path, "StreamClips.NodeAgent.dll").Single().Pid);
        Processes.KillAtOnce(Processes.Running(_directory.Path, "StreamClips.ControlPlane.dll").Single().Pid);

        // While nobody is there to take it, the worker clips on.
        var moment = await _demo.Site.SurgeAsync("charlie");
        await ClipOfAsync("charlie", moment);

        var after = (await _demo.Api.ProcessAsync("charlie"))!;
        Assert.That(after["pid"]!.GetValue<int>(), Is.EqualTo(before["pid"]!.GetValue<int>()), "the worker was adopted, not started again");
        Assert.That(Processes.Workers(_directory.Path), Has.Count.EqualTo(3));
        Assert.That(_demo.Events.Count(e => e["event"]!.ToString() == "process.started"), Is.EqualTo(started));

        var clips = await _demo.Api.ListAsync("/clips");
        var files = Directory.EnumerateFiles(Path.Combine(_directory.Path, "clips"), "*.mp4", SearchOption.AllDirectories);
        Assert.That(clips.Select(c => c["id"]!.ToString()), Is.Unique);
        Assert.That(files.Count(), Is.EqualTo(clips.Count));
        Assert.That(clips.Count(c => c["streamer"]!.ToString() == "charlie"), Is.EqualTo(1));
    }

    [Test]
    [Order(4)]
    public async Task Bad_channels_wait_or_fail_and_say_why()
    {
        await _demo.Site.PostAsync("bravo", "offline", new { });
        await _demo.Site.PostAsync("alpha", "faults", new { kind = "bad_playlist", target = "usher", shape = "html", duration = 600 });
        (string Name, string Url, string Says)[] channels =
        [
            ("no such channel", "https://www.twitch.tv/nosuchchannel", "does not exist"),
            ("refused", "http://127.0.0.1:1/live.m3u8", "http://127.0.0.1:1/live.m3u8 cannot be read: Connection refused"),
            ("a page", new Uri(_demo.Site.Root, "/control").ToString(), "not an HLS playlist"),
            ("html playlist", new Uri(_demo.Site.Root, "/hls/alpha/master.m3u8").ToString(), "html"),
        ];
        foreach (var (name, url, _) in channels) await _demo.Api.AddStreamerAsync(new { name, url, active = true });

        foreach (var (name, _, says) in channels)
            await SaysAsync(name, says);
        await SaysAsync("bravo", "offline");
    }

    [Test]
    [Order(5)]
    public async Task Ctrl_c_ends_everything_within_10_seconds_and_a_second_start_finds_the_data()
    {
        var clips = (await _demo.Api.ListAsync("/clips")).Select(c => c["id"]!.ToString()).ToList();
        Assert.That(clips, Is.Not.Empty);
        var asked = Stopwatch.GetTimestamp();
        Assert.That(await _demo.StopAsync(), Is.Zero, _demo.Errors);
        Assert.That(Stopwatch.GetElapsedTime(asked).TotalSeconds, Is.LessThan(10));
        Assert.That(Processes.Of(_directory.Path), Is.Empty);
        Assert.That(File.Exists(_directory["lock"]), Is.False);

        await using var again = await DemoRun.StartReadyAsync(_directory.Path);
        Assert.That((await again.Api.ListAsync("/clips")).Select(c => c["id"]!.ToString()), Is.SupersetOf(clips));
        await again.EventAsync("process.started", e => e["streamer"]!.ToString() == "alpha", 30);
    }

    /// <summary>Waits until the detector of a channel has its baseline: before that no surge counts.</summary>
    private async Task WarmAsync(string streamer) => await Eventually.TrueAsync(
        async () => await _demo.Api.ProcessAsync(streamer) is { } p && p["phase"]?.ToString() == "watching" && p["baseline_rate"]!.GetValue<double>() > 0,
        $"the detector of {streamer} has a baseline", 90);

    /// <summary>The event of the one clip that holds a moment.</summary>
    private async Task<JsonObject> ClipOfAsync(string streamer, DateTimeOffset moment)
    {
        var saved = await _demo.EventAsync("clip.saved", e => e["streamer"]!.ToString() == streamer && DateTimeOffset.Parse(e["at"]!.ToString()) > moment, 90);
        var row = await RowAsync(saved);
        Assert.That(DateTimeOffset.Parse(row["started_at"]!.ToString()), Is.LessThanOrEqualTo(moment));
        Assert.That(DateTimeOffset.Parse(row["ended_at"]!.ToString()), Is.GreaterThan(moment));
        return saved;
    }

    private async Task<JsonObject> RowAsync(JsonObject saved) => JsonNode.Parse(await _demo.Api.Http.GetStringAsync($"/clips/{saved["clip_id"]}"))!.AsObject();

    private IEnumerable<RunningProcess> WorkersOf(JsonObject process) =>
        Processes.Workers(_directory.Path).Where(p => p.CommandLine.Contains(process["id"]!.ToString(), StringComparison.Ordinal));

    private async Task SaysAsync(string streamer, string says)
    {
        string? said = null;
        await Eventually.TrueAsync(
            async () =>
            {
                var process = await _demo.Api.ProcessAsync(streamer);
                said = $"{process?["reason"]} {process?["phase_reason"]}";
                return said.Contains(says, StringComparison.OrdinalIgnoreCase);
            },
            $"{streamer} says '{says}', not '{said}'", 60);
    }

    private static async Task<string> HashAsync(string path) => Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(path)));
}
