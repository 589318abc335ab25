using StreamClips.ClipWorker.Chat;

namespace StreamClips.ClipWorker.Tests.Chat;

/// <summary>What is remembered of a chat is bounded, and a few wrong messages do not spoil it.</summary>
[TestFixture]
internal sealed class ChatStateTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Test]
    public void An_id_is_known_until_so_many_newer_ones_came()
    {
        var ids = new RecentIds(3);
        Assert.That(new ulong[] { 1, 2, 1, 3, 2 }.Select(ids.Add), Is.EqualTo(new[] { true, true, false, true, false }));
        Assert.That(ids.Add(4), Is.True);
        Assert.That(ids.Add(1), Is.True, "1 was forgotten for 4");
        Assert.That(ids.Add(ChatHash.Nobody), Is.True);
        Assert.That(ids.Add(ChatHash.Nobody), Is.True, "a message without an id is always new");
    }

    [Test]
    public void Ids_are_known_exactly_as_in_a_set_and_a_queue()
    {
        var random = new Random(5);
        var (ids, known, order) = (new RecentIds(300), new HashSet<ulong>(), new Queue<ulong>());
        for (var i = 0; i < 200_000; i++)
        {
            // Many share their low bits: they want the same place of a table.
            var id = 1 + (ulong)random.Next(40) * 1024 + (ulong)random.Next(16);
            var isNew = known.Add(id);
            if (isNew) order.Enqueue(id);
            if (order.Count > 300) known.Remove(order.Dequeue());
            Assert.That(ids.Add(id), Is.EqualTo(isNew), $"at {i}");
        }
    }

    [Test]
    public void The_clock_of_the_platform_is_learned_and_a_few_wrong_times_do_not_move_it()
    {
        var clock = new ChatClock();
        Assert.That(clock.PlatformTime(Now), Is.EqualTo(Now));
        for (var i = 0; i < 40; i++)
        {
            var arrived = Now.AddSeconds(i);
            clock.Observe(i % 5 == 0 ? arrived.AddYears(100) : arrived.AddSeconds(7), arrived);
        }

        Assert.That(clock.PlatformTime(Now), Is.EqualTo(Now.AddSeconds(7)));
    }

    [Test]
    public void A_full_inbox_drops_the_oldest_and_counts_them()
    {
        var inbox = new ChatInbox();
        for (var i = 0; i < ChatInbox.Capacity + 5; i++) inbox.Put(new(ChatEventKind.Said, new(Now, "u", $"{i}"), Now));
        Assert.That(inbox.Dropped, Is.EqualTo(5));
        Assert.That(inbox.TryTake(out var oldest), Is.True);
        Assert.That(oldest.Message.Text.ToString(), Is.EqualTo("5"));
    }

    [Test]
    public void A_full_inbox_is_also_one_with_too_much_text()
    {
        var inbox = new ChatInbox();
        var text = new string('x', 10_000);
        for (var i = 0; i < ChatInbox.MaxChars / text.Length + 3; i++) inbox.Put(new(ChatEventKind.Said, new(Now, "u", text), Now));
        Assert.That(inbox.Dropped, Is.InRange(3, 4)); // a text is kept in one piece: some room stays empty
    }

    [Test]
    public void An_inbox_keeps_a_text_whose_source_says_something_else_by_then()
    {
        var (inbox, text) = (new ChatInbox(), new TextBuffer());
        foreach (var said in new[] { "first"u8.ToArray(), "other"u8.ToArray() })
            inbox.Put(new(ChatEventKind.Said, new(Now, 1, text.Decode(said)), Now));
        Assert.That(inbox.TryTake(out var first) ? first.Message.Text.ToString() : "", Is.EqualTo("first"));
        Assert.That(inbox.TryTake(out var other) ? other.Message.Text.ToString() : "", Is.EqualTo("other"));
        Assert.That(inbox.TryTake(out _), Is.False);
    }
}
