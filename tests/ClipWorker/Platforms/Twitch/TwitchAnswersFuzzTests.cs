using System.Net;
using System.Text;
using StreamClips.ClipWorker.Platforms;
using StreamClips.ClipWorker.Platforms.Twitch;

namespace StreamClips.ClipWorker.Tests.Platforms.Twitch;

/// <summary>Whatever Twitch answers, it becomes a resolution with a reason, and never an exception.</summary>
[TestFixture]
internal sealed class TwitchAnswersFuzzTests
{
    private const int Rounds = 3000;

    private static readonly string[] Answers =
    [
        """{"data":{"streamPlaybackAccessToken":{"value":"{\"channel\":\"name\"}","signature":"5ig","__typename":"PlaybackAccessToken"}},"extensions":{"durationMilliseconds":44}}""",
        """{"data":{"streamPlaybackAccessToken":null,"user":{"id":"1","login":"name","stream":null}}}""",
        """{"errors":[{"message":"failed integrity check","path":["streamPlaybackAccessToken"]}],"data":{"user":null}}""",
        """[{"url":"http://x","error":"twirp error not_found: transcode does not exist","error_code":"transcode_does_not_exist","type":"error"}]""",
        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=6000000,RESOLUTION=1920x1080,CODECS=\"avc1.640028,mp4a.40.2\",FRAME-RATE=60.0\nhttps://edge.example/1.m3u8\n",
    ];

    private static readonly string[] Pieces =
        ["null", "{}", "[]", "[null]", "1e999", "\"\"", "\"\\ud800\"", "\u0000", "{", "}", "]", ",", ":", "\"", "true", "\"message\":null", "\"errors\":[null]", "\"value\":3", "\uFEFF"];

    [Test]
    public async Task Damaged_answers_of_any_kind_are_told_with_a_reason([Values(1, 2, 3)] int seed)
    {
        var random = new Random(seed);
        using var origin = new Origin(random);
        using var http = new HttpClient(origin);
        var book = EndpointBook.Read(new TwitchPlatform().Endpoints, _ => null, []);
        var seen = new HashSet<Type>();
        for (var round = 0; round < Rounds; round++)
        {
            var found = await new TwitchResolver("name", new(book, "best", http, TimeProvider.System, random)).ResolveAsync(CancellationToken.None);
            if (found is Resolution.NotOnline { Reason: var reason }) Assert.That(reason, Is.Not.Empty);
            seen.Add(found.GetType());
        }

        Assert.That(seen, Is.SupersetOf(new[] { typeof(Resolution.Online), typeof(Resolution.Offline), typeof(Resolution.Refused), typeof(Resolution.Unreachable) }), "all ways were taken");
    }

    /// <summary>Answers with one of the answers, mostly damaged.</summary>
    private sealed class Origin(Random random) : HttpMessageHandler
    {
        private static readonly int[] Statuses = [200, 200, 200, 200, 200, 200, 400, 403, 404, 503];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            // Half of the time the kind of answer that is due, so that the later questions are reached too.
            var due = request.Method == HttpMethod.Post ? random.Next(2) : 4;
            var bytes = Encoding.UTF8.GetBytes(Damage(Answers[random.Next(2) == 0 ? due : random.Next(Answers.Length)]));
            if (random.Next(10) == 0 && bytes.Length > 0) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            return Task.FromResult(new HttpResponseMessage((HttpStatusCode)Statuses[random.Next(Statuses.Length)]) { Content = new ByteArrayContent(bytes), RequestMessage = request });
        }

        private string Damage(string answer)
        {
            for (var times = random.Next(4); times > 0 && answer.Length > 1; times--)
            {
                var at = random.Next(answer.Length);
                answer = random.Next(4) switch
                {
                    0 => answer[..at],
                    1 => answer.Insert(at, Pieces[random.Next(Pieces.Length)]),
                    2 => answer.Remove(at, random.Next(1, Math.Min(20, answer.Length - at) + 1)),
                    _ => answer.Replace($"{answer[at]}", Pieces[random.Next(Pieces.Length)], StringComparison.Ordinal),
                };
                if (answer.Length > 20_000) answer = answer[..20_000];
            }

            return answer;
        }
    }
}
