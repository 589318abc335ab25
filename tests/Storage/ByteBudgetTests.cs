using StreamClips.Testing;

namespace StreamClips.Storage.Tests;

public sealed class ByteBudgetTests
{
    [Test]
    public void A_second_of_bytes_goes_at_once_and_then_no_more_than_the_limit()
    {
        var clock = new ManualClock();
        var budget = new ByteBudget(1000, clock);
        Assert.That(budget.TakeAsync(1000, default).IsCompleted, Is.True);
        var (first, second) = (budget.TakeAsync(500, default), budget.TakeAsync(500, default));
        clock.Advance(TimeSpan.FromSeconds(0.49));
        Assert.That(first.IsCompleted, Is.False);
        clock.Advance(TimeSpan.FromSeconds(0.02));
        Assert.That((first.IsCompleted, second.IsCompleted), Is.EqualTo((true, false)));
        clock.Advance(TimeSpan.FromSeconds(0.5));
        Assert.That(second.IsCompleted, Is.True);
    }

    [Test]
    public void What_was_not_used_is_saved_for_one_second_and_no_longer()
    {
        var clock = new ManualClock();
        var budget = new ByteBudget(1000, clock);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.That(budget.TakeAsync(1000, default).IsCompleted, Is.True);
        Assert.That(budget.TakeAsync(1, default).IsCompleted, Is.False);
    }

    [Test]
    public void Without_a_limit_nobody_waits() => Assert.That(ByteBudget.Unlimited.TakeAsync(int.MaxValue, default).IsCompleted, Is.True);
}
