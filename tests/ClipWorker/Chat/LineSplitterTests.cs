using System.Text;
using StreamClips.ClipWorker.Chat;

namespace StreamClips.ClipWorker.Tests.Chat;

/// <summary>Lines from reads that end anywhere.</summary>
[TestFixture]
internal sealed class LineSplitterTests
{
    [Test]
    public void Lines_are_whole_however_the_reads_split_them()
    {
        const string Text = "one\r\ntwo\n\r\nfour is longer than the others\r\nfive\nlast";
        for (var size = 1; size <= Text.Length; size++)
        {
            var splitter = new LineSplitter(100);
            Assert.That(Feed(splitter, Text, size), Is.EqualTo(new[] { "one", "two", "", "four is longer than the others", "five" }), $"reads of {size}");
            Assert.That(Encoding.UTF8.GetString(splitter.Rest()), Is.EqualTo("last"));
        }
    }

    [Test]
    public void A_line_beyond_the_bound_is_passed_over_and_counted_and_the_next_one_is_whole()
    {
        for (var size = 1; size < 60; size++)
        {
            var splitter = new LineSplitter(10);
            Assert.That(Feed(splitter, $"0123456789\r\n{new string('x', 11)}\n{new string('y', 50)}\nend\n", size), Is.EqualTo(new[] { "0123456789", "end" }), $"reads of {size}");
            Assert.That(splitter.TooLong, Is.EqualTo(2), $"reads of {size}");
        }
    }

    [Test]
    public void A_line_without_an_end_takes_no_more_memory_than_the_bound()
    {
        var splitter = new LineSplitter(16 << 10);
        for (var i = 0; i < 10_000; i++)
        {
            var free = splitter.Free();
            Assert.That(free.Length, Is.InRange(2, (16 << 10) + 3));
            free.Span.Fill((byte)'x');
            splitter.Written(free.Length);
            Assert.That(splitter.TryTake(out _), Is.False);
        }
    }

    private static List<string> Feed(LineSplitter splitter, string text, int size)
    {
        var lines = new List<string>();
        var bytes = Encoding.UTF8.GetBytes(text).AsSpan();
        while (bytes.Length > 0)
        {
            var free = splitter.Free();
            var take = Math.Min(size, Math.Min(free.Length, bytes.Length));
            bytes[..take].CopyTo(free.Span);
            splitter.Written(take);
            bytes = bytes[take..];
            while (splitter.TryTake(out var line)) lines.Add(Encoding.UTF8.GetString(line));
        }

        return lines;
    }
}
