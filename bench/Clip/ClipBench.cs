using StreamClips.Bench.Load;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;

namespace StreamClips.Bench.Clip;

/// <summary>
/// How long after the decision a clip of 60 s at 6 Mbit/s is ready (renamed and verified), with nothing of it held before; beside
/// what ffmpeg alone takes to copy the same segments from the local disk.
/// </summary>
internal sealed class ClipBench : IBench
{
    private const double ChatRate = 5;
    private const double SurgeSeconds = 6;
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SurgeEvery = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan LeastWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    private static readonly ClipSettings Settings = ClipSettings.Default with
    {
        Detector = ClipSettings.SurgeDetector, ClipDuration = 60, MaxClipDuration = 60, WindowTimespan = 5, BaselineDuration = 30, SurgeThreshold = 3, Recording = RecordingModes.Lazy,
    };

    /// <inheritdoc/>
    public string Name => "clip";

    /// <inheritdoc/>
    public string Summary => "time from the decision to the finished clip of a minute";

    /// <inheritdoc/>
    public async Task<BenchResult> RunAsync(BenchContext context, CancellationToken ct)
    {
        var (workers, surges) = context.Quick ? (4, 4) : (20, 60);
        var video = await SourceVideo.PrepareAsync(context, ct);
        await using var origin = await LiveOrigin.StartAsync(video, ct);
        await using var chat = await SimulatedChat.StartAsync(workers, ChatRate, context.Directory, ct);
        await using var fleet = new WorkerFleet(origin, chat, Path.Combine(context.Directory, "workers"));
        await context.Progress.WriteLineAsync($"{workers} workers, {surges} surges, one every {SurgeEvery.TotalSeconds} s…");
        await fleet.StartAsync(workers, Settings, ct);
        await Task.Delay(Warm, TimeProvider.System, ct);
        var copies = new List<double>();
        for (var i = 0; i < surges; i++)
        {
            await chat.SurgeAsync(i % workers, SurgeSeconds, ct);
            var next = Task.Delay(SurgeEvery, TimeProvider.System, ct);
            if (i % 4 == 3) copies.Add(await PlainCopy.SecondsAsync(video, Path.Combine(context.Directory, "copy"), ct));
            await next;
        }

        await AllMadeAsync(fleet, workers, ct);
        var ready = Enumerable.Range(0, workers).SelectMany(w => Delays(fleet, w, origin)).ToList();
        if (ready.Count < surges / 2) throw new InvalidOperationException($"{ready.Count} clips were made of {surges} surges: see the journals of a worker in {context.Directory}");
        var lost = Enumerable.Range(0, workers).Sum(w => Lost(fleet, w));
        var copy = Repeats.Median(copies);
        var p50 = Repeats.Median(ready);
        return new(
            [
                new("clip_ready_p50_s", p50, "s"),
                new("clip_ready_p99_s", Repeats.Percentile(ready, 99), "s"),
                new("clip_ready_over_copy", p50 / copy, "times ffmpeg_copy"),
                new("clips", ready.Count, "clips measured"),
                new("clips_lost", lost, "clips decided and not made"),
            ],
            [new("ffmpeg_copy", [new("clip_ready_p50_s", copy, "s")])],
            lost == 0 ? null : $"{lost} clips were decided and not made");
    }

    /// <summary>Waits until all that was decided is made: the last surge is decided some seconds after it, and a clip may wait for its window.</summary>
    private static async Task AllMadeAsync(WorkerFleet fleet, int workers, CancellationToken ct)
    {
        var began = TimeProvider.System.GetTimestamp();
        await Task.Delay(LeastWait, TimeProvider.System, ct);
        while (TimeProvider.System.GetElapsedTime(began) < Patience && Enumerable.Range(0, workers).Any(w => Lost(fleet, w) > 0)) await Task.Delay(LookEvery, TimeProvider.System, ct);
    }

    private static int Lost(WorkerFleet fleet, int worker)
    {
        var journal = fleet.Journal(worker);
        return journal.OfType<SurgeEntry>().Select(s => s.ClipId).Except(journal.OfType<ClipEntry>().Select(c => c.ClipId)).Count();
    }

    private static IEnumerable<double> Delays(WorkerFleet fleet, int worker, LiveOrigin origin)
    {
        var journal = fleet.Journal(worker);
        foreach (var clip in journal.OfType<ClipEntry>())
        {
            if (journal.OfType<SurgeEntry>().FirstOrDefault(s => s.ClipId == clip.ClipId) is not { } surge) continue;
            var sidecar = ClipSidecar.FromJson(File.ReadAllText(Path.Combine(fleet[worker].Clips, clip.Name + ".json")));
            var available = origin.AvailableAt(sidecar.WantedEnd.AddMilliseconds(-1));
            yield return (clip.At - (available > surge.At ? available : surge.At)).TotalSeconds;
        }
    }
}
