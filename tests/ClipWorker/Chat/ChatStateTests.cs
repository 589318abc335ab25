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
}
