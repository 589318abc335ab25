using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Clips.Renditions;
using StreamClips.ClipWorker.Clips.Media;
using StreamClips.ClipWorker.Reporting;
using StreamClips.ClipWorker.Surge;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;
using StreamClips.Shared.Workers;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Clips;

/// <summary>What is made of clips later, with the real ffmpeg.</summary>
[TestFixture]
[Category("Slow")]
internal sealed class RenditionTests
{
    private Report _report = null!;
    private NumberedStream _stream = null!;
    private ClipFolder _clips = null!;
    private RenditionQueue _queue = null!;

    [SetUp]
    public async Task MakeAClip()
    {
        _stream = await NumberedStream.MakeAsync(4);
        (_report, _clips, _queue) = (new(), new(_stream["clips"]), new(_stream["queue"]));
        _clips.Create();
        Directory.CreateDirectory(_stream["renditions"]);
    }

    [TearDown]
    public void RemoveIt() => _stream.Dispose();

    [Test]
    public async Task Preview_and_vertical_are_made_though_the_clip_is_shipped_and_gone()
    {
        var id = await SaveAsync("a");
        using var maker = Maker();
        maker.Complete();
        File.Delete(_clips.PathOf("a", "mp4"));
        await maker.RunAsync(CancellationToken.None);

        Assert.That(_report.Errors, Is.Empty);
        var vertical = RenditionSidecar.FromJson(await File.ReadAllTextAsync(_stream["renditions/a.vertical.json"]));
        var preview = RenditionSidecar.FromJson(await File.ReadAllTextAsync(_stream["renditions/a.preview.json"]));
        Assert.That((vertical.ClipId, vertical.ClipPath, vertical.Width, vertical.Height), Is.EqualTo((id, "x/a", 1080, 1920)));
        Assert.That(preview.Sprite, Is.EqualTo(new SpriteLayout(10, 160, 90, preview.Sprite!.IntervalS)));
        Assert.That(preview.Sprite.IntervalS, Is.EqualTo(0.4).Within(0.01));
        Assert.That(new FileInfo(_stream["renditions/a.preview.jpg"]).Length, Is.EqualTo(preview.File.SizeBytes));
        Assert.That(_queue.List(), Is.Empty);
        Assert.That(Directory.GetFiles(_stream["queue"]), Is.Empty);

        // The whole picture, as wide as the frame, in the middle.
        var file = Mp4File.Read(_stream["renditions/a.vertical.mp4"]).Value!;
        Assert.That((file.Video!.Samples, file.Audio is not null, file.FastStart), Is.EqualTo((80, true, true)));
        var luma = await NumberedStream.RunAsync("ffmpeg", ["-v", "error", "-nostdin", "-i", _stream["renditions/a.vertical.mp4"], "-vf", "crop=1080:606:0:657,scale=160:90", "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"]);
        var last = luma.AsSpan(79 * 160 * 90).ToArray();
        Assert.That(Enumerable.Range(0, 10).Sum(bit => last[45 * 160 + bit * 16 + 8] > 126 ? 1 << bit : 0), Is.EqualTo(79));
        var strip = await NumberedStream.RunAsync("ffmpeg", ["-v", "error", "-nostdin", "-i", _stream["renditions/a.preview.jpg"], "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"]);
        Assert.That(strip, Has.Length.EqualTo(1600 * 90));
    }

    [Test]
    public async Task A_stop_ends_it_at_once_and_the_next_start_goes_on()
    {
        await SaveAsync("a");
        using var held = new FileStream(_stream["lock"], FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        using var stop = new CancellationTokenSource();
        using (var maker = Maker())
        {
            var running = maker.RunAsync(stop.Token);
            await stop.CancelAsync();
            await running.WaitAsync(TimeSpan.FromSeconds(60));
        }

        Assert.That(_report.Events, Does.Contain("rendition.left"));
        Assert.That(_queue.List().Single().Tries, Is.Zero);
        held.Close();
        using var next = Maker();
        next.Complete();
        await next.RunAsync(CancellationToken.None);
        Assert.That(_report.Events.Count(e => e == "rendition.saved"), Is.EqualTo(2));
    }

    [Test]
    public async Task Previews_do_not_wait_for_the_vertical_videos_of_the_node()
    {
        var held = new FileStream(_stream["lock"], FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        using var maker = Maker();
        Task running;
        await using (held)
        {
            await SaveAsync("a");
            running = maker.RunAsync(CancellationToken.None);
            await Eventually.TrueAsync(() => File.Exists(_stream["renditions/a.preview.json"]), "the first one's preview");
            await SaveAsync("b");
            maker.Wake();
            await Eventually.TrueAsync(() => File.Exists(_stream["renditions/b.preview.json"]), "the second one's preview");
            Assert.That(Directory.GetFiles(_stream["renditions"], "*.mp4*"), Is.Empty);
        }

        maker.Complete();
        await running.WaitAsync(TimeSpan.FromSeconds(120));
        Assert.That(_report.Events.Count(e => e == "rendition.saved"), Is.EqualTo(4));
    }

    [Test]
    public async Task A_job_whose_clip_never_came_to_be_is_void_and_one_whose_clip_was_shipped_is_not()
    {
        await SaveAsync("void", sidecar: false);
        await SaveAsync("shipped", sidecar: false);
        await SaveAsync("here");
        File.Delete(_clips.PathOf("shipped", "mp4"));
        using var maker = Maker();
        maker.RemoveLeftovers(_clips);
        Assert.That(_queue.List().Select(j => j.Name), Is.EquivalentTo(["shipped", "here"]));
    }

    [Test]
    public async Task A_video_that_cannot_be_read_is_given_up_with_a_line_in_the_journal()
    {
        await SaveAsync("bad");
        await File.WriteAllTextAsync(_queue.VideoOf(_queue.List().Single()), "no video");
        using var maker = Maker();
        maker.Complete();
        await maker.RunAsync(CancellationToken.None);
        Assert.That(_report.Events.Count(e => e == "rendition.failed"), Is.EqualTo(2));
        Assert.That(_queue.List(), Is.Empty);
        Assert.That(Directory.GetFiles(_stream["renditions"]), Is.Empty);
    }

    [Test]
    public async Task What_was_made_before_a_kill_is_kept_though_its_job_says_that_it_is_still_to_be_made()
    {
        await SaveAsync("a");
        var job = _queue.List().Single();
        using var maker = Maker();
        maker.Complete();
        await maker.RunAsync(CancellationToken.None);
        _queue.Add(job, _clips.PathOf("a", "mp4"));
        var made = Directory.GetFiles(_stream["renditions"]);
        using var next = Maker();
        next.Complete();
        await next.RunAsync(CancellationToken.None);
        Assert.That(made, Has.Length.EqualTo(4));
        Assert.That(Directory.GetFiles(_stream["renditions"]), Is.EquivalentTo(made));
        Assert.That(_report.Events.Count(e => e == "rendition.saved"), Is.EqualTo(2));
        Assert.That(_queue.List(), Is.Empty);
    }

    [Test]
    public async Task A_disk_that_cannot_be_written_for_a_while_delays_it_and_no_more()
    {
        await SaveAsync("a");
        var obstacle = Path.ChangeExtension(_queue.VideoOf(_queue.List().Single()), ".json.part");
        Directory.CreateDirectory(obstacle);
        var clock = new ManualClock();
        using var maker = Maker(clock);
        var running = maker.RunAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => _report.Events.Contains("rendition.paused"), "the fault is said");
        Directory.Delete(obstacle);
        await Eventually.TrueAsync(() =>
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            return _report.Events.Count(e => e == "rendition.saved") == 2;
        }, "both are made after the pause");
        maker.Complete();
        await running.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.That(_queue.List(), Is.Empty);
    }

    [Test]
    public async Task A_lock_that_cannot_be_used_at_all_is_told_and_not_waited_for_in_silence()
    {
        await SaveAsync("a");
        using var maker = Maker(new ManualClock(), lockFile: _stream[new string('x', 300)]);
        using var stop = new CancellationTokenSource();
        var running = maker.RunAsync(stop.Token);
        await Eventually.TrueAsync(() => _report.Events.Contains("rendition.paused"), "the fault is said", 60);
        await stop.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.That(_queue.List().Single().Kinds, Is.EqualTo(new[] { RenditionKind.Vertical }), "it waits for a better day");
    }

    private RenditionMaker Maker(TimeProvider? clock = null, string? lockFile = null) => new(
        new WorkerSpec { ProcessId = Guid.NewGuid(), StreamerId = Guid.NewGuid(), Streamer = "s", Url = "https://example.org/", Settings = new ClipSettings { Vertical = true } },
        _queue, new(_stream["renditions"]), lockFile ?? _stream["lock"], new(new(TimeProvider.System)), new(_report, TimeProvider.System), clock ?? TimeProvider.System);

    private async Task<Guid> SaveAsync(string name, bool sidecar = true)
    {
        var cut = await new ClipCutter(_stream.Ring, new(TimeProvider.System), CutLimits.Default).CutAsync(_stream.Plan(0, 4), _clips.PathOf(name, "mp4"), exact: false, CancellationToken.None);
        var request = new ClipRequest
        {
            ClipId = Guid.NewGuid(), Rates = [], TopWords = [], ClockAhead = default, DecidedAt = 0,
            Surge = new DetectedSurge { Start = default, End = default, Moment = default, Peak = default, TriggeredAt = default, Score = 2, Reason = "" },
        };
        using var maker = Maker();
        maker.Prepare(request, name, $"x/{name}", cut.Value!.Probe, _clips.PathOf(name, "mp4"));
        if (sidecar) await File.WriteAllTextAsync(_clips.PathOf(name, "json"), "{}");
        return request.ClipId;
    }

    private sealed class Report : IWorkerReport
    {
        private readonly List<LogEntry> _lines = [];

        public IEnumerable<string> Events => Lines.Select(l => l.Event);

        public IEnumerable<string> Errors => Lines.Where(l => l.Level != "info").Select(l => l.Message);

        private LogEntry[] Lines
        {
            get
            {
                lock (_lines) return [.. _lines];
            }
        }

        public void Append(JournalEntry entry)
        {
            lock (_lines) _lines.Add((LogEntry)entry);
        }
    }
}
