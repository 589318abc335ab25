using StreamClips.ClipWorker.Tests.Clips;
using StreamClips.Shared.Journal;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.EndToEnd;

/// <summary>Whole workers to which something happens while they cut.</summary>
[TestFixture]
[Category("Slow")]
[Parallelizable(ParallelScope.Self)]
internal sealed class KilledCuttingTests
{
    // Before and after the real one, so that there is time to be killed in; every cut leaves a mark.
    private const string Slowly = """case "$*" in *mjpeg*) ;; *) : > "$HERE/cut.$$"; sleep 0.2; "$REAL" "$@"; code=$?; sleep 0.2; exit $code ;; esac""";

    private NumberedStream _stream = null!;

    [OneTimeSetUp]
    public async Task MakeAStream() => _stream = await NumberedStream.MakeAsync(12);

    [OneTimeTearDown]
    public void RemoveIt() => _stream.Dispose();

    [Test]
    public async Task Kills_at_twelve_instants_of_cutting_leave_no_half_clip_and_the_next_start_makes_the_clip_once()
    {
        var bin = _stream["slow"];
        // The ring holds what arrived within that time, however slow the machine is.
        var settings = WorkerProcess.Quick with { MaxClipDuration = 600 };
        await using var worker = new WorkerProcess(await NowhereAsync(), new Dictionary<string, string> { ["PATH"] = BrokenTools.Ffmpeg(bin, Slowly) }, settings: settings);
        var left = new LeftBehind(_stream, worker.Directory);
        var random = new Random(20261122);
        left.PutRing();
        var (id, made) = (Guid.NewGuid(), 0);
        left.Decide(1, 10, id);
        for (var kill = 0; kill < 12; kill++)
        {
            var marks = Marks(bin);
            worker.Start();
            await Eventually.TrueAsync(() => Marks(bin) > marks, "it cuts", 60);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(900)), TimeProvider.System);
            worker.Process.Kill();
            await worker.Process.WaitForExitAsync();
            if (left.TakeClips() is var clips && clips == 0) continue;
            Assert.That(clips, Is.EqualTo(1));
            made++;
            left.Forget();
            left.Decide(1, 10, id = Guid.NewGuid());
        }

        // What the killed ones started writes on for a moment; nobody would remove it after the last start.
        await Eventually.TrueAsync(() => !Programs.AnyNames(worker.Directory.Path), "the tools of the killed ones have ended", 60);
        worker.Start();
        var clip = await worker.WaitForClipAsync();
        await Programs.SignalAsync(worker.Process, "TERM");
        Assert.That(await worker.WaitForExitAsync(), Is.Zero, worker.Story());
        Assert.That(clip.ClipId, Is.EqualTo(id));
        Assert.That(Directory.GetFiles(worker.Directory.Clips), Has.Length.EqualTo(clip.Files.Count + 1), "its files and its sidecar, and nothing of the killed ones");
        (await NumberedStream.DecodeAsync(Path.Combine(worker.Directory.Clips, clip.Files[0].Name))).AssertHolds(0, 199);
        Assert.That(left.TakeClips(), Is.EqualTo(1));
        TestContext.Out.WriteLine($"{made} of 12 kills came after the clip was there");
    }

    [Test]
    public async Task While_there_is_no_room_it_says_so_and_when_there_is_the_clip_is_made()
    {
        // A limit of the size of files is the full disk of an ordinary user. Journals and posters are smaller than a clip.
        // .NET would map its own code through a large file without that variable.
        var environment = new Dictionary<string, string> { ["DOTNET_EnableWriteXorExecute"] = "0" };
        await using var worker = new WorkerProcess(await NowhereAsync(), environment, statusIntervalMs: 60_000, settings: WorkerProcess.Quick with { MaxClipDuration = 600 });
        var left = new LeftBehind(_stream, worker.Directory);
        left.PutRing();
        left.Decide(1, 10);
        worker.StartLimited(blocks: 40);
        Assert.That((await worker.WaitForEventAsync("clip.no_space")).Message, Does.Contain("File too large").And.Contain("make room"));
        Assert.That(Directory.GetFiles(worker.Directory.Clips), Is.Empty.Or.All.EndsWith(".part"));

        await worker.EndLimitAsync();
        var clip = await worker.WaitForClipAsync();
        (await NumberedStream.DecodeAsync(Path.Combine(worker.Directory.Clips, clip.Files[0].Name))).AssertHolds(0, 199);
        Assert.That(worker.Journal.OfType<LogEntry>().Select(l => l.Event), Has.None.EqualTo("clip.failed"));
    }

    [Test]
    public async Task A_stop_that_comes_while_a_clip_waits_at_the_end_of_the_stream_hurries_it()
    {
        await using var silent = new Silence();
        await using var page = new Page("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n#EXT-X-ENDLIST\n");
        await using var worker = new WorkerProcess($"{page.Url}live.m3u8", new Dictionary<string, string>(), settings: WorkerProcess.Quick with { MaxClipDuration = 600 });
        var left = new LeftBehind(_stream, worker.Directory);
        var surge = left.Decide(1, 10);
        // On a machine that is too busy for the worker's patience the clip is left to the next start.
        for (var start = 1; start == 1 || (worker.Clips.Count == 0 && start <= 5); start++)
        {
            left.PutRing(silent.Url, from: 5);
            var asked = silent.Asked;
            worker.Start();
            await Eventually.TrueAsync(() => silent.Asked > asked && worker.Journal.OfType<LogEntry>().Count(l => l.Event == "stream.resolved") == start, "it waits for its segments", 60);
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
            await Programs.SignalAsync(worker.Process, "TERM");
            Assert.That(await worker.WaitForExitAsync(), Is.Zero, worker.Story());
        }

        var clip = worker.Clips.Single();
        Assert.That((clip.ClipId, clip.LostS), Is.EqualTo((surge.ClipId, 2.0)), worker.Story());
        Assert.That(worker.Journal.OfType<LogEntry>().Select(l => l.Event), Does.Contain("worker.stopping"));
        Assert.That(worker.Journal.OfType<StatusEntry>().Last().Reason, Is.EqualTo("stopped"));
    }

    private static int Marks(string folder) => Directory.GetFiles(folder, "cut.*").Length;

    /// <summary>The address of a playlist that is not to be had.</summary>
    private static async Task<string> NowhereAsync()
    {
        await using var page = new Page("");
        return $"{page.Url}live.m3u8";
    }
}
