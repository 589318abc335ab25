using StreamClips.NodeAgent.Shipping;

namespace StreamClips.NodeAgent.Tests.Shipping;

public sealed class ShippingOrderTests
{
    private static readonly Guid One = new("00000000-0000-0000-0000-000000000001");
    private static readonly Guid Two = new("00000000-0000-0000-0000-000000000002");
    private static readonly Guid Three = new("00000000-0000-0000-0000-000000000003");

    [Test]
    public void Of_a_worker_the_oldest_clip_comes_first_whatever_its_name()
    {
        Assert.That(Next([Item(One, "a", 9), Item(One, "b", 3), Item(One, "c", 5)]), Is.EqualTo("b"));
    }

    [Test]
    public void A_backlog_of_old_clips_does_not_hold_up_another_workers_new_one()
    {
        var due = Enumerable.Range(0, 50).Select(i => Item(One, $"old{i:00}", i)).Append(Item(Two, "new", 1000)).ToList();
        Assert.That(Next(due, (One, new(1, 1))), Is.EqualTo("new"), "one has an upload under way, two none");
        Assert.That(Next(due, (One, new(0, 7)), (Two, new(0, 6))), Is.EqualTo("new"), "one was served last");
        Assert.That(Next(due, (One, new(0, 7)), (Two, new(0, 8))), Is.EqualTo("old00"), "and now it is one's turn again");
    }

    [Test]
    public void Workers_take_turns()
    {
        var due = ((Guid[])[One, Two, Three]).SelectMany(w => Enumerable.Range(0, 3).Select(i => Item(w, $"{w.ToString()[^1]}{i}", i))).ToList();
        var turns = new Dictionary<Guid, ShippingTurn>();
        var order = new List<string>();
        for (var n = 1; due.Count > 0; n++)
        {
            var next = ShippingOrder.Next(due, turns)!;
            due.Remove(next);
            turns[next.ProcessId] = new(0, n);
            order.Add(next.Name);
        }

        Assert.That(order, Is.EqualTo(["10", "20", "30", "11", "21", "31", "12", "22", "32"]));
    }

    [Test]
    public void A_rendition_is_next_only_where_no_clip_is_due()
    {
        var rendition = Item(One, "rendition", 0) with { IsClip = false };
        Assert.That(Next([rendition, Item(Two, "clip", 5)], (Two, new(1, 4))), Is.EqualTo("clip"));
        Assert.That(Next([rendition]), Is.EqualTo("rendition"));
    }

    private static string Next(IEnumerable<ShippingItem> due, params (Guid Worker, ShippingTurn Turn)[] turns) =>
        ShippingOrder.Next(due, turns.ToDictionary(t => t.Worker, t => t.Turn))!.Name;

    private static ShippingItem Item(Guid worker, string name, int second) => new(
        worker, name, $"{worker}/{name}", IsClip: true, DateTimeOffset.UnixEpoch.AddSeconds(second), 1, _ => Task.FromResult(new ShipResult(ShipOutcome.Done)));
}
