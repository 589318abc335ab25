using System.Text.Json.Nodes;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Tests.Output;

[TestFixture]
internal sealed class ValuesTests
{
    [TestCase(0, "0 B")]
    [TestCase(1023, "1023 B")]
    [TestCase(1536, "1.5 KiB")]
    [TestCase(150d * (1 << 20), "150 MiB")]
    [TestCase(3.25 * (1L << 40), "3.3 TiB")]
    public void Sizes_are_in_words(double bytes, string words) => Assert.That(Values.Size(bytes), Is.EqualTo(words));

    [TestCase(0.35, "350 ms")]
    [TestCase(59.9, "59 s")]
    [TestCase(185, "3 min 5 s")]
    [TestCase(7800, "2 h 10 min")]
    [TestCase(86400 * 5, "5 d")]
    [TestCase(-42, "-42 s")]
    public void Lengths_of_time_are_in_words(double seconds, string words) => Assert.That(Values.Span(TimeSpan.FromSeconds(seconds)), Is.EqualTo(words));

    [Test]
    public void A_field_of_another_kind_says_nothing_rather_than_failing()
    {
        var item = JsonNode.Parse("""{"a":[1],"b":"x","c":{"d":"deep"}}""")!;
        Assert.That((item.Number("a"), item.Number("b"), item.At("b"), item.Is("b"), item.Text("z")), Is.EqualTo(((double?)null, (double?)null, (DateTimeOffset?)null, false, "")));
        Assert.That((item.Text("c", "d"), item.Text("b", "d"), item.Share("a", "b"), JsonValue.Create(1).Text("a")), Is.EqualTo(("deep", "", "", "")));
    }

    [TestCase("stremers", "streamers")]
    [TestCase("streamres", "streamers")]
    [TestCase("proc", "processes")]
    [TestCase("xyzzy", "")]
    [TestCase("u", "up")]
    public void What_may_have_been_meant_is_suggested(string typed, string word) =>
        Assert.That(string.Join(",", Words.Nearest(typed, ["streamers", "processes", "nodes", "up"]).Take(1)), Is.EqualTo(word));
}
