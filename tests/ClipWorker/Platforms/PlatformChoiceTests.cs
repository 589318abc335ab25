using StreamClips.ClipWorker.Platforms;

namespace StreamClips.ClipWorker.Tests.Platforms;

/// <summary>What a URL is.</summary>
[TestFixture]
internal sealed class PlatformChoiceTests
{
    [TestCase("https://www.twitch.tv/Some_One", "Twitch", "some_one")]
    [TestCase("https://m.twitch.tv/x1/", "Twitch", "x1")]
    [TestCase("http://TWITCH.tv/x1?referrer=raid#top", "Twitch", "x1")]
    [TestCase("https://kick.com/Some-One_2", "Kick", "some-one_2")]
    [TestCase("https://www.kick.com/x1/", "Kick", "x1")]
    public void A_channel_is_its_name_with_its_own_chat(string url, string platform, string name)
    {
        var choice = Choose(url).Choice;
        Assert.That((choice?.Stream.Platform.Name, choice?.Stream.Name, choice?.Stream.Title), Is.EqualTo((platform, name, name)));
        Assert.That(choice!.ChatOf, Is.EqualTo(choice.Stream));
    }

    [TestCase("https://www.youtube.com/@Some.One", "@Some.One")]
    [TestCase("https://youtube.com/@someone/live?si=x", "@someone")]
    [TestCase("https://www.youtube.com/channel/UCabcdefghijklmnopqrst-_/live", "channel/UCabcdefghijklmnopqrst-_")]
    [TestCase("https://m.youtube.com/c/Name/streams", "c/Name")]
    [TestCase("https://www.youtube.com/watch?app=desktop&v=abcDEF_-123&t=5", "abcDEF_-123")]
    [TestCase("https://www.youtube.com/live/abcDEF_-123?feature=share", "abcDEF_-123")]
    [TestCase("https://youtu.be/abcDEF_-123", "abcDEF_-123")]
    public void YouTube_has_channels_and_videos(string url, string name)
    {
        var choice = Choose(url).Choice;
        Assert.That((choice?.Stream.Platform.Name, choice?.Stream.Name), Is.EqualTo(("YouTube", name)));
        Assert.That(choice!.ChatOf, Is.EqualTo(choice.Stream));
    }

    [TestCase("https://www.youtube.com/")]
    [TestCase("https://www.youtube.com/watch?v=short")]
    [TestCase("https://www.youtube.com/@")]
    [TestCase("https://www.youtube.com/channel/PLabc")]
    [TestCase("https://www.youtube.com/feed/subscriptions")]
    [TestCase("https://music.youtube.com/watch?v=abcDEF_-123")]
    [TestCase("https://youtu.be/a/b")]
    public void Other_pages_of_YouTube_are_refused_with_an_example(string url) =>
        Assert.That(Choose(url).Faults, Has.One.Contains("is no YouTube channel: give https://www.youtube.com/@NAME"));

    [Test]
    public void A_playlist_has_the_chat_that_is_given_beside_it()
    {
        var choice = Choose("https://a.example/x.m3u8?token=1", "https://www.twitch.tv/Other").Choice;
        Assert.That((choice?.Stream.Name, choice?.Stream.Title), Is.EqualTo(("https://a.example/x.m3u8?token=1", "a.example")));
        Assert.That(choice!.ChatOf?.Name, Is.EqualTo("other"));
        Assert.That(Choose("https://a.example/x.m3u8").Choice?.ChatOf, Is.Null);
    }

    [Test]
    public void The_chat_of_another_channel_is_taken_instead_of_its_own() =>
        Assert.That(Choose("https://www.twitch.tv/one", "https://www.twitch.tv/two").Choice?.ChatOf?.Name, Is.EqualTo("two"));

    [TestCase("https://twitch.tv.evil.example/name")]
    [TestCase("https://eviltwitch.tv/name")]
    [TestCase("https://kick.com.evil.example/name")]
    [TestCase("https://kick.com@evil.example/name")]
    [TestCase("https://www.twitch.tv@evil.example/name")]
    [TestCase("https://evil@www.twitch.tv/name")]
    [TestCase("https://www.twitch.tv:8443/name")]
    [TestCase("https://evil.example/www.twitch.tv/name")]
    [TestCase("https://evil.example/?x=https://www.twitch.tv/name")]
    public void What_only_looks_like_a_platform_is_none(string url)
    {
        Assert.That(Choose(url).Choice?.Stream.Platform.Name, Is.EqualTo("another site"), "an address like any other");
        Assert.That(Choose("https://a.example/x.m3u8", url).Faults.Single(), Does.StartWith("chat_url is '").And.Contain("': give a channel of Twitch, as https://www.twitch.tv/NAME"));
    }

    [TestCase("https://a.example/x.m3u8?token=1", "HLS playlist", "a.example")]
    [TestCase("https://a.example/someone", "another site", "a.example")]
    [TestCase("rtmp://a.example/live/key", "RTMP", "a.example")]
    [TestCase("rtmps://www.twitch.tv/app/key", "RTMP", "www.twitch.tv")]
    public void Other_addresses_are_playlists_streams_or_sites_by_their_look(string url, string platform, string title)
    {
        var choice = Choose(url).Choice;
        Assert.That((choice?.Stream.Platform.Name, choice?.Stream.Title, choice?.ChatOf), Is.EqualTo((platform, title, null as Channel)));
    }

    [Test]
    public void All_faults_are_named_at_once_each_with_its_field() =>
        Assert.That(Choose("ftp://x", "https://a.example/x").Faults, Is.EqualTo(new[]
        {
            "url is 'ftp://x': give an address that begins with http://, https://, rtmp:// or rtmps://",
            "chat_url is 'https://a.example/x': give a channel of Twitch, as https://www.twitch.tv/NAME or Kick, as https://kick.com/NAME or YouTube, as https://www.youtube.com/@NAME",
        }));

    [TestCase("https://www.twitch.tv/videos/123")]
    [TestCase("https://www.twitch.tv/")]
    [TestCase("https://www.twitch.tv/directory")]
    [TestCase("https://www.twitch.tv/a-b")]
    [TestCase("https://www.twitch.tv/a%2Fb")]
    [TestCase("https://clips.twitch.tv/name")]
    public void Other_pages_of_Twitch_are_no_channels(string url) =>
        Assert.That(Choose(url).Faults, Is.EqualTo(new[] { $"url: {url} is no Twitch channel: give https://www.twitch.tv/NAME" }));

    [TestCase("https://kick.com/video/123")]
    [TestCase("https://kick.com/browse")]
    [TestCase("https://kick.com/")]
    [TestCase("https://api.kick.com/name")]
    [TestCase("https://kick.com/a.b")]
    public void Other_pages_of_Kick_are_no_channels(string url) =>
        Assert.That(Choose(url).Faults, Is.EqualTo(new[] { $"url: {url} is no Kick channel: give https://kick.com/NAME" }));

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

    [Test]
    public void Every_platform_has_real_addresses_and_an_example_of_its_own()
    {
        var faults = new List<string>();
        var book = EndpointBook.Read(PlatformChoice.Platforms.SelectMany(p => p.Endpoints), _ => null, faults);
        Assert.That(faults, Is.Empty);
        foreach (var platform in PlatformChoice.Platforms)
        {
            Assert.That(platform.Endpoints.Select(e => book[e].Scheme), Has.All.Matches<string>(s => s is "https" or "wss"), platform.Name);
            Assert.That(Choose(platform.Example).Choice?.Stream.Platform, Is.SameAs(platform));
        }
    }

    private static (PlatformChoice? Choice, List<string> Faults) Choose(string url, string? chatUrl = null)
    {
        var faults = new List<string>();
        return (PlatformChoice.Of(url, chatUrl, faults), faults);
    }
}
