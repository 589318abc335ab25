using StreamClips.ClipWorker.Platforms;

namespace StreamClips.ClipWorker.Tests.Platforms;

/// <summary>What a URL is.</summary>
[TestFixture]
internal sealed class PlatformChoiceTests
{
    [TestCase("https://www.twitch.tv/Some_One", "some_one")]
    [TestCase("https://m.twitch.tv/x1/", "x1")]
    [TestCase("http://twitch.tv/x1?referrer=raid", "x1")]
    public void A_channel_of_Twitch_is_its_name_in_lower_case_with_its_own_chat(string url, string name) =>
        Assert.That(Choose(url).Choice, Is.EqualTo(new PlatformChoice(name, null, name)));

    [Test]
    public void A_playlist_has_the_chat_that_is_given_beside_it() =>
        Assert.That(
            Choose("https://a.example/x.m3u8", "https://www.twitch.tv/Other").Choice, Is.EqualTo(new PlatformChoice(null, new("https://a.example/x.m3u8"), "other")));

    [Test]
    public void All_faults_are_named_at_once_each_with_its_field() =>
        Assert.That(Choose("ftp://x", "https://kick.com/x").Faults, Is.EqualTo(new[]
        {
            "url is 'ftp://x': give an address that begins with http:// or https://",
            "chat_url is 'https://kick.com/x': give a Twitch channel, as https://www.twitch.tv/NAME",
        }));

    [TestCase("https://www.twitch.tv/videos/123")]
    [TestCase("https://www.twitch.tv/")]
    [TestCase("https://www.twitch.tv/directory")]
    [TestCase("https://www.twitch.tv/a-b")]
    public void Other_pages_of_Twitch_are_no_channels(string url) =>
        Assert.That(Choose(url).Faults, Is.EqualTo(new[] { $"url: {url} is no Twitch channel: give https://www.twitch.tv/NAME" }));

    [Test]
    public void The_environment_names_what_is_wrong_in_it()
    {
        var faults = new List<string>();
        var wrong = new Dictionary<string, string> { ["TWITCH_GQL_URL"] = "gql", ["TWITCH_CHAT_URL"] = "https://x", ["WORKER_POLL_INTERVAL_MS"] = "soon" };
        WorkerOptions.Read(wrong.GetValueOrDefault, faults);
        Assert.That(faults, Is.EqualTo(new[]
        {
            "WORKER_POLL_INTERVAL_MS is 'soon': give 100 to 600000 milliseconds",
            "TWITCH_GQL_URL is 'gql': give an address that begins with http:// or https://",
            "TWITCH_CHAT_URL is 'https://x': give an address that begins with ws:// or wss:// or irc:// or ircs://",
        }));
    }

    private static (PlatformChoice? Choice, List<string> Faults) Choose(string url, string? chat = null)
    {
        var faults = new List<string>();
        return (PlatformChoice.Of(url, chat, faults), faults);
    }
}
