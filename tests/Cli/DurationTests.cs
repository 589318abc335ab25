namespace StreamClips.Cli.Tests;

[TestFixture]
internal sealed class DurationTests
{
    [TestCase("90s", 90)]
    [TestCase("250ms", 0.25)]
    [TestCase("1.5h", 5400)]
    [TestCase("2d", 172800)]
    [TestCase("365d", 31536000)]
    public void A_number_and_a_unit_is_a_duration(string text, double seconds)
    {
        Assert.That(Duration.TryParse(text, out var value), Is.Null);
        Assert.That(value.TotalSeconds, Is.EqualTo(seconds));
    }

    [TestCase("")]
    [TestCase("90")]
    [TestCase("s")]
    [TestCase("-5s")]
    [TestCase("0s")]
    [TestCase("1e9s")]
    [TestCase("5 weeks")]
    [TestCase("366d")]
    [TestCase("nans")]
    public void Anything_else_is_answered_with_how_to_write_it(string text) =>
        Assert.That(Duration.TryParse(text, out _), Does.Contain($"'{text}'").And.Contain("90s"));
}
