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
        // One at the very edge of the clip may be there in picture or sound alone.
        var (flashes, beeps) = (Inside(content.Flashes), Inside(content.Beeps));
        Assert.That(flashes, Has.Count.GreaterThanOrEqualTo(2));
        Assert.That(beeps, Has.Count.EqualTo(flashes.Count));
        Assert.That(beeps.Zip(flashes, (beep, flash) => Math.Abs((beep - flash).TotalMilliseconds)), Is.All.LessThan(60), "picture and sound are in step");

        clip.AgreesWith(content, await RowAsync(saved));
        Assert.That(saved["path"]!.ToString(), Does.StartWith(Path.Combine(_directory.Path, "clips")));
        Assert.That(await HashAsync(saved["path"]!.ToString()), Is.EqualTo(await HashAsync(clip.Video)));

        List<TimeSpan> Inside(IEnumerable<TimeSpan> times) => [.. times.Where(t => t > TimeSpan.FromSeconds(0.5) && t < content.Duration - TimeSpan.FromSeconds(0.5))];
    }

    [Test]
    [Order(2)]
    public async Task A_worker_killed_in_a_surge_is_replaced_and_its_successor_clips_a_later_one()
    {
        await WarmAsync("bravo");
        var pid = (await _demo.Api.ProcessAsync("bravo"))!["pid"]!.GetValue<int>();
        await _demo.Site.SurgeAsync("bravo", duration: 6);
        await RowAsync("bravo", p => p["chat_rate"]!.GetValue<double>() > 4, "the chat rises");

        Processes.KillAtOnce(pid);
        var successor = await RowAsync("bravo", p => p["pid"]?.GetValue<int>() is { } now && now != pid, "another worker runs");

        Assert.That(successor["restarts"]!.GetValue<int>(), Is.EqualTo(1));
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
            ("refused", "http://127.0.0.1:1/live.m3u8", "http://127.0.0.1:1/live.m3u8 cannot be read: Connection refused"),
            ("a page", new Uri(_demo.Site.Root, "/control").ToString(), "not an HLS playlist"),
            ("html playlist", new Uri(_demo.Site.Root, "/hls/alpha/master.m3u8").ToString(), "html"),
        ];
        foreach (var (name, url, _) in channels) await _demo.Api.AddStreamerAsync(new { name, url, active = true });

        // Its platform says so before a worker takes a place.
        await _demo.Api.AddStreamerAsync(new { name = "no such channel", url = "https://www.twitch.tv/nosuchchannel", active = true });

        foreach (var (name, _, says) in channels)
            await SaysAsync(name, says);
        await Eventually.TrueAsync(
            async () => (await _demo.Api.ListAsync("/streamers")).Any(s => s["waiting"]!.ToString().Contains("there is no channel 'nosuchchannel' on Twitch", StringComparison.Ordinal)), "it is said that there is no such channel");
        await SaysAsync("bravo", "offline");
    }

    [Test]
    [Order(5)]
    public async Task Ctrl_c_soon_ends_everything_and_a_second_start_finds_the_data()
    {
        var clips = (await _demo.Api.ListAsync("/clips")).Select(c => c["id"]!.ToString()).ToList();
        Assert.That(clips, Is.Not.Empty);
        Assert.That(await _demo.StopAsync(), Is.Zero, _demo.Errors);
        Assert.That(Processes.Of(_directory.Path), Is.Empty);

        var began = TimeProvider.System.GetUtcNow();
        await using var again = await DemoRun.StartReadyAsync(_directory.Path);
        Assert.That((await again.Api.ListAsync("/clips")).Select(c => c["id"]!.ToString()), Is.SupersetOf(clips));
        // The channel was live before and is again: no event need tell of that, but its worker is another one.
        await Eventually.TrueAsync(
            async () => await again.Api.ProcessAsync("alpha") is { } p && p["phase"]?.ToString() == "watching" && p["run_started_at"] is { } at && DateTimeOffset.Parse(at.ToString()) > began,
            "alpha is watched again", 180);
    }

    /// <summary>Waits until the detector of a channel has its baseline: before that no surge counts. The row is the present worker's own.</summary>
    private Task WarmAsync(string streamer) =>
        RowAsync(streamer, p => p["phase"]?.ToString() == "watching" && p["baseline_rate"]!.GetValue<double>() > 0, "the detector has a baseline");

    /// <summary>Waits until the newest process of a channel looks so.</summary>
    private async Task<JsonObject> RowAsync(string streamer, Func<JsonObject, bool> fits, string what)
    {
        JsonObject? row = null;
        try
        {
            return await Eventually.ValueAsync(async () => (row = await _demo.Api.ProcessAsync(streamer)) is { } p && fits(p) ? p : null, what, 180);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{streamer}: {e.Message}; it is {row?.ToJsonString()}", e);
        }
    }

    /// <summary>The event of the clip that holds a moment.</summary>
    private async Task<JsonObject> ClipOfAsync(string streamer, DateTimeOffset moment) => await Eventually.ValueAsync(
        async () =>
        {
            foreach (var saved in _demo.Events.Where(e => e["event"]!.ToString() == "clip.saved" && e["streamer"]!.ToString() == streamer))
            {
                var row = await RowAsync(saved);
                if (DateTimeOffset.Parse(row["started_at"]!.ToString()) <= moment && DateTimeOffset.Parse(row["ended_at"]!.ToString()) > moment) return saved;
            }

            return null;
        },
        $"a clip of {streamer} that holds {moment:O}", 180);

    private async Task<JsonObject> RowAsync(JsonObject saved) => JsonNode.Parse(await _demo.Api.Http.GetStringAsync($"/clips/{saved["clip_id"]}"))!.AsObject();

    private Task SaysAsync(string streamer, string says) =>
        RowAsync(streamer, p => $"{p["reason"]} {p["phase_reason"]}".Contains(says, StringComparison.OrdinalIgnoreCase), $"it says '{says}'");

    private static async Task<string> HashAsync(string path) => Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(path)));
}
