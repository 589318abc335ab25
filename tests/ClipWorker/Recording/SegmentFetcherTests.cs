using System.Net;
using System.Security.Cryptography;
using StreamClips.ClipWorker.Recording;
using StreamClips.ClipWorker.Tests.EndToEnd;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Recording;

/// <summary>Segments that come whole, late, broken or not at all.</summary>
[TestFixture]
internal sealed class SegmentFetcherTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];
    private static readonly byte[] Transport = [.. Enumerable.Repeat((byte)0x47, 188 * 3)];
    private TemporaryDirectory _directory = null!;
    private SegmentRing _ring = null!;

    [SetUp]
    public void OpenTheRing()
    {
        _directory = new();
        _ring = new(_directory.Path, 1 << 20);
        _ring.Open();
    }

    [TearDown]
    public void RemoveTheRing() => _directory.Dispose();

    [Test]
    public async Task A_segment_that_fails_twice_comes_with_the_third_try()
    {
        var events = await FetchAsync(Segment(), new(503), new(200, Transport[..200]), new(200, Transport));
        Assert.That(events.Lost, Is.Empty);
        Assert.That(File.ReadAllBytes(_ring.Find(1)!.Path), Is.EqualTo(Transport));
    }

    [TestCase(503, "", "answers 503 (ServiceUnavailable)", 3)]
    [TestCase(404, "", "answers 404 (NotFound)", 1)]
    [TestCase(200, "", "it is empty", 3)]
    [TestCase(200, "<html>", "it is no MPEG transport stream", 3)]
    [TestCase(200, "Gxx", "it ends in the middle of a packet", 3)]
    public async Task What_cannot_be_had_is_lost_with_its_reason(int status, string body, string why, int tries)
    {
        var answer = new Answer(status, System.Text.Encoding.ASCII.GetBytes(body));
        var events = await FetchAsync(Segment(), answer, answer, answer, answer);
        Assert.That(events.Lost, Is.EqualTo(new[] { why }));
        Assert.That(events.Requests, Has.Count.EqualTo(tries));
        Assert.That(_ring.Holds(1), Is.False);
    }

    [Test]
    public async Task A_range_is_asked_for_and_a_server_that_ignores_it_is_refused()
    {
        var segment = Segment() with { Range = new(1000, 564) };
        var events = await FetchAsync(segment, [new(206, Transport)]);
        Assert.That(events.Requests.Single(), Does.EndWith("bytes=1000-1563"));
        events = await FetchAsync(segment with { Number = 2 }, [new(200, Transport)]);
        Assert.That(events.Lost.Single(), Does.Contain("ignores byte ranges"));
    }

    [Test]
    public async Task An_initialization_section_comes_before_the_bytes_and_is_fetched_once()
    {
        var segment = Segment() with { Map = new(new("https://edge.example/init.mp4"), null) };
        var events = await FetchAsync([segment, segment with { Number = 2 }], new(200, [1, 2, 3]), new(200, [4, 5]), new(200, [6, 7, 8, 9]));
        Assert.That(events.Lost, Is.Empty);
        Assert.That(File.ReadAllBytes(_ring.Find(1)!.Path), Is.EqualTo(new byte[] { 1, 2, 3, 4, 5 }));
        Assert.That(_ring.Find(2)!.HeadBytes, Is.EqualTo(3));
    }

    [Test]
    public async Task An_encrypted_segment_is_held_in_clear_and_its_key_is_fetched_once()
    {
        var encrypted = Encrypt(Transport, Key, 7);
        var segment = Segment() with { Key = new("AES-128", "identity", new("https://edge.example/key?token=secret"), 7) };
        var events = await FetchAsync([segment, segment with { Number = 2, Range = new(100, encrypted.Length) }], new(200, Key), new(200, encrypted), new(206, encrypted));
        Assert.That(events.Lost, Is.Empty);
        Assert.That(events.Requests.Count(r => r.Contains("/key", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(File.ReadAllBytes(_ring.Find(1)!.Path), Is.EqualTo(Transport));
        Assert.That(File.ReadAllBytes(_ring.Find(2)!.Path), Is.EqualTo(Transport), "a range of encrypted bytes is decrypted by itself");
    }

    [Test]
    public async Task A_section_is_decrypted_by_its_own_key()
    {
        var map = new SegmentMap(new("https://edge.example/init.mp4"), null) { Key = new("AES-128", "identity", new("https://edge.example/map-key"), 1) };
        var segment = Segment() with { Map = map, Key = new("AES-128", "identity", new("https://edge.example/key"), 2) };
        byte[] other = [.. Key.Reverse()];
        var events = await FetchAsync(segment, new(200, Encrypt([1, 2, 3], Key, 1)), new(200, Key), new(200, other), new(200, Encrypt([4, 5], other, 2)));
        Assert.That(events.Lost, Is.Empty);
        Assert.That(File.ReadAllBytes(_ring.Find(1)!.Path), Is.EqualTo(new byte[] { 1, 2, 3, 4, 5 }));
    }

    [TestCase(403, 16, "its key https://edge.example/key answers 403 (Forbidden)", 1)]
    [TestCase(200, 17, "its key https://edge.example/key has 17 bytes, and a key has 16", 1)]
    [TestCase(200, 0, "its key https://edge.example/key has 0 bytes, and a key has 16", 1)]
    [TestCase(503, 16, "its key https://edge.example/key answers 503 (ServiceUnavailable)", 3)]
    public async Task A_key_that_cannot_be_had_is_named_without_its_token(int status, int bytes, string why, int tries)
    {
        var answer = new Answer(status, new byte[bytes]);
        var segment = Segment() with { Key = new("AES-128", "identity", new("https://edge.example/key?token=secret"), 7) };
        var events = await FetchAsync(segment, answer, answer, answer);
        Assert.That(events.Lost, Is.EqualTo(new[] { why }));
        Assert.That(events.Requests, Has.Count.EqualTo(tries));
    }

    [Test]
    public async Task What_is_not_encrypted_by_the_key_or_not_whole_is_lost()
    {
        var segment = Segment() with { Key = new("AES-128", "identity", new("https://edge.example/key"), 7) };
        var (whole, wrong) = (Encrypt(Transport, Key, 7), Encrypt([], Key, 9)); // the second has its padding under another vector
        var events = await FetchAsync(segment, new(200, Key), new(200, whole[..^5]), new(200, wrong), new(200, Transport[..17]));
        Assert.That(events.Lost, Is.EqualTo(new[] { "it is not encrypted by the key that the playlist names, or not whole" }));
        Assert.That(_ring.Holds(1), Is.False);
    }

    [TestCase("gzip")]
    [TestCase("deflate")]
    [TestCase("br")]
    public async Task A_body_that_is_not_compressed_as_its_header_says_is_a_fault_like_any_other(string encoding)
    {
        await using var page = new Page("this is no compressed body", $"Content-Encoding: {encoding}\r\n");
        using var client = StreamHttp.CreateClient();
        var answer = await StreamHttp.GetAsync(client, new(page.Url), 1000, TimeProvider.System, CancellationToken.None);
        Assert.That(answer.Fault, Is.Not.Null.And.Not.Empty);

        using var stop = new CancellationTokenSource();
        var events = new Told(_ => { });
        var fetcher = new SegmentFetcher(client, _ring, events, TimeProvider.System, new Random(1));
        var running = fetcher.RunAsync(stop.Token);
        for (var number = 1; number <= SegmentFetcher.Parallel + 1; number++) fetcher.Want(Segment() with { Number = number, Uri = new(page.Url) });
        await Eventually.TrueAsync(() => running.IsCompleted || _ring.Settled(SegmentFetcher.Parallel + 1), "the last one is lost too");
        Assert.That(running.IsCompleted, Is.False, "it goes on");
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [Test]
    public async Task A_bug_in_one_hand_is_seen_at_once()
    {
        await using var page = new Page("");
        using var client = StreamHttp.CreateClient();
        var fetcher = new SegmentFetcher(client, _ring, new Told(_ => throw new NotSupportedException("a bug")), TimeProvider.System, new Random(1));
        var running = fetcher.RunAsync(CancellationToken.None);
        fetcher.Want(Segment() with { Uri = new(page.Url) });
        await Eventually.TrueAsync(() => running.IsCompleted, "it ends");
        Assert.That(async () => await running, Throws.TypeOf<NotSupportedException>());
    }

    private Task<Recorded> FetchAsync(IndexedSegment segment, params Answer[] answers) => FetchAsync([segment], answers);

    private async Task<Recorded> FetchAsync(IndexedSegment[] segments, params Answer[] answers)
    {
        using var server = new Recorded(answers);
        using var client = new HttpClient(server);
        using var stop = new CancellationTokenSource();
        var fetcher = new SegmentFetcher(client, _ring, server, TimeProvider.System, new Random(1));
        var running = fetcher.RunAsync(stop.Token);
        foreach (var segment in segments)
        {
            fetcher.Want(segment);
            await Eventually.TrueAsync(() => _ring.Settled(segment.Number), "the segment is there or lost");
        }

        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return server;
    }

    private static byte[] Encrypt(byte[] clear, byte[] key, byte lastOfIv)
    {
        using var aes = Aes.Create();
        aes.Key = key;
        byte[] iv = [.. new byte[15], lastOfIv];
        return aes.EncryptCbc(clear, iv);
    }

    private static IndexedSegment Segment() => new()
    {
        Number = 1, Part = 1, Uri = new("https://edge.example/1.ts?sig=secret"), Duration = TimeSpan.FromSeconds(2), Arrived = DateTimeOffset.UnixEpoch,
    };

    private sealed class Told(Action<string> lost) : IRecordingEvents
    {
        public void PlaylistFailed(string reason) => Assert.Fail(reason);

        public void SegmentLost(long number, string address, string why) => lost(why);
    }

    /// <summary>An answer of the server.</summary>
    private sealed record Answer(int Status, byte[]? Body = null);

    /// <summary>A server that gives one answer after the other, and keeps what it was asked and told.</summary>
    private sealed class Recorded(Answer[] answers) : HttpMessageHandler, IRecordingEvents
    {
        private int _next;

        public List<string> Requests { get; } = [];

        public List<string> Lost { get; } = [];

        public void PlaylistFailed(string reason) => Assert.Fail(reason);

        public void SegmentLost(long number, string address, string why)
        {
            Assert.That(address, Is.EqualTo("https://edge.example/1.ts"), "without its signature");
            Lost.Add(why);
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests.Add($"{request.RequestUri} {request.Headers.Range}");
            var answer = answers[_next++];
            return Task.FromResult(new HttpResponseMessage((HttpStatusCode)answer.Status) { Content = new ByteArrayContent(answer.Body ?? []), RequestMessage = request });
        }
    }
}
