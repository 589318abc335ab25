using StreamClips.ControlPlane.Liveness;

namespace StreamClips.ControlPlane.Tests.Liveness;

public sealed class ChannelAddressTests
{
    [TestCase("https://www.twitch.tv/SomeBody", "twitch", "somebody")]
    [TestCase("https://m.twitch.tv/a_1/", "twitch", "a_1")]
    [TestCase("https://kick.com/Some-Body", "kick", "some-body")]
    [TestCase("https://www.youtube.com/@name", "youtube", "@name/live")]
    [TestCase("https://www.youtube.com/@name/streams", "youtube", "@name/live")]
    [TestCase("https://www.youtube.com/channel/UCaaaaaaaaaaaaaaaaaaaaaa", "youtube", "channel/UCaaaaaaaaaaaaaaaaaaaaaa/live")]
    [TestCase("https://youtu.be/abcdefghi-_", "youtube", "watch?v=abcdefghi-_")]
    [TestCase("https://www.youtube.com/watch?t=1&v=abcdefghi-_", "youtube", "watch?v=abcdefghi-_")]
    [TestCase("https://example.net/a/live.m3u8?key=1", "hls", "https://example.net/a/live.m3u8?key=1")]
    public void A_channel_is_asked_for_at_its_platform(string url, string platform, string channel) =>
        Assert.That(ChannelAddress.Of(url), Is.EqualTo(new ChannelAddress(platform, channel)));

    [TestCase("rtmp://127.0.0.1/live/****")]
    [TestCase("https://www.twitch.tv/videos/123")]
    [TestCase("https://www.twitch.tv/")]
    [TestCase("https://www.twitch.tv@evil.example/name")]
    [TestCase("https://www.twitch.tv:444/name")]
    [TestCase("https://twitch.tv.evil.example/name")]
    [TestCase("https://www.twitch.tv/a%2Fb")]
    [TestCase("https://kick.com/a/b")]
    [TestCase("https://www.youtube.com/watch?v=short")]
    [TestCase("https://example.net/page")]
    [TestCase("no address")]
    public void Nobody_is_asked_for_what_is_no_channel(string url) => Assert.That(ChannelAddress.Of(url), Is.Null);

    [Test]
    public void Whatever_stands_there_is_read_without_a_fault()
    {
        var random = new Random(7);
        string[] parts = ["https://", "www.twitch.tv", "youtube.com", "youtu.be", "kick.com", "/", "@", "?v=", "watch", "live", "%", "\u0000", "ä", ".m3u8", ":", "#", "abcdefghijk", "channel", "//"];
        for (var i = 0; i < 20_000; i++)
        {
            var url = string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => parts[random.Next(parts.Length)]));
            Assert.That(() => ChannelAddress.Of(url), Throws.Nothing, url);
        }
    }
}
