using StreamClips.ClipWorker.Platforms;
using StreamClips.Shared.Journal;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.EndToEnd;

/// <summary>Playlists given by their addresses, good ones and what else people paste.</summary>
[TestFixture]
[Category("Slow")]
[Parallelizable(ParallelScope.Children)]
internal sealed class PlainHlsTests
{
    private LiveSiteProcess _site = null!;

    [OneTimeSetUp]
    public async Task StartTheSite() => _site = await LiveSiteProcess.StartAsync("echo,foxtrot,golf,hotel,india,juliett,kilo");

    [OneTimeTearDown]
    public async Task StopTheSite() => await _site.DisposeAsync();

    [Test]
    public async Task A_playlist_is_clipped_by_the_chat_that_is_given_beside_it()
    {
        var environment = new Dictionary<string, string>(_site.Environment) { ["TWITCH_CHAT_URL"] = _site.Irc };
        await using var worker = new WorkerProcess($"{_site.Url}/hls/echo/master.m3u8", environment, chat: "https://www.twitch.tv/echo");
        worker.Start();
        await worker.WaitUntilItDecidesAsync();
        var moment = await _site.SurgeAsync("echo");
        var clip = await worker.WaitForClipAsync();
        var content = await ClipContent.DecodeAsync(Path.Combine(worker.Directory.Clips, clip.Files[0].Name));
        Assert.That(moment, Is.InRange(content.First, content.Last));
    }

    [Test]
    public async Task While_the_node_has_no_room_moments_are_counted_and_not_clipped()
    {
        using var node = new TemporaryDirectory();
        File.WriteAllText(node["paused"], "the spool is full: of clips\n");
        await using var worker = new WorkerProcess("https://www.twitch.tv/kilo", new Dictionary<string, string>(_site.Environment) { ["WORKER_PAUSE_FILE"] = node["paused"] });
        worker.Start();
        Assert.That((await worker.WaitForEventAsync("clips.paused")).Message, Does.EndWith("the spool is full: of clips"));
        await worker.WaitUntilItDecidesAsync();
        await _site.SurgeAsync("kilo");
        var status = await worker.WaitForStatusAsync(s => s.NotClipped > 0, "the moment is counted");
        await worker.WaitForEventAsync("moment.not_clipped");
        Assert.That(worker.Journal.OfType<SurgeEntry>(), Is.Empty, "no clip follows");
        File.Delete(node["paused"]);
        var resumed = await worker.WaitForEventAsync("clips.resumed");
        Assert.That(resumed.Message, Does.Match("in the meantime [1-9][0-9]* moments were not clipped"));
        Assert.That(worker.Clips, Is.Empty, worker.Story());
        Assert.That(status.Clips, Is.Zero);
    }

    [Test]
    public async Task When_the_stream_ends_the_clip_that_waits_is_cut_at_once_of_what_there_is()
    {
        var environment = new Dictionary<string, string>(_site.Environment) { ["TWITCH_CHAT_URL"] = _site.Irc };
        await using var worker = new WorkerProcess($"{_site.Url}/hls/india/master.m3u8", environment, chat: "https://www.twitch.tv/india");
        worker.Start();
        await worker.WaitUntilItDecidesAsync();
        await _site.SurgeAsync("india");
        await Eventually.TrueAsync(() => worker.Journal.OfType<SurgeEntry>().Any(), "the surge is decided");
        await _site.GoOfflineAsync("india");
        Assert.That(await worker.WaitForExitAsync(), Is.Zero, worker.Story());
        Assert.That(worker.Clips, Has.Count.EqualTo(1), worker.Story());
        var entries = worker.Journal;
        var (decided, ended) = (entries.OfType<SurgeEntry>().First().At, entries.OfType<StatusEntry>().Last().At);
        TestContext.Out.WriteLine($"decided to ended: {(ended - decided).TotalSeconds:0.0} s");
        Assert.That(entries.OfType<StatusEntry>().Last().Reason, Is.EqualTo("the stream ended"));
    }

    [Test]
    public async Task A_surge_that_is_decided_after_the_stream_s_end_becomes_a_clip_of_its_last_seconds()
    {
        var environment = new Dictionary<string, string>(_site.Environment) { ["TWITCH_CHAT_URL"] = _site.Irc };
        await using var worker = new WorkerProcess($"{_site.Url}/hls/juliett/master.m3u8", environment, chat: "https://www.twitch.tv/juliett");
        worker.Start();
        await worker.WaitUntilItDecidesAsync();
        await _site.SurgeAsync("juliett");
        await _site.GoOfflineAsync("juliett");
        Assert.That(await worker.WaitForExitAsync(), Is.Zero, worker.Story());
        Assert.That(worker.Clips, Has.Count.EqualTo(1), worker.Story());
        Assert.That(worker.Journal.OfType<StatusEntry>().Select(s => s.Reason), Has.Member("the stream ended; its last moments are being decided"));
    }

    [Test]
    public async Task A_stall_is_told_and_a_clip_is_cut_when_it_is_over()
    {
        await using var worker = new WorkerProcess("https://www.twitch.tv/foxtrot", _site.Environment);
        worker.Start();
        await worker.WaitForStatusAsync(s => s.Phase == WorkerPhase.Watching, "the stream is watched");
        await _site.FaultAsync("foxtrot", """{"kind":"stall","duration":14}""");
        await worker.WaitForStatusAsync(s => s.Reason.StartsWith("no new segment for ", StringComparison.Ordinal), "the stall is told");
        await worker.WaitForStatusAsync(s => s is { Phase: WorkerPhase.Watching, Reason: "" }, "the stream is watched again");
        await worker.WaitUntilItDecidesAsync();
        await _site.SurgeAsync("foxtrot");
        Assert.That((await worker.WaitForClipAsync()).DurationS, Is.GreaterThan(2));
    }

    [Test]
    public async Task Chat_connections_that_break_are_opened_again_and_the_surge_after_it_is_clipped()
    {
        await using var worker = new WorkerProcess("https://www.twitch.tv/golf", _site.Environment);
        worker.Start();
        await worker.WaitUntilItDecidesAsync();
        await _site.FaultAsync("golf", """{"kind":"chat_reconnect"}""");
        await _site.FaultAsync("golf", """{"kind":"chat_disconnect"}""");
        await Eventually.TrueAsync(() => Connections(worker) >= 2, "the chat is joined again");
        Assert.That(worker.Journal.OfType<SurgeEntry>(), Is.Empty, "a chat that was away for a moment has not surged");
        await _site.SurgeAsync("golf");
        await worker.WaitForClipAsync();
    }

    [Test]
    public async Task Advertisements_and_a_restarted_encoder_leave_a_clean_clip_of_one_piece()
    {
        await using var worker = new WorkerProcess("https://www.twitch.tv/hotel", _site.Environment);
        worker.Start();
        await worker.WaitUntilItDecidesAsync();
        await _site.FaultAsync("hotel", """{"kind":"ads","duration":4}""");
        await _site.SurgeAsync("hotel");
        await _site.FaultAsync("hotel", """{"kind":"discontinuity"}""");
        var clip = await worker.WaitForClipAsync();
        var content = await ClipContent.DecodeAsync(Path.Combine(worker.Directory.Clips, clip.Files[0].Name));
        Assert.That(content.Complaints, Is.Empty);
        Assert.That(content.Frames.Where(f => f.WallClock is null), Is.Empty, "no frame is of an advertisement");
        Assert.That(content.First, Is.EqualTo(clip.Start).Within(TimeSpan.FromMilliseconds(60)));
        Assert.That(clip.DurationS + clip.LostS, Is.GreaterThan(7.9), "what is missing is counted");
    }

    [TestCase("INT")]
    [TestCase("HUP")]
    [TestCase("QUIT")]
    public async Task Watch_shows_its_state_and_ends_in_good_order_at_Ctrl_C_and_when_its_terminal_closes(string signal)
    {
        using var output = new TemporaryDirectory();
        using var watch = Programs.Start(Programs.ClipWorker, ["watch", $"{_site.Url}/hls/echo/master.m3u8", "--output", output["clips"]], _site.Environment);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        await using var killing = deadline.Token.Register(watch.Kill);
        while (await watch.StandardOutput.ReadLineAsync() is { } line && !line.Contains(" watching: ", StringComparison.Ordinal))
        {
            // The lines before tell how the stream was found.
        }

        await Programs.SignalAsync(watch, signal);
        await Programs.SignalAsync(watch, signal);
        var rest = await watch.StandardOutput.ReadToEndAsync();
        await watch.WaitForExitAsync();
        Assert.That(watch.ExitCode, Is.Zero);
        Assert.That(rest.TrimEnd(), Does.EndWith("ended: stopped · 0 clips"));
        Assert.That(Directory.EnumerateFileSystemEntries(output["clips"]), Is.Empty, "the ring is gone");
    }

    [Test]
    public async Task A_page_of_HTML_fails_with_its_first_line_quoted_and_the_remedy()
    {
        await using var page = new Page("<!DOCTYPE html>\n<html><body>No stream here</body></html>");
        await using var worker = new WorkerProcess($"{page.Url}live.m3u8?token=secret", _site.Environment);
        worker.Start();
        Assert.That(await worker.WaitForExitAsync(), Is.EqualTo(1));
        Assert.That(worker.Status!.Reason, Is.EqualTo(
            $"there is no stream at {page.Url}live.m3u8: it is not an HLS playlist: it begins with \"<!DOCTYPE html>\", not with \"#EXTM3U\"; "
            + $"give one of {PlatformChoice.Examples}"));
        Assert.That(File.ReadAllText(worker.Directory.JournalFile(1)), Does.Not.Contain("secret"));
    }

    [Test]
    public async Task A_finished_recording_ends_the_worker_well()
    {
        await using var page = new Page("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n#EXT-X-ENDLIST\n");
        await using var worker = new WorkerProcess($"{page.Url}vod.m3u8", _site.Environment);
        worker.Start();
        Assert.That(await worker.WaitForExitAsync(), Is.Zero);
        Assert.That(worker.Status, Has.Property("Phase").EqualTo(WorkerPhase.Ended).And.Property("Reason").EqualTo("the stream ended"));
    }

    [Test]
    public async Task An_address_where_nothing_listens_is_tried_again_and_named()
    {
        await using var page = new Page("");
        var gone = page.Url;
        await page.DisposeAsync();
        await using var worker = new WorkerProcess($"{gone}x.m3u8", _site.Environment);
        worker.Start();
        var status = await worker.WaitForStatusAsync(s => s.Reason.Length > 0, "the reason is told");
        Assert.That(status.Phase, Is.EqualTo(WorkerPhase.Resolving));
        Assert.That(status.Reason, Does.StartWith($"{gone}x.m3u8 cannot be read: Connection refused").And.EndsWith("trying again"));
    }

    [TestCase("""{"url":"ftp://x","settings":{"surge_threshold":0}}""", "JSON deserialization")]
    [TestCase("not json", "is an invalid JSON literal")]
    public async Task A_wrong_spec_is_refused_with_its_faults(string spec, string fault)
    {
        await using var worker = new WorkerProcess("https://www.twitch.tv/echo", _site.Environment);
        File.WriteAllText(worker.Directory.Spec, spec);
        worker.Start();
        Assert.That(await worker.WaitForExitAsync(), Is.EqualTo(2));
        Assert.That(worker.Status!.Phase, Is.EqualTo(WorkerPhase.Failed));
        Assert.That(worker.Status!.Reason, Does.Contain(fault).And.Contain("spec.json"));
    }

    [Test]
    public async Task All_faults_of_a_spec_are_named_at_once()
    {
        await using var worker = new WorkerProcess("ftp://x", _site.Environment, chat: "here");
        File.WriteAllText(worker.Directory.Spec, File.ReadAllText(worker.Directory.Spec).Replace("\"surge_threshold\": 2", "\"surge_threshold\": 0", StringComparison.Ordinal));
        worker.Start();
        Assert.That(await worker.WaitForExitAsync(), Is.EqualTo(2));
        Assert.That(worker.Status!.Reason, Does.Contain("surge_threshold is 0").And.Contain("url is 'ftp://x'").And.Contain("chat_url is 'here'"));
    }

    private static int Connections(WorkerProcess worker) => worker.Journal.OfType<LogEntry>().Count(l => l.Event == "chat.connected");
}
