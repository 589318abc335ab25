using System.Text.Json;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.EndToEnd;

/// <summary>The default settings live, from the chat's burst to the clip; and chats that are recorded on the way.</summary>
[TestFixture]
[Category("Slow")]
[Parallelizable(ParallelScope.Children)]
internal sealed class HighlightTests
{
    private LiveSiteProcess _site = null!;

    [OneTimeSetUp]
    public async Task StartTheSite() => _site = await LiveSiteProcess.StartAsync("echo,foxtrot");

    [OneTimeTearDown]
    public async Task StopTheSite() => await _site.DisposeAsync();

    [Test]
    public async Task A_moment_becomes_a_clip_that_holds_it_and_a_replay_of_the_recorded_chat_decides_the_same()
    {
        var environment = new Dictionary<string, string>(_site.Environment) { ["RECORD_CHAT"] = "true" };
        await using var worker = new WorkerProcess("https://www.twitch.tv/echo", environment, settings: ClipSettings.Default with { ClipsPerHour = 30 });
        worker.Start();
        // A minute: before that the burst would be most of what is known of the usual chat.
        await worker.WaitUntilItDecidesAsync();
        var answer = await _site.SetAsync("echo/surge", """{"multiplier":25,"duration":14}""");
        var moment = answer.GetProperty("moment").GetDateTimeOffset();
        var clip = await Eventually.ValueAsync(() => Task.FromResult(worker.Clips.FirstOrDefault(c => c.Start <= moment && moment <= c.Start.AddSeconds(c.DurationS))), "a clip holds the moment", 180);

        var surge = worker.Journal.OfType<SurgeEntry>().First(s => s.ClipId == clip.ClipId);
        var content = await ClipContent.DecodeAsync(Path.Combine(worker.Directory.Clips, clip.Files[0].Name));
        Assert.Multiple(() =>
        {
            Assert.That(moment, Is.InRange(content.First, content.Last), worker.Story());
            Assert.That(content.Complaints, Is.Empty);
            Assert.That(clip.Moment, Is.EqualTo(moment).Within(TimeSpan.FromSeconds(20)), "where playback begins");
            Assert.That(clip.Reason, Does.Contain("more chatters than usual for"));
            Assert.That(clip.LostS, Is.LessThan(clip.DurationS), "a segment or two may come too late on a busy machine");
        });

        await Programs.SignalAsync(worker.Process, "TERM");
        Assert.That(await worker.WaitForExitAsync(), Is.Zero, worker.Story());
        var clips = await ReplayAsync(Path.Combine(worker.Directory.Path, "chat.ndjson"));
        Assert.That(clips.Select(c => (c.GetProperty("start").GetDouble(), c.GetProperty("end").GetDouble())), Has.Member((Unix(surge.Start), Unix(surge.End))));
    }

    [Test]
    public async Task Watch_writes_the_chat_to_the_file_that_it_is_given()
    {
        using var directory = new TemporaryDirectory();
        string[] arguments = ["watch", "https://www.twitch.tv/foxtrot", "--output", directory["clips"], "--record-chat", directory["chat.ndjson"], "--json"];
        using var watch = Programs.Start(Programs.ClipWorker, arguments, _site.Environment);
        try
        {
            long heard = 0;
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(120));
            while (heard < 20)
            {
                var line = await watch.StandardOutput.ReadLineAsync(deadline.Token);
                Assert.That(line, Is.Not.Null, "it still runs");
                if (JournalEntry.TryParse(System.Text.Encoding.UTF8.GetBytes(line!)) is StatusEntry status) heard = status.ChatMessages;
            }

            await Programs.SignalAsync(watch, "INT");
            await watch.StandardOutput.ReadToEndAsync(deadline.Token);
            await watch.WaitForExitAsync(deadline.Token);
            Assert.That(watch.ExitCode, Is.Zero);
            var lines = await File.ReadAllLinesAsync(directory["chat.ndjson"], deadline.Token);
            Assert.That(lines, Has.Length.GreaterThanOrEqualTo(20));
            Assert.That(JsonDocument.Parse(lines[0]).RootElement.GetProperty("user").GetString(), Is.EqualTo("u1"));
            Assert.That(File.GetUnixFileMode(directory["chat.ndjson"]), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
            Assert.That(await ReplayAsync(directory["chat.ndjson"]), Is.Empty, "nothing happened within a minute");
        }
        finally
        {
            if (!watch.HasExited) watch.Kill(entireProcessTree: true);
            await watch.WaitForExitAsync();
        }
    }

    private static double Unix(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).TotalSeconds;

    private static async Task<List<JsonElement>> ReplayAsync(string chat)
    {
        using var replay = Programs.Start(Programs.ClipWorker, ["replay", chat, "--format", "ndjson", "--set", "clips_per_hour=30"]);
        var errors = replay.StandardError.ReadToEndAsync();
        var output = await replay.StandardOutput.ReadToEndAsync();
        await replay.WaitForExitAsync();
        Assert.That((replay.ExitCode, await errors), Is.EqualTo((0, "")));
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
    }
}
