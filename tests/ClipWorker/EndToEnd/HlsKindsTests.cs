using StreamClips.Shared.Clips;
using StreamClips.Shared.Journal;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.EndToEnd;

/// <summary>Streams of every kind and with every fault that real ones have: each clip is of one piece, frame by frame.</summary>
[TestFixture]
[Category("Slow")]
[Parallelizable(ParallelScope.Children)]
internal sealed class HlsKindsTests
{
    private LiveSiteProcess _site = null!;

    [OneTimeSetUp]
    public async Task StartTheSite() => _site = await LiveSiteProcess.StartAsync(
        "kilo,lima,mike,oscar,papa,quebec,romeo", "--packaging", "quebec=apart", "--packaging", "romeo=apart+fmp4+aes", "--packaging", "kilo=aes+uneven", "--packaging", "lima=fmp4+ranges+aes", "--packaging", "papa=keyless");

    [OneTimeTearDown]
    public async Task StopTheSite() => await _site.DisposeAsync();

    [TestCase("kilo", TestName = "Encrypted_segments_of_uneven_length_behind_redirects_are_clipped")]
    [TestCase("lima", TestName = "Encrypted_byte_ranges_of_fragmented_MP4_behind_redirects_are_clipped")]
    [TestCase("quebec", TestName = "Sound_in_a_playlist_of_its_own_is_clipped_in_step_with_the_pictures")]
    [TestCase("romeo", TestName = "Encrypted_fragmented_MP4_with_its_sound_in_a_playlist_of_its_own_is_clipped_in_step")]
    public async Task Wrapped_segments_are_clipped(string channel)
    {
        await _site.FaultAsync(channel, """{"kind":"redirect","target":"playlist"}""");
        await _site.FaultAsync(channel, """{"kind":"redirect","target":"key"}""");
        var environment = new Dictionary<string, string>(_site.Environment) { ["TWITCH_CHAT_URL"] = _site.Irc };
        await using var worker = new WorkerProcess($"{_site.Url}/hls/{channel}/master.m3u8", environment, chat: $"https://www.twitch.tv/{channel}");
        worker.Start();
        var (clip, _) = await ClipAsync(worker, channel);
        Assert.That(clip.LostS, Is.Zero, worker.Story());
        Assert.That(Lost(worker), Is.Empty);
    }

    [Test]
    public async Task A_playlist_that_expires_is_found_again_without_a_loss_and_when_its_quality_goes_another_one_is_taken()
    {
        await _site.FaultAsync("mike", """{"kind":"redirect","target":"segment"}""");
        await using var worker = new WorkerProcess("https://www.twitch.tv/mike", _site.Environment);
        worker.Start();
        await worker.WaitUntilItDecidesAsync();
        await _site.FaultAsync("mike", """{"kind":"expire"}""");
        var (clip, _) = await ClipAsync(worker, "mike");
        Assert.That(worker.Journal.OfType<LogEntry>().Count(l => l.Event == "stream.resolved"), Is.GreaterThan(1), worker.Story());
        Assert.That(clip.LostS, Is.Zero, worker.Story());
        Assert.That(Lost(worker), Is.Empty);

        await _site.FaultAsync("mike", """{"kind":"lost_quality"}""");
        await Eventually.TrueAsync(() => worker.Journal.OfType<LogEntry>().Any(l => l.Event == "stream.resolved" && l.Message.Contains("240p", StringComparison.Ordinal)), "the next one is taken", 60);
        (clip, var content) = await ClipAsync(worker, "mike", 2);
        Assert.That(clip.Format, Is.EqualTo($"{content.Width}x{content.Height} h264/aac"));
        Assert.That(clip.DurationS + clip.LostS, Is.GreaterThan(7.9), "what is missing is counted");
    }

    [Test]
    public async Task A_picture_that_changes_its_size_a_broadcast_that_begins_again_and_segments_without_keyframes_leave_clips_of_one_piece()
    {
        await using var worker = new WorkerProcess("https://www.twitch.tv/papa", _site.Environment);
        worker.Start();
        await worker.WaitUntilItDecidesAsync();
        await _site.FaultAsync("papa", """{"kind":"resize"}""");
        var (clip, content) = await ClipAsync(worker, "papa");
        Assert.That(clip.Format, Is.EqualTo($"{content.Width}x{content.Height} h264/aac"));

        await _site.GoOfflineAsync("papa");
        await worker.WaitForStatusAsync(s => s.Phase == WorkerPhase.Waiting, "the worker waits", 60);
        var seen = worker.Status!.Segments;
        await _site.GoOnlineAsync("papa");
        await worker.WaitForStatusAsync(s => s.Phase == WorkerPhase.Watching && s.Segments > seen, "the new broadcast is watched", 60);
        (clip, content) = await ClipAsync(worker, "papa", 2);
        Assert.That(content.Width, Is.EqualTo(480), "the size stays");
        Assert.That(clip.DurationS + clip.LostS, Is.GreaterThan(7.9), "what is missing is counted");
    }

    [Test]
    public async Task Numbers_and_time_stamps_that_begin_anew_and_wrap_leave_a_clean_clip()
    {
        await using var worker = new WorkerProcess("https://www.twitch.tv/oscar", _site.Environment);
        worker.Start();
        await worker.WaitUntilItDecidesAsync();
        await _site.FaultAsync("oscar", """{"kind":"sequence_reset"}""");
        var seen = worker.Status!.Segments;
        await worker.WaitForStatusAsync(s => s.Segments >= seen + 4, "the numbers went on from 0", 60);
        await _site.FaultAsync("oscar", """{"kind":"timestamp_wrap","duration":7}""");
        var (clip, _) = await ClipAsync(worker, "oscar");
        Assert.That(clip.DurationS + clip.LostS, Is.GreaterThan(7.9), "what is missing is counted");
        Assert.That(Lost(worker), Is.Empty);
    }

    /// <summary>Makes a moment and gives back its clip, whose frames are those of the stream, each once and in order.</summary>
    private async Task<(ClipSidecar Clip, ClipContent Content)> ClipAsync(WorkerProcess worker, string channel, int number = 1)
    {
        await worker.WaitForStatusAsync(s => s is { Phase: WorkerPhase.Watching, BaselineRate: > 0 and < 8 }, "the chat is calm", 120);
        await _site.SurgeAsync(channel);
        var clip = await worker.WaitForClipAsync(number);
        var content = await ClipContent.DecodeAsync(Path.Combine(worker.Directory.Clips, clip.Files[0].Name));
        var steps = content.Frames.Zip(content.Frames.Skip(1), (a, b) => (b.WallClock - a.WallClock)?.TotalMilliseconds).Distinct();
        Assert.Multiple(() =>
        {
            Assert.That(clip.Files.Select(f => f.Kind), Is.SupersetOf(new[] { "video", "poster" }), worker.Story());
            Assert.That(content.Complaints, Is.Empty);
            Assert.That(steps, Is.EqualTo(new double?[] { 50 }), "every frame once and in order");
            Assert.That(content.First, Is.EqualTo(clip.Start).Within(TimeSpan.FromMilliseconds(60)));
            Assert.That(content.Frames[^1].At.TotalMilliseconds, Is.EqualTo(50 * (content.Frames.Count - 1)).Within(60), "the pictures keep their pace");
            foreach (var flash in content.Flashes.Where(f => f.TotalSeconds > 0.5 && f < content.Duration - TimeSpan.FromSeconds(0.5)))
                Assert.That(content.Beeps.Min(b => (b - flash).Duration().TotalMilliseconds), Is.LessThan(60), "sound and picture are in step");
        });
        return (clip, content);
    }

    private static IEnumerable<string> Lost(WorkerProcess worker) => worker.Journal.OfType<LogEntry>().Where(l => l.Event == "segment.lost").Select(l => l.Message);
}
