using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StreamClips.NodeAgent.Shipping;
using StreamClips.NodeAgent.Workers;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.Shipping;

public sealed class SpoolTests
{
    private const long GiB = 1L << 30;
    private TemporaryDirectory _directory = null!;

    [SetUp]
    public void MakeDirectory() => _directory = new();

    [TearDown]
    public void RemoveDirectory() => _directory.Dispose();

    [TestCase("20GiB", 20 * GiB)]
    [TestCase("500 MB", 500_000_000)]
    [TestCase("1048576", 1048576)]
    [TestCase("1048576B", 1048576)]
    [TestCase("1000TB", 1_000_000_000_000_000)]
    [TestCase("95%", 95 * GiB)]
    [TestCase("1 %", GiB)]
    public void A_limit_is_bytes_or_a_share_of_the_disk(string text, long bytes) => Assert.That(SpoolLimit.Parse(text)!.On(100 * GiB), Is.EqualTo(bytes));

    [TestCase("")]
    [TestCase("0")]
    [TestCase("1048575")]
    [TestCase("1001TB")]
    [TestCase("0%")]
    [TestCase("96%")]
    [TestCase("-5GiB")]
    [TestCase("5 gib")]
    [TestCase("5.5GiB")]
    [TestCase("5GiB\n")]
    [TestCase("999999999999999TiB")]
    [TestCase("1000000000000000000000000000GiB")]
    public void What_is_no_limit_is_refused(string text) => Assert.That(SpoolLimit.Parse(text), Is.Null);

    [Test]
    public void Whatever_is_given_as_a_limit_is_one_within_bounds_or_none()
    {
        var random = new Random(5);
        const string Letters = "0123456789 %.BKMGTib-\n";
        for (var i = 0; i < 5000; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(30)).Select(_ => Letters[random.Next(Letters.Length)])]);
            if (SpoolLimit.Parse(text) is { } limit) Assert.That(limit.On(100 * GiB), Is.InRange(SpoolLimit.LeastBytes, 1_000_000_000_000_000), text);
        }
    }

    [TestCase(10 * GiB, 5 * GiB)]
    [TestCase(1000 * GiB, 20 * GiB)]
    [TestCase(0, 20 * GiB)]
    [TestCase(1, SpoolLimit.LeastBytes)]
    public void Without_a_limit_it_is_half_of_the_disk_and_20_GiB_at_most(long disk, long bytes) => Assert.That(SpoolLimit.Default.On(disk), Is.EqualTo(bytes));

    [TestCase(false, 99, false)]
    [TestCase(false, 100, true)]
    [TestCase(true, 90, true)]
    [TestCase(true, 89, false)]
    public void New_clips_wait_from_the_bound_on_until_a_tenth_of_it_is_free(bool paused, long bytes, bool pauses) =>
        Assert.That(Spool.Pauses(paused, new(bytes, 100)), Is.EqualTo(pauses));

    [Test]
    public void The_gate_outlives_the_agent_and_a_larger_bound_opens_it()
    {
        var file = _directory["recording-paused"];
        var first = new Spool(new(10 * GiB, null), () => 0, new(file), NullLogger<Spool>.Instance);
        Assert.That(first.State, Is.Null, "nobody has looked");
        first.Observe(10 * GiB);
        Assert.That(File.ReadAllText(file), Does.StartWith("the spool is full: ").And.Contain("10,240 MiB (SPOOL_LIMIT)"));

        var gate = new RecordingGate(file);
        Assert.That(gate.Reason, Does.StartWith("the spool is full: "), "before the first look");
        new Spool(new(10 * GiB, null), () => 0, gate, NullLogger<Spool>.Instance).Observe(9 * GiB + (GiB / 2));
        Assert.That(File.Exists(file), "it is as it was left");
        new Spool(new(20 * GiB, null), () => 0, gate, NullLogger<Spool>.Instance).Observe(9 * GiB + (GiB / 2));
        Assert.That(File.Exists(file), Is.False);
        Assert.That(gate.Reason, Is.Empty);
    }

    [Test]
    public void The_gate_is_open_only_when_nobody_has_a_reason_and_is_put_back_where_somebody_removed_it()
    {
        var file = _directory["recording-paused"];
        var gate = new RecordingGate(file);
        gate.Shut("one", "because");
        gate.Shut("two", "too");
        gate.Open("one");
        Assert.That(new RecordingGate(file).Reason, Is.EqualTo("two: too"));
        File.Delete(file);
        gate.Shut("two", "too");
        Assert.That(File.Exists(file));
        gate.Open("two");
        Assert.That(File.Exists(file), Is.False);
    }

    [TestCase("")]
    [TestCase("no reason of ours\n")]
    public void A_gate_that_nobody_would_open_is_opened(string text)
    {
        File.WriteAllText(_directory["recording-paused"], text);
        Assert.That(new RecordingGate(_directory["recording-paused"]).Reason, Is.Empty);
        Assert.That(File.Exists(_directory["recording-paused"]), Is.False);
    }

    [Test]
    public void A_gate_that_cannot_be_shut_is_told_once_and_tried_again()
    {
        Directory.CreateDirectory(_directory["recording-paused.new"]);
        using var log = new LogCapture();
        var spool = new Spool(new(GiB, null), () => 0, new(_directory["recording-paused"]), new Logger<Spool>(log));
        for (var i = 0; i < 3; i++) spool.Observe(GiB);
        Assert.That(log.Lines.Count(l => l.Message.Contains("cannot be told", StringComparison.Ordinal)), Is.EqualTo(1));
        Directory.Delete(_directory["recording-paused.new"]);
        spool.Observe(GiB);
        Assert.That(File.Exists(_directory["recording-paused"]));
    }
}
