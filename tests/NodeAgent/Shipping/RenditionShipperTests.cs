using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using StreamClips.NodeAgent.Host;
using StreamClips.NodeAgent.Shipping;
using StreamClips.NodeAgent.Workers;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Workers;
using StreamClips.Storage;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.Shipping;

/// <summary>Renditions are shipped after their clips, once, and stay until they are acknowledged.</summary>
public sealed class RenditionShipperTests
{
    private TemporaryDirectory _directory = null!;
    private ExitWatcher _exits = null!;
    private Worker _worker = null!;
    private RenditionShipper _shipper = null!;
    private ClipShipper _clips = null!;
    private ShippingQueue _queue = null!;

    [SetUp]
    public void MakeAWorker()
    {
        (_directory, _exits) = (new(), new());
        var workers = new WorkerOptions { Directory = _directory["workers"], Command = "worker", Environment = new Dictionary<string, string>() };
        var signals = new WakeSignals();
        _worker = Worker.Create(
            new WorkerContext(workers, new(workers), new(workers with { Cgroups = false }, NullLogger<WorkerCgroups>.Instance), _exits, signals, TimeProvider.System, new Random(1), NullLogger<Worker>.Instance),
            new WorkerSpec { ProcessId = Guid.NewGuid(), StreamerId = Guid.NewGuid(), Streamer = "s", Url = "https://example.com/s" });
        var fleet = new WorkerFleet();
        fleet.Add(_worker);
        Directory.CreateDirectory(_worker.Directory.Renditions);
        Directory.CreateDirectory(_worker.Directory.Clips);
        _shipper = new(new LocalDiskStorage(_directory["storage"]), signals, NullLogger<RenditionShipper>.Instance);
        _clips = new ClipShipper(new LocalDiskStorage(_directory["storage"]), signals, NullLogger<ClipShipper>.Instance);
        _queue = new(fleet, _clips, _shipper, new(SpoolLimit.Default, () => 0, new(_directory["recording-paused"]), NullLogger<Spool>.Instance), new() { Storage = new() { Name = "local" } }, new(TimeProvider.System), TimeProvider.System, new Random(1), NullLogger<ShippingQueue>.Instance);
    }

    [TearDown]
    public void RemoveIt()
    {
        _queue.Dispose();
        _exits.Dispose();
        _directory.Dispose();
    }

    [Test]
    public async Task One_waits_for_its_clip_is_stored_under_its_name_and_deleted_when_acknowledged()
    {
        var id = Make("a");
        ClipFolderTests.Make(_worker.Directory, "a");
        await _queue.RunOnceAsync(CancellationToken.None);
        Assert.That(_shipper.Unreported, Is.Empty, "its clip is not acknowledged yet");

        _clips.Acknowledge(_clips.Unreported.Single().Clip.Sidecar.ClipId, "");
        for (var i = 0; i < 2; i++) await _queue.RunOnceAsync(CancellationToken.None);
        Assert.That(_shipper.Unreported.Single().Key.Value, Is.EqualTo("some-streamer/2026-01-02/a-preview.jpg"));
        Assert.That(File.ReadAllText(_directory["storage/some-streamer/2026-01-02/a-preview.jpg"]), Is.EqualTo("picture"));
        Assert.That(RenditionShipper.IsDrained(_worker), Is.False);

        _shipper.Acknowledge(id, RenditionKind.Preview, "");
        Assert.That(_shipper.Unreported, Is.Empty);
        Assert.That(Directory.GetFiles(_worker.Directory.Renditions), Is.Empty);
        Assert.That(RenditionShipper.IsDrained(_worker), Is.True);
    }

    [Test]
    public async Task One_whose_name_is_taken_gets_another_and_a_damaged_one_is_deleted()
    {
        var id = Make("a");
        Make("b", damaged: true);
        Directory.CreateDirectory(_directory["storage/some-streamer/2026-01-02"]);
        File.WriteAllText(_directory["storage/some-streamer/2026-01-02/a-preview.jpg"], "another clip's");
        await _queue.RunOnceAsync(CancellationToken.None);
        Assert.That(_shipper.Unreported.Single().Key.Value, Is.EqualTo($"some-streamer/2026-01-02/a-{id:N}-preview.jpg"));
        Assert.That(Directory.GetFiles(_worker.Directory.Renditions).Select(Path.GetFileName), Is.EquivalentTo((string[])["a.preview.jpg", "a.preview.json"]));
    }

    private Guid Make(string name, bool damaged = false)
    {
        var id = Guid.NewGuid();
        var bytes = "picture"u8.ToArray();
        File.WriteAllBytes(Path.Combine(_worker.Directory.Renditions, $"{name}.preview.jpg"), damaged ? [1] : bytes);
        var sidecar = new RenditionSidecar
        {
            ClipId = id, ProcessId = _worker.Spec.ProcessId, Kind = RenditionKind.Preview, ClipPath = $"Some Streamer/2026-01-02/{name}", Width = 1600, Height = 90,
            File = new(RenditionKind.Preview, $"{name}.preview.jpg", bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes))),
        };
        File.WriteAllText(Path.Combine(_worker.Directory.Renditions, $"{name}.preview.json"), sidecar.ToJson());
        return id;
    }
}
