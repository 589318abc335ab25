using Microsoft.Extensions.Logging.Abstractions;
using StreamClips.NodeAgent.Host;
using StreamClips.NodeAgent.Shipping;
using StreamClips.NodeAgent.Workers;
using StreamClips.Shared.Workers;
using StreamClips.Storage;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.Shipping;

public sealed class ClipShipperTests
{
    [Test]
    public async Task A_fault_that_nobody_foresaw_is_one_clips_and_the_others_are_shipped()
    {
        using var directory = new TemporaryDirectory();
        using var exits = new ExitWatcher();
        var workers = new WorkerOptions { Directory = directory.Path, Command = "worker", Environment = new Dictionary<string, string>() };
        var signals = new WakeSignals();
        var context = new WorkerContext(workers, new(workers), exits, signals, TimeProvider.System, new Random(1), NullLogger<Worker>.Instance);
        var worker = Worker.Create(context, new WorkerSpec { ProcessId = Guid.NewGuid(), StreamerId = Guid.NewGuid(), Streamer = "s", Url = "https://example.com/s" });
        var fleet = new WorkerFleet();
        fleet.Add(worker);
        Directory.CreateDirectory(worker.Directory.Clips);
        ClipFolderTests.Make(worker.Directory, "bad");
        ClipFolderTests.Make(worker.Directory, "good");
        using var shipper = new ClipShipper(
            fleet, new BrokenFor("bad"), new() { StoragePath = directory["storage"] }, signals, TimeProvider.System, new Random(1), NullLogger<ClipShipper>.Instance);

        await shipper.RunOnceAsync(CancellationToken.None);

        Assert.That(shipper.Unreported.Select(c => c.Clip.Clip.Name), Is.EqualTo(["good"]));
        Assert.That(shipper.Unshipped, Is.EqualTo(2), "the other one is tried again");
    }

    private sealed class BrokenFor(string name) : IClipStorage
    {
        public string Description => "broken";

        public Task<StoreResult> StoreAsync(StorageKey key, StoreSource source, CancellationToken cancellation) =>
            Path.GetFileName(source.Path).StartsWith(name, StringComparison.Ordinal)
                ? throw new NotSupportedException("a fault of the program")
                : Task.FromResult(new StoreResult(StoreOutcome.Stored));
    }
}
