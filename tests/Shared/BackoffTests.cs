namespace StreamClips.Shared.Tests;

[TestFixture]
internal sealed class BackoffTests
{
    private static readonly Backoff Backoff = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(20));

    [TestCase(1, 100)]
    [TestCase(2, 200)]
    [TestCase(5, 1600)]
    [TestCase(7, 5000)]
    [TestCase(1_000_000, 5000)]
    public void A_wait_is_drawn_between_the_floor_and_a_bound_that_doubles_to_the_cap(int failures, int bound_ms)
    {
        var random = new Random(7);
        var waits = Enumerable.Range(0, 2000).Select(_ => Backoff.Delay(failures, random).TotalMilliseconds).ToList();

        Assert.That(waits.Min(), Is.GreaterThanOrEqualTo(20));
        Assert.That(waits.Max(), Is.LessThanOrEqualTo(bound_ms).And.GreaterThan(bound_ms * 0.95));
        Assert.That(waits.Average(), Is.EqualTo(bound_ms / 2.0).Within(bound_ms * 0.06));
    }

    [Test]
    public void There_is_no_wait_before_the_first_failure() =>
        Assert.That(() => Backoff.Delay(0, new Random(1)), Throws.InstanceOf<ArgumentOutOfRangeException>());
}
