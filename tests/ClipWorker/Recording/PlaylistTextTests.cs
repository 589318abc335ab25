using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Tests.Recording;

/// <summary>Addresses as people and logs see them.</summary>
[TestFixture]
internal sealed class PlaylistTextTests
{
    private const string Signature = "CpYFtHq3nD8mKZ0aVx9wRj5bLs2oGy7uTe4iPc6d";

    [TestCase("https://user:secret@edge.example:8443/live/a.m3u8?sig=secret#secret", "https://edge.example:8443/live/a.m3u8")]
    [TestCase($"https://edge.example/v1/playlist/{Signature}.m3u8", "https://edge.example/v1/playlist/CpYFtHq3….m3u8")]
    [TestCase($"https://edge.example/{Signature}x/{Signature}.secret1", "https://edge.example/CpYFtHq3…/CpYFtHq3…")]
    [TestCase($"https://edge.example/{Signature}", $"https://edge.example/{Signature}")]
    [TestCase("http://[::1]:9/x.ts", "http://[::1]:9/x.ts")]
    [TestCase("https://www.twitch.tv/name", "https://www.twitch.tv/name")]
    public void An_address_is_told_without_what_may_be_secret(string address, string shown)
    {
        Assert.That(PlaylistText.ForLogs(new Uri(address)), Is.EqualTo(shown));
        Assert.That(PlaylistText.ForLogs(address), Is.EqualTo(shown));
    }

    [TestCase("https://edge.example/a.ts?sig=secret&token=secret", "\"https://edge.example/a.ts?…\"")]
    [TestCase("#EXT-X-KEY:METHOD=AES-128,URI=\"/k?t=secret\",IV=5", "\"#EXT-X-KEY:METHOD=AES-128,URI=\"/k?…\",IV=5\"")]
    [TestCase($"https://edge.example/v1/playlist/{Signature}x.m3u8", "\"https://edge.example/v1/playlist/CpYFtHq3….m3u8\"")]
    [TestCase("<?xml version=\"1.0\"?>", "\"<?xml version=\"1.0\"?>\"")]
    [TestCase("<!DOCTYPE html>", "\"<!DOCTYPE html>\"")]
    [TestCase("a\tb\u0001", "\"a·b·\"")]
    public void A_line_is_quoted_without_what_may_be_secret(string line, string quoted) => Assert.That(PlaylistText.Quote(line), Is.EqualTo(quoted));

    [TestCase("ftp://x")]
    [TestCase("here")]
    [TestCase("C:/x?y")]
    public void What_holds_nothing_to_hide_stays_as_it_was_given(string given) => Assert.That(PlaylistText.ForLogs(given), Is.EqualTo(given));
}
