using Microsoft.Extensions.Logging;
using StreamClips.NodeAgent.Host;
using StreamClips.NodeAgent.Workers;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.Host;

public sealed class DiskGuardTests
{
    private const long GiB = 1L << 30;
    private TemporaryDirectory _directory = null!;

    [SetUp]
    public void MakeDirectory() => _directory = new();

    [TearDown]
    public void RemoveDirectory() => _directory.Dispose();

    [TestCase("2GiB", 2 * GiB)]
    [TestCase("5%", 5 * GiB)]
    [TestCase("0", 0)]
    public void A_floor_is_bytes_a_share_of_the_disk_or_none(string text, long bytes) =>
        Assert.That(DiskFloor.Parse(text)!.BytesOn(new(100 * GiB, 0, 0, 0)), Is.EqualTo(bytes));

    [TestCase("00")]
    [TestCase("1KiB")]
    [TestCase("96%")]
    [TestCase("-1GiB")]
    public void What_is_no_floor_is_refused(string text) => Assert.That(DiskFloor.Parse(text), Is.Null);

    [TestCase(100, 1024)]
    [TestCase(10, 512)]
    public void Without_a_floor_it_is_1_GiB_or_a_twentieth_of_a_small_disk(long diskGiB, long mebibytes) =>
        Assert.That(DiskFloor.Default.BytesOn(new(diskGiB * GiB, 0, 0, 0)) >> 20, Is.EqualTo(mebibytes));

    [TestCase(1_000_000_000, 10_000)]
    [TestCase(50_000, 500)]
    [TestCase(100, 64)]
    [TestCase(0, 0)]
    public void A_hundredth_of_a_disks_files_must_be_left(long files, long left)
    {
        Assert.That(DiskFloor.Default.FilesOn(new(GiB, GiB, files, 0)), Is.EqualTo(left));
        Assert.That(DiskFloor.None.FilesOn(new(GiB, GiB, files, 0)), Is.Zero);
    }

    [TestCase(false, 1000, 1000, true)]
    [TestCase(false, 999, 1000, false)]
    [TestCase(false, 1000, 99, false)]
    [TestCase(true, 1249, 1000, false)]
    [TestCase(true, 1250, 1000, true)]
    [TestCase(true, 1250, 124, false)]
    [TestCase(true, 1250, 125, true)]
    public void New_clips_are_refused_below_the_floor_until_a_quarter_of_it_is_free_above(bool paused, long freeMiB, long freeFiles, bool lets)
    {
        var refusal = DiskGuard.Refusal(paused, new(100 * GiB, freeMiB << 20, 10_000, freeFiles), new(1000L << 20, null));

        Assert.That(refusal is null, Is.EqualTo(lets), refusal);
        if (freeMiB < 1000) Assert.That(refusal, Is.EqualTo("less than 1,000 MiB of it were free (DISK_FLOOR); new clips are made again from 1,250 MiB on"));
    }

    [Test]
    public void The_gate_follows_the_disk_and_each_turn_is_told_once()
    {
        using var log = new LogCapture();
        var gate = new RecordingGate(_directory["gate"]);
        DiskSpace? disk = new(100 * GiB, 10 * GiB, 0, 0);
        using var guard = new DiskGuard(new(GiB, null), () => disk, gate, new(), new ManualClock(), new Logger<DiskGuard>(log));
        guard.RunOnce();
        Assert.That(gate.Reason, Is.Empty);

        disk = disk with { FreeBytes = GiB - 1 };
        for (var i = 0; i < 3; i++) guard.RunOnce();
        Assert.That(new RecordingGate(_directory["gate"]).Reason, Does.StartWith("the disk is nearly full: less than 1,024 MiB"), "the next agent, and workers, see it");

        (var full, disk) = (disk, null);
        guard.RunOnce();
        Assert.That(gate.IsShutFor(DiskGuard.Low), "a disk that cannot be asked changes nothing");

        disk = full with { FreeBytes = 2 * GiB };
        for (var i = 0; i < 3; i++) guard.RunOnce();
        Assert.That(gate.Reason, Is.Empty);
        Assert.That(log.Lines.Select(l => l.Event.Name), Is.EqualTo((string[])["disk.low", "disk.room"]));
    }

    [Test]
    public void A_gate_is_shut_with_what_lies_ready_where_the_disk_takes_nothing_more()
    {
        var gate = new RecordingGate(_directory["gate"]);
        File.CreateSymbolicLink(_directory["gate.new"], "/dev/full");

        gate.Shut("the spool is full", "so much");
        Assert.That(gate.Reason, Is.EqualTo("the spool is full: so much"));
        Assert.That(new RecordingGate(_directory["gate"]).IsShutFor(DiskGuard.Low), "somebody will open it");
        gate.Shut(DiskGuard.Low, "too");
        Assert.That(gate.Reason, Does.Contain(": so much").And.Contain(": too"));

        File.Delete(_directory["gate.new"]);
        gate.Open("the spool is full");
        gate.Open(DiskGuard.Low);
        Assert.That(File.Exists(_directory["gate"]), Is.False);
        Assert.That(File.Exists(_directory["gate.spare"]), "ready for the next time");
    }

    [Test]
    public void The_kernel_is_asked_for_bytes_and_files()
    {
        var disk = DiskSpace.Of(_directory.Path)!;
        var drive = new DriveInfo(_directory.Path);
        Assert.That(disk.TotalBytes, Is.EqualTo(drive.TotalSize));
        Assert.That(disk.FreeBytes, Is.InRange(0, disk.TotalBytes));
        Assert.That(disk.FreeFiles, Is.InRange(0, disk.TotalFiles));
        Assert.That(DiskSpace.Of(_directory["none"]), Is.Null);
    }
}
