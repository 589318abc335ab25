using System.Net;
using System.Text;
using StreamClips.ClipWorker.Platforms;
using StreamClips.ClipWorker.Platforms.Kick;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Platforms.Kick;

/// <summary>What Kick's API can answer, and what is made of it. It is nobody's promise: each of its parts may be anything.</summary>
[TestFixture]
internal sealed class KickAnswersTests
{
    private const string Live = """{"data":{"playback_url":"https://cdn.example/master.m3u8"}}""";
    private const string Channel = """{"id":5,"slug":"name","chatroom":{"id":7}}""";

    private const string Master = """
        #EXTM3U
        #EXT-X-STREAM-INF:BANDWIDTH=3000000,RESOLUTION=1280x720,CODECS="avc1.64001F,mp4a.40.2",FRAME-RATE=30.000
        720.m3u8
        """;

    [Test]
    public async Task A_livestream_leads_to_its_best_playlist()
    {
        var found = await ResolveAsync(Answer(Live), Answer(Master));
        Assert.That((found as Resolution.Online)?.Playlist, Is.EqualTo(new Uri("https://cdn.example/720.m3u8")), $"{found}");
    }

    [TestCase("""{"data":null}""")]
    [TestCase("""{"data":[]}""")]
    [TestCase("""{"data":"none"}""")]
    public async Task Without_a_livestream_the_channel_is_offline(string answer)
    {
        Assert.That(await ResolveAsync(Answer(answer)), Is.EqualTo(new Resolution.Offline("the channel 'name' is offline")));
    }

    [Test]
    public async Task A_livestream_that_is_told_after_its_end_is_offline()
    {
        Assert.That(await ResolveAsync(Answer(Live), Answer("gone", HttpStatusCode.NotFound)), Is.InstanceOf<Resolution.Offline>());
    }

    [TestCase("<html><body>Just a moment…", "gave no JSON object: its answer begins with \"<html>")]
    [TestCase("[]", "gave no JSON object")]
    [TestCase("", "gave no JSON object")]
    [TestCase("{}", "gave an answer without data")]
    [TestCase("""{"data":{}}""", "tells no playback_url for 'name'")]
    [TestCase("""{"data":{"playback_url":7}}""", "tells no playback_url for 'name'")]
    [TestCase("""{"data":{"playback_url":"file:///etc/passwd"}}""", "tells no playback_url for 'name'")]
    [TestCase("""{"data":{"playback_url":"\ud800"}}""", "tells no playback_url for 'name'")]
    [TestCase("""{"data":{"playback_url":"https://cdn.example/x","\ud800layback_urx":1}}""", "playback_url")]
    [TestCase("""{"data":{},"\ud800xxx":1}""", "without data")]
    public async Task What_cannot_be_used_is_told(string answer, string why)
    {
        var found = await ResolveAsync(Answer(answer), Answer("no playlist"));
        Assert.That((found as Resolution.Unreachable)?.Reason, Does.Contain(why), $"{found}");
    }

    [Test]
    public async Task An_answer_that_is_too_large_is_not_read()
    {
        var found = await ResolveAsync(Answer($$"""{"data":"{{new string('x', 600 << 10)}}"}"""));
        Assert.That((found as Resolution.Unreachable)?.Reason, Does.Contain("it has more than 524288 bytes"));
    }

    [TestCase(HttpStatusCode.Forbidden, typeof(Resolution.Refused))]
    [TestCase(HttpStatusCode.Unauthorized, typeof(Resolution.Refused))]
    [TestCase(HttpStatusCode.NotFound, typeof(Resolution.Wrong))]
    [TestCase(HttpStatusCode.BadGateway, typeof(Resolution.Unreachable))]
    public async Task A_status_says_whether_to_try_again(HttpStatusCode status, Type kind)
    {
        Assert.That(await ResolveAsync(Answer("x", status)), Is.InstanceOf(kind));
    }

    [TestCase(Channel, 7, 5)]
    [TestCase("""{"id":5,"chatroom":{"id":-7}}""", null, null)]
    [TestCase("""{"id":"5","chatroom":{"id":7}}""", null, null)]
    [TestCase("""{"id":5,"chatroom":[7]}""", null, null)]
    [TestCase("""{"id":1e40,"chatroom":{"id":7}}""", null, null)]
    [TestCase("""{"id":5,"chatroom":{"id":7,"\ud800x":0}}""", null, null)]
    [TestCase("<html>", null, null)]
    public async Task A_chatroom_is_known_by_two_numbers_or_the_reason_is_told(string answer, long? chatroom, long? channel)
    {
        var (room, fault) = await Api(Answer(answer)).FindRoomAsync(CancellationToken.None);
        Assert.That((room?.ChatroomId, room?.ChannelId), Is.EqualTo((chatroom, channel)));
        Assert.That(fault is null, Is.EqualTo(room is not null));
    }

    [Test]
    public async Task Whatever_bytes_come_nothing_is_thrown()
    {
        var random = new Random(6);
        foreach (var good in new[] { Live, Channel })
        {
            for (var round = 0; round < 3_000; round++)
            {
                var bytes = Encoding.UTF8.GetBytes(good);
                for (var i = random.Next(1, 6); i > 0; i--) bytes[random.Next(bytes.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : "{}[]\",:\\u0d8"u8[random.Next(12)];
                Assert.That(await ResolveAsync(Answer(bytes), Answer(Master)), Is.Not.Null);
                Assert.That(await Api(Answer(bytes)).FindRoomAsync(CancellationToken.None), Is.Not.EqualTo((null as object, null as string)));
            }
        }
    }

    private static Task<Resolution> ResolveAsync(params HttpResponseMessage[] answers) =>
        new KickResolver("name", Api(answers), Tools(answers)).ResolveAsync(CancellationToken.None);

    private static KickApi Api(params HttpResponseMessage[] answers) => new("name", Tools(answers));

    private static PlatformTools Tools(HttpResponseMessage[] answers) =>
        new(EndpointBook.Read([KickPlatform.Api], _ => null, []), "best", new HttpClient(new Kick(answers)), new ManualClock(), new Random(1));

    private static HttpResponseMessage Answer(string body, HttpStatusCode status = HttpStatusCode.OK) => Answer(Encoding.UTF8.GetBytes(body), status);

    private static HttpResponseMessage Answer(byte[] body, HttpStatusCode status = HttpStatusCode.OK) => new(status) { Content = new ByteArrayContent(body) };

    /// <summary>Answers the API first, and then what it leads to.</summary>
    private sealed class Kick(HttpResponseMessage[] answers) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(request.RequestUri!.Host == "kick.com" ? answers[0] : answers[^1]);
    }
}
