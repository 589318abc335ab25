using System.Text.Json.Nodes;
using StreamClips.Cli.Api;

namespace StreamClips.Cli.Tests.Api;

[TestFixture]
internal sealed class NameOrIdTests
{
    private static readonly JsonArray Streamers =
    [
        new JsonObject { ["id"] = "01990000-aaaa-7000-8000-000000000001", ["name"] = "Alpha" },
        new JsonObject { ["id"] = "01990000-bbbb-7000-8000-000000000002", ["name"] = "beta" },
        new JsonObject { ["id"] = "01991111-cccc-7000-8000-000000000003", ["name"] = "0199" },
    ];

    [TestCase("Alpha", "aaaa")]
    [TestCase("alpha", "aaaa")]
    [TestCase("01990000-B", "bbbb")]
    [TestCase("0199", "cccc")] // a name goes before the beginning of an id
    public void A_name_or_the_beginning_of_an_id_is_enough(string given, string id) =>
        Assert.That(NameOrId.Choose(given, "streamer", "name", Streamers, "list")["id"]!.ToString(), Does.Contain(id));

    [TestCase("01990000", "may be 01990000-aaaa-7000-8000-000000000001 (Alpha), 01990000-bbbb-7000-8000-000000000002 (beta): give more of the id")]
    [TestCase("aplha", "there is no streamer 'aplha'. Did you mean Alpha? All: list")]
    [TestCase("019", "there is no streamer '019'")]
    public void What_is_not_known_or_not_clear_is_told_with_what_there_is(string given, string message) =>
        Assert.That(() => NameOrId.Choose(given, "streamer", "name", Streamers, "list"), Throws.InstanceOf<CommandException>().With.Message.Contains(message));

    [TestCase("2h", "2026-01-31T10:00:00")]
    [TestCase("2026-01-30T01:02:03Z", "2026-01-30T01:02:03")]
    public void A_moment_is_a_time_or_so_long_ago(string text, string at)
    {
        Assert.That(Moment.TryParse(text, new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero), out var parsed), Is.Null);
        Assert.That(parsed.UtcDateTime.ToString("s"), Is.EqualTo(at));
    }

    [Test]
    public void No_moment_is_told_with_how_to_write_one() =>
        Assert.That(Moment.TryParse("soon", DateTimeOffset.UnixEpoch, out _), Does.Contain("'soon' is no time: give one as"));

    [Test]
    public void A_query_is_escaped_and_leaves_out_what_is_not_given() =>
        Assert.That(Query.Of("/streamers").With("q", "a&b c").With("limit", null).With("all", true).With("dry", false).ToString(), Is.EqualTo("/streamers?q=a%26b%20c&all=true"));
}
