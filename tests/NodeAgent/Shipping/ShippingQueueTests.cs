using Microsoft.Extensions.Logging.Abstractions;
using StreamClips.NodeAgent.Host;
using StreamClips.NodeAgent.Shipping;
using StreamClips.NodeAgent.Workers;
using StreamClips.Shared.Workers;
using StreamClips.Storage;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.Shipping;

/// <summary>The queue over real directories, with a storage that does as it is told and a clock that a test moves.</summary>
public sealed class ShippingQueueTests
{
    private readonly ManualClock _clock = new();
    private readonly Scripted _storage = new();
    private TemporaryDirectory _directory = null!;
    private ExitWatcher _exits = null!;
    private ClipShipper _clips = null!;
    private WorkerFleet _fleet = null!;
    private RenditionShipper _renditions = null!;
    private RecordingGate _gate = null!;
    private ShippingQueue _queue = null!;

    [SetUp]
    public void MakeQueue()
    {
        (_directory, _exits, _fleet) = (new(), new(), new());
        var signals = new WakeSignals();
        _storage.Reset();
        _clips = new(_storage, signals, NullLogger<ClipShipper>.Instance);
        _renditions = new RenditionShipper(_storage, signals, NullLogger<RenditionShipper>.Instance);
        _gate = new(_directory["recording-paused"]);
        _queue = MakeQueue(concurrency: 2);
    }

    [TearDown]
    public void RemoveIt()
    {
        _queue.Dispose();
        _exits.Dispose();
        _directory.Dispose();
    }

    [Test]
    public async Task A_fault_that_nobody_foresaw_is_one_clips_and_the_others_are_shipped()
    {
        var worker = AddWorker();
        ClipFolderTests.Make(worker.Directory, "bad");
        ClipFolderTests.Make(worker.Directory, "good");
        _storage.Answer = path => path.Contains("bad", StringComparison.Ordinal) ? throw new NotSupportedException("a fault of the program") : StoreOutcome.Stored;

        await _queue.RunOnceAsync(CancellationToken.None);

        Assert.That(_clips.Unreported.Select(c => c.Clip.Clip.Name), Is.EqualTo(["good"]));
        Assert.That(_queue.State, Is.EqualTo(new ShippingState(2, _queue.State.Bytes, _queue.State.OldestAt, "")), "the other one is tried again, and the storage is not to blame");
    }

    [Test]
    public async Task While_the_storage_is_away_one_clip_at_a_time_tries_it_each_in_its_turn_and_its_return_ships_all()
    {
        var (one, two) = (AddWorker(), AddWorker());
        for (var i = 0; i < 5; i++) ClipFolderTests.Make(one.Directory, $"one{i}");
        ClipFolderTests.Make(two.Directory, "two");
        _storage.Answer = _ => StoreOutcome.Unavailable;
        await _queue.RunOnceAsync(CancellationToken.None);
        Assert.That(_storage.Asked, Has.Count.EqualTo(2), "as many as run at once, and then the queue knows");
        await _queue.RunOnceAsync(CancellationToken.None);
        Assert.That(_storage.Asked, Has.Count.EqualTo(2), "not before its wait is over");
        Assert.That(_queue.State.Fault, Does.Contain("scripted"));
        Assert.That(_queue.State.Clips, Is.EqualTo(6));

        for (var i = 0; i < 40; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(15));
            await _queue.RunOnceAsync(CancellationToken.None);
        }

        Assert.That(_storage.Asked, Has.Count.LessThanOrEqualTo(2 + 40));
        Assert.That(_storage.Asked.Select(Path.GetFileName).Distinct().Count(), Is.EqualTo(6), "no clip stands in the others' way");

        _storage.Answer = _ => StoreOutcome.Stored;
        for (var i = 0; i < 5; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(31));
            await _queue.RunOnceAsync(CancellationToken.None);
        }

        Assert.That(_clips.Unreported, Has.Count.EqualTo(6));
        Assert.That(_queue.State.Fault, Is.Empty);
        Assert.That(_queue.State.Clips, Is.EqualTo(6), "they are the node's until they are acknowledged");
        foreach (var clip in _clips.Unreported.ToList()) _clips.Acknowledge(clip.Clip.Sidecar.ClipId, "");
        await _queue.RunOnceAsync(CancellationToken.None);
        Assert.That(_queue.State, Is.EqualTo(ShippingState.Empty));
        Assert.That(Directory.GetFiles(one.Directory.Clips), Is.Empty);
    }

    [Test]
    public async Task No_more_run_at_once_than_allowed_and_workers_share_them()
    {
        var (one, two) = (AddWorker(), AddWorker());
        for (var i = 0; i < 4; i++) ClipFolderTests.Make(one.Directory, $"one{i}");
        ClipFolderTests.Make(two.Directory, "two");
        _storage.Hold();
        var run = _queue.RunOnceAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => _storage.Asked.Count == 2, "two are under way");
        Assert.That(_storage.Asked.Select(p => Path.GetFileName(p)[..3]).Order(), Is.EqualTo(["one", "two"]));
        _storage.Release();
        await run;
        Assert.That(_storage.Most, Is.EqualTo(2));
        Assert.That(_clips.Unreported, Has.Count.EqualTo(5));
    }

    [Test]
    public async Task After_a_long_time_without_the_storage_clips_are_shipped_oldest_first_whoever_tried_it_last()
    {
        using var queue = MakeQueue(concurrency: 1);
        var worker = AddWorker();
        for (var i = 0; i < 6; i++)
        {
            // By name the other way round.
            ClipFolderTests.Make(worker.Directory, $"{9 - i}");
            File.SetLastWriteTimeUtc(Path.Combine(worker.Directory.Clips, $"{9 - i}.json"), new DateTime(2026, 1, 2, 3, i, 0, DateTimeKind.Utc));
        }

        _storage.Answer = _ => StoreOutcome.Unavailable;
        for (var steps = 0; _storage.Asked.Count < 38 && steps < 200; steps++)
        {
            await queue.RunOnceAsync(CancellationToken.None);
            _clock.Advance(TimeSpan.FromSeconds(11));
        }

        Assert.That(Names(_storage.Asked.Skip(30)), Is.EqualTo("98765498"), "each in its turn");
        _storage.Answer = _ => StoreOutcome.Stored;
        await queue.RunOnceAsync(CancellationToken.None);

        Assert.That(Names(_storage.Asked.Skip(38)), Is.EqualTo("798654"), "the one whose turn it was, and then all in their order");
    }

    [Test]
    public async Task All_that_waits_counts_for_the_bound_and_what_is_acknowledged_no_more()
    {
        var worker = AddWorker();
        for (var i = 0; i < 4; i++)
        {
            ClipFolderTests.Make(worker.Directory, $"clip{i}");
            File.WriteAllBytes(Path.Combine(worker.Directory.Clips, $"clip{i}.jpg"), new byte[300_000]);
        }

        await _queue.RunOnceAsync(CancellationToken.None);
        Assert.That(_clips.Unreported, Has.Count.EqualTo(4));
        Assert.That(_gate.Reason, Does.Contain("SPOOL_LIMIT"), "they are in storage, but still here");
        _clips.Acknowledge(_clips.Unreported.First().Clip.Sidecar.ClipId, "");
        await _queue.RunOnceAsync(CancellationToken.None);
        Assert.That(_gate.Reason, Is.Empty);
    }

    private static string Names(IEnumerable<string> paths) => string.Concat(paths.Select(Path.GetFileNameWithoutExtension));

    private ShippingQueue MakeQueue(int concurrency) => new(
        _fleet, _clips, _renditions, new(new(SpoolLimit.LeastBytes, null), () => 0, _gate, NullLogger<Spool>.Instance), new() { Storage = new() { Name = "local" }, Concurrency = concurrency },
        new(_clock), _clock, new Random(1), NullLogger<ShippingQueue>.Instance);

    private Worker AddWorker()
    {
        var options = new WorkerOptions { Directory = _directory["workers"], Command = "worker", Environment = new Dictionary<string, string>() };
        var context = new WorkerContext(options, new(options), new(options with { Cgroups = false }, NullLogger<WorkerCgroups>.Instance), _exits, new(), TimeProvider.System, new Random(1), NullLogger<Worker>.Instance);
        var worker = Worker.Create(context, new WorkerSpec { ProcessId = Guid.NewGuid(), StreamerId = Guid.NewGuid(), Streamer = "s", Url = "https://example.com/s" });
        Directory.CreateDirectory(worker.Directory.Clips);
        _fleet.Add(worker);
        return worker;
    }

    private sealed class Scripted : IClipStorage
    {
        private readonly List<string> _asked = [];
        private TaskCompletionSource _gate = new();
        private int _now;

        public Func<string, StoreOutcome> Answer { get; set; } = _ => StoreOutcome.Stored;

        public IReadOnlyList<string> Asked
        {
            get
            {
                lock (_asked) return [.. _asked];
            }
        }

        public int Most { get; private set; }

        public string Name => "scripted";

        public string Description => "scripted";

        public void Reset()
        {
            (_gate, _now, Most, Answer) = (new(), 0, 0, _ => StoreOutcome.Stored);
            lock (_asked) _asked.Clear();
            _gate.SetResult();
        }

        public void Hold() => _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release() => _gate.SetResult();

        public async Task<StoreResult> StoreAsync(StorageKey key, StoreSource source, CancellationToken cancellation)
        {
            lock (_asked)
            {
                if (source.Path.EndsWith(".mp4", StringComparison.Ordinal)) _asked.Add(source.Path);
                Most = Math.Max(Most, ++_now);
            }

            await _gate.Task;
            lock (_asked) _now--;
            var outcome = Answer(source.Path);
            return new(outcome, outcome == StoreOutcome.Stored ? "" : "the scripted storage is away");
        }
    }
}
