using System.Diagnostics;
using StreamClips.ClipWorker.Tests.Clips;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Simulation;

/// <summary>
/// A day of a channel with everything that goes wrong, within seconds: the worker's own classes on a clock that the test moves. Alone,
/// as memory and handles are the process's.
/// </summary>
[TestFixture]
[NonParallelizable]
[Category("Slow")]
internal sealed class DayOfFaultsTests
{
    private const int Seed = 20261122;

    [Test]
    public async Task After_a_day_of_faults_nothing_has_grown_and_every_clip_is_made_or_its_loss_is_told()
    {
        using var directory = new TemporaryDirectory();
        await NumberedStream.RunAsync("ffmpeg", [
            "-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc=size=64x36:rate=10:duration=2", "-f", "lavfi", "-i", "sine=duration=2:sample_rate=48000",
            .. "-c:v libx264 -preset ultrafast -g 20 -bf 0 -pix_fmt yuv420p -c:a aac -b:a 32k -f mpegts".Split(' '), directory["template.ts"]]);
        var clock = new ManualClock(SimulatedOrigin.Began);
        await using var worker = new SimulatedWorker(new(Seed), clock, File.ReadAllBytes(directory["template.ts"]));
        var began = Stopwatch.GetTimestamp();
        var footprints = new List<Footprint>();
        for (var second = 1; second <= SimulatedDay.Seconds; second++)
        {
            await worker.PassAsync(clock);
            if (second % 3600 == 0) footprints.Add(await MeasureAsync(worker, clock));
        }

        await worker.FinishAsync();
        // Pools keep now more and now less: the most of three hours against the least of three. What leaks is in the least too.
        var (early, late) = (footprints[1..4].MaxBy(f => f.MemoryBytes), footprints[^3..].MinBy(f => f.MemoryBytes));
        TestContext.Out.WriteLine($"a day in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s; {worker.Requests} requests, {worker.Seen} segments; {early} -> {late}");
        TestContext.Out.WriteLine($"{worker.Told.Story}; clips {worker.Clips.Count}, of which {worker.Clips.Count(c => c.Lost > 0.05)} lost something");

        Assert.Multiple(() =>
        {
            Assert.That(late.MemoryBytes, Is.LessThan(early.MemoryBytes + (8 << 20)), "live memory: 200 bytes a segment would be as much");
            Assert.That(late.Handles, Is.LessThanOrEqualTo(early.Handles + 8), "handles");
            Assert.That(late.RingBytes, Is.LessThan(8 << 20), "130 s of 20 KB each 2 s");
            Assert.That(late.RingFiles, Is.LessThan(100), "files of the ring");
            Assert.That(late.Remembered, Is.InRange(1, early.Remembered + 20), "segments that are remembered");
            Assert.That(worker.Settled.Keys, Is.EquivalentTo(worker.Wanted.Keys), "every clip is made or given up");
            Assert.That(worker.Clips.Count + worker.Told.Of("clip.failed"), Is.EqualTo(worker.Wanted.Count), "each once");
            Assert.That(worker.Clips, Has.Count.GreaterThan(10), "on a machine that is far too slow, most lose something");
            foreach (var clip in worker.Clips)
                Assert.That(clip.Has + clip.Lost, Is.GreaterThan(clip.Wanted - 2.5), "what is missing is told");
        });
    }

    private static async Task<Footprint> MeasureAsync(SimulatedWorker worker, ManualClock clock)
    {
        for (var wait = 0; wait < 600 && worker.Settled.Count < worker.Wanted.Count; wait++) await worker.PassAsync(clock);
        for (var round = 0; round < 3; round++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return new(GC.GetTotalMemory(forceFullCollection: true), Directory.GetFiles("/proc/self/fd").Length, worker.RingBytes, Directory.GetFiles(worker.Ring).Length, worker.Remembered);
    }

    private readonly record struct Footprint(long MemoryBytes, int Handles, long RingBytes, int RingFiles, int Remembered);
}
