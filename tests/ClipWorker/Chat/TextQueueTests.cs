using StreamClips.ClipWorker.Chat;

namespace StreamClips.ClipWorker.Tests.Chat;

[TestFixture]
internal sealed class TextQueueTests
{
    [Test]
    public void It_behaves_as_a_queue_of_texts_that_forgets_its_oldest_at_a_bound()
    {
        var random = new Random(3);
        foreach (var (maxCount, maxChars) in new[] { (1, 1), (3, 10), (40, 100), (1000, 64), (7, 5000), (5000, 3000) })
        {
            var queue = new TextQueue<int>(maxCount, maxChars);
            var expected = new Queue<(int Item, string Text)>();
            for (var i = 0; i < 20_000; i++)
            {
                if (random.Next(3) == 0)
                {
                    Assert.That(queue.DropOldest(), Is.EqualTo(Math.Min(1, expected.Count)));
                    expected.TryDequeue(out _);
                }
                else
                {
                    var text = new string((char)('a' + i % 26), random.Next(random.Next(4) == 0 ? maxChars + 5 : 8));
                    var dropped = queue.Add(i, text);
                    expected.Enqueue((i, text.Length > maxChars ? text[..maxChars] : text));
                    for (; dropped > 0; dropped--) expected.Dequeue();
                    Assert.That(expected, Has.Count.LessThanOrEqualTo(maxCount));
                    Assert.That(expected.Sum(e => e.Text.Length), Is.LessThanOrEqualTo(maxChars));
                }

                Assert.That(queue.Count, Is.EqualTo(expected.Count));
                if (expected.TryPeek(out var oldest)) Assert.That((queue[0], queue.Text(0).ToString()), Is.EqualTo(oldest));
                if (i % 100 == 0) Assert.That(Enumerable.Range(0, queue.Count).Select(n => (queue[n], queue.Text(n).ToString())), Is.EqualTo(expected));
            }
        }
    }

    [Test]
    public void It_forgets_nothing_before_its_bounds()
    {
        var queue = new TextQueue<int>(1000, 10_000);
        for (var i = 0; i < 1000; i++) Assert.That(queue.Add(i, "0123456789"), Is.Zero);
        Assert.That(queue.Add(1000, "x"), Is.EqualTo(1));
        queue.Clear();
        Assert.That(queue.Count, Is.Zero);
        Assert.That(() => queue[0], Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Once_it_has_grown_nothing_is_allocated()
    {
        var queue = new TextQueue<long>(500, 5000);
        Fill();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Fill();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Fill()
        {
            for (var i = 0; i < 5000; i++) queue.Add(i, "a text of some length");
        }
    }
}
