using StreamClips.ClipWorker.Recording;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Recording;

/// <summary>A worker that was killed goes on with the segments that it knew.</summary>
[TestFixture]
internal sealed class RingLogTests
{
    private TemporaryDirectory _directory = null!;

    [SetUp]
    public void MakeTheDirectory() => _directory = new();

    [TearDown]
    public void RemoveTheDirectory() => _directory.Dispose();

    [Test]
    public void All_facts_come_back_and_only_the_owner_can_read_them()
    {
        var segment = Segments.Indexed(7) with
        {
            Sequence = 1234,
            Dated = DateTimeOffset.UnixEpoch,
            Range = new(100, 200),
            Map = new(new("https://edge.example/init.mp4"), null) { Key = new("AES-128", "identity", new("https://edge.example/k"), 5) },
            Key = new("AES-128", "identity", new("https://edge.example/k"), UInt128.MaxValue),
        };
        new RingLog(_directory.Path).Append([segment], "1280x720", TimeSpan.FromSeconds(30), () => [segment]);
        Assert.That(new RingLog(_directory.Path).Read(), Is.EqualTo(new[] { new LoggedSegment(segment, "1280x720", TimeSpan.FromSeconds(30)) }));
        Assert.That(File.GetUnixFileMode(Directory.GetFiles(_directory.Path).Single()), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public void Torn_and_foreign_lines_are_passed_over()
    {
        Write([1, 2]);
        var file = Directory.GetFiles(_directory.Path).Single();
        File.AppendAllText(file, "{\"Segment\":{\"Num\n\n{}\n[1]\n\u0001\n");
        Assert.That(new RingLog(_directory.Path).Read().Select(l => l.Segment.Number), Is.EqualTo(new[] { 1, 2 }));
        File.WriteAllBytes(file, [0xff, 0xfe, 10, 10, 0]);
        Assert.That(new RingLog(_directory.Path).Read(), Is.Empty);
    }

    [TestCase("{\"Segment\":{\"Num", 1, 2, 3, TestName = "A_torn_line_does_not_swallow_what_is_written_behind_it")]
    [TestCase("", 1, 2, 3, TestName = "What_is_whole_is_written_on")]
    public void What_is_written_behind_an_earlier_run_is_read(string torn, params long[] expected)
    {
        Write([1, 2]);
        var file = Directory.GetFiles(_directory.Path).Single();
        File.AppendAllText(file, torn);
        var log = new RingLog(_directory.Path);
        log.Read();
        log.Append([Segments.Indexed(3)], "", default, () => [.. expected.Select(Segments.Indexed)]);
        Assert.That(new RingLog(_directory.Path).Read().Select(l => l.Segment.Number), Is.EqualTo(expected));
        Assert.That(Directory.GetFiles(_directory.Path), Is.EqualTo(new[] { file }), "no part is left");
    }

    [Test]
    public void It_is_written_anew_before_it_grows_without_bound()
    {
        var log = new RingLog(_directory.Path);
        for (var number = 1; number <= 5000; number++)
        {
            var newest = number;
            log.Append([Segments.Indexed(number)], "", default, () => [.. Segments.Numbers(Math.Max(1, newest - 50), newest).Select(Segments.Indexed)]);
        }

        var read = new RingLog(_directory.Path).Read();
        Assert.That(read.Count, Is.InRange(50, 2000));
        Assert.That(read[^1].Segment.Number, Is.EqualTo(5000));
    }

    [Test]
    public void An_index_goes_on_behind_what_it_is_given_and_knows_what_it_had()
    {
        var before = new SegmentIndex(TimeSpan.FromMinutes(5));
        before.SourceChanged("a");
        before.Merge(Dated(10, 20), DateTimeOffset.UnixEpoch);
        var index = new SegmentIndex(TimeSpan.FromMinutes(5));
        index.Restore(before.Snapshot(), "a");
        index.SourceChanged("a");
        var added = index.Merge(Dated(12, 23), DateTimeOffset.UnixEpoch);
        Assert.That(added.Select(s => (s.Number, s.Sequence, s.Part)), Is.EqualTo(new[] { (12L, 21L, 1), (13, 22, 1), (14, 23, 1) }));
        Assert.That(index.Snapshot(), Has.Count.EqualTo(14));
    }

    [TestCase("a", 40, TestName = "Behind_a_hole_begins_another_part")]
    [TestCase("b", 21, TestName = "With_other_pictures_begins_another_part")]
    public void Another_part_begins(string format, int first)
    {
        var before = new SegmentIndex(TimeSpan.FromMinutes(5));
        before.Merge(Dated(10, 20), DateTimeOffset.UnixEpoch);
        var index = new SegmentIndex(TimeSpan.FromMinutes(5));
        index.Restore(before.Snapshot(), "a");
        index.SourceChanged(format);
        Assert.That(index.Merge(Dated(first, first + 5), DateTimeOffset.UnixEpoch).Select(s => s.Part), Is.All.EqualTo(2));
    }

    private void Write(long[] numbers)
    {
        IReadOnlyList<IndexedSegment> segments = [.. numbers.Select(Segments.Indexed)];
        new RingLog(_directory.Path).Append(segments, "", default, () => segments);
    }

    private static MediaPlaylist Dated(long first, long last)
    {
        var playlist = Segments.Playlist(first, last);
        return playlist with { Segments = [.. playlist.Segments.Select(s => s with { Dated = DateTimeOffset.UnixEpoch + s.Sequence * Segments.Length })] };
    }
}
