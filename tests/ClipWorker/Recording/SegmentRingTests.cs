using StreamClips.ClipWorker.Recording;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Recording;

/// <summary>The ring holds what it may and no more.</summary>
[TestFixture]
internal sealed class SegmentRingTests
{
    private TemporaryDirectory _directory = null!;

    [SetUp]
    public void MakeTheDirectory() => _directory = new();

    [TearDown]
    public void RemoveTheDirectory() => _directory.Dispose();

    [Test]
    public void Of_what_an_earlier_run_left_only_what_is_whole_and_known_stays()
    {
        var before = Open(1000);
        for (var n = 1; n <= 3; n++) Put(before, n, 100 * n, headBytes: n);
        File.WriteAllText(before.PartOf(4), "the beginning");
        File.WriteAllText(_directory["x.seg"], "whatever");

        var ring = new SegmentRing(_directory.Path, 1000);
        ring.Open(new HashSet<long> { 2, 3, 4 });
        Assert.That(Enumerable.Range(1, 4).Where(n => ring.Holds(n)), Is.EqualTo(new[] { 2, 3 }));
        Assert.That((ring.Bytes, ring.Find(3)!.HeadBytes), Is.EqualTo((500, 3)));
        Assert.That(Directory.GetFiles(_directory.Path), Has.Length.EqualTo(2));
        ring.Clear();
        Assert.That(Directory.GetFiles(_directory.Path), Is.Empty);
    }

    [Test]
    public void Beyond_its_bytes_the_oldest_go_and_are_told()
    {
        var ring = Open(1000);
        for (var n = 1; n <= 5; n++) Put(ring, n, 300);
        Assert.Multiple(() =>
        {
            Assert.That(ring.Bytes, Is.EqualTo(900));
            Assert.That(Enumerable.Range(1, 5).Where(n => ring.Holds(n)), Is.EqualTo(new[] { 3, 4, 5 }));
            Assert.That(ring.TakeEvicted(), Is.EqualTo(new[] { 1, 2 }));
            Assert.That(ring.TakeEvicted(), Is.Empty);
            Assert.That(Directory.GetFiles(_directory.Path), Has.Length.EqualTo(3));
        });
    }

    [Test]
    public void One_segment_is_kept_even_if_it_is_larger_than_the_ring()
    {
        var ring = Open(1000);
        Put(ring, 1, 5000);
        Assert.That(ring.Holds(1), Is.True);
        Put(ring, 2, 5000);
        Assert.That(ring.Holds(1), Is.False);
    }

    [Test]
    public void What_is_too_old_goes()
    {
        var ring = Open(10_000);
        for (var n = 1; n <= 5; n++) Put(ring, n, 300);
        ring.Trim(4);
        Assert.That(Enumerable.Range(1, 6).Where(n => ring.Holds(n)), Is.EqualTo(new[] { 4, 5 }));
        Assert.That(ring.TakeEvicted(), Is.Empty, "its time was over");
        Assert.That(ring.Bytes, Is.EqualTo(600));
    }

    private SegmentRing Open(long maxBytes)
    {
        var ring = new SegmentRing(_directory.Path, maxBytes);
        ring.Open();
        return ring;
    }

    private static void Put(SegmentRing ring, long number, int bytes, int headBytes = 0)
    {
        File.WriteAllBytes(ring.PartOf(number), new byte[bytes]);
        ring.Put(number, bytes, headBytes);
    }
}
