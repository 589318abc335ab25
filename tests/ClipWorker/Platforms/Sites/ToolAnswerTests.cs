using System.Text;
using StreamClips.ClipWorker.Platforms;
using StreamClips.ClipWorker.Platforms.Sites;

namespace StreamClips.ClipWorker.Tests.Platforms.Sites;

/// <summary>What the words of streamlink and yt-dlp mean; they are as those programs print them.</summary>
[TestFixture]
internal sealed class ToolAnswerTests
{
    [TestCase("error: No plugin can handle URL: https://a.example/x?key=s3cret", "", typeof(Resolution.Wrong), "streamlink says \"error: No plugin can handle URL: https://a.example/x\"")]
    [TestCase("error: No playable streams found on this URL: https://a.example/x", "", typeof(Resolution.Offline), "streamlink says \"error: No playable streams found on this URL: https://a.example/x\"")]
    [TestCase("error: Unable to open URL: https://a.example/x (timed out)\nhint", "", typeof(Resolution.Unreachable), "streamlink says \"error: Unable to open URL: https://a.example/x (timed out)\"")]
    [TestCase("", "WARNING: old | ERROR: Unsupported URL: https://a.example/x", typeof(Resolution.Wrong), "streamlink says \"ERROR: Unsupported URL: https://a.example/x\"")]
    [TestCase("", "ERROR: [youtube] abc: This live event will begin in 5 hours.", typeof(Resolution.Offline), "streamlink says \"ERROR: [youtube] abc: This live event will begin in 5 hours.\"")]
    [TestCase("", "", typeof(Resolution.Unreachable), "streamlink ended with 1")]
    public void Complaints_are_mapped_with_their_line_quoted_and_without_secrets(string output, string errors, Type kind, string reason)
    {
        var answer = ToolAnswer.Read("streamlink", new(Encoding.UTF8.GetBytes(output), "streamlink ended with 1", errors));
        Assert.That(answer.Address, Is.Null);
        Assert.That(answer.Failure, Is.TypeOf(kind).And.Property("Reason").EqualTo(reason));
    }

    [Test]
    public void One_address_of_http_is_wanted_and_nothing_else()
    {
        Assert.That(Said("https://a.example/x.m3u8?sig=1\n").Address, Is.EqualTo(new Uri("https://a.example/x.m3u8?sig=1")));
        Assert.That(Said("https://a.example/video\nhttps://a.example/sound\n").Failure, Is.TypeOf<Resolution.Wrong>().And.Property("Reason").EqualTo("yt-dlp found 2 addresses, as of picture and sound apart, and one with both is wanted"));
        foreach (var bad in new[] { "", "file:///etc/passwd", "rtmp://a.example/x", "hello", "https://" + new string('a', 9000), "https://a.example/1\nok" })
            Assert.That(Said(bad).Failure, Is.TypeOf<Resolution.Wrong>().And.Property("Reason").Contains("yt-dlp found no address that can be fetched"), bad[..Math.Min(20, bad.Length)]);
    }

    [TestCase("best", "best", "b[protocol^=m3u8]/b")]
    [TestCase("worst", "worst", "w[protocol^=m3u8]/w")]
    [TestCase("720p60", "720p60,720p,best", "b[protocol^=m3u8][height<=720]/b[protocol^=m3u8]/b")]
    [TestCase("480p", "480p,best", "b[protocol^=m3u8][height<=480]/b[protocol^=m3u8]/b")]
    [TestCase("--exec", "best", "b[protocol^=m3u8]/b")]
    public void The_quality_is_one_of_few_words(string quality, string streamlink, string ytDlp) =>
        Assert.That((ToolAnswer.StreamlinkQuality(quality), ToolAnswer.YtDlpFormat(quality)), Is.EqualTo((streamlink, ytDlp)));

    [Test]
    public void Garbage_never_throws()
    {
        var random = new Random(2);
        for (var round = 0; round < 5000; round++)
        {
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            ToolAnswer.Read("yt-dlp", new(bytes, round % 2 == 0 ? null : "ended with 1", Encoding.UTF8.GetString(bytes)));
        }
    }

    private static ToolAnswer Said(string output) => ToolAnswer.Read("yt-dlp", new(Encoding.UTF8.GetBytes(output), null));
}
