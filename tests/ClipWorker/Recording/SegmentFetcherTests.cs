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
    private static readonly byte[] Fragment = [0, 0, 0, 8, .. "moof"u8, 0, 0, 0, 10, .. "mdat"u8, 4, 5];
    private TemporaryDirectory _directory = null!;
    private SegmentRing _ring = null!;
    private SegmentStates _states = null!;

    [SetUp]
    public void OpenTheRing()
    {
        _directory = new();
        _states = new(new());
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

    [TestCase(404, "", "answers 404 (NotFound)")]
    [TestCase(403, "", "answers 403 (Forbidden)")]
    [TestCase(503, "", "answers 503 (ServiceUnavailable)")]
    [TestCase(200, "", "it is empty")]
    [TestCase(200, "<html>", "it is no MPEG transport stream")]
    [TestCase(200, "Gxx", "it ends in the middle of a packet")]
    public async Task What_cannot_be_had_is_lost_with_its_reason(int status, string body, string why)
    {
        var answer = new Answer(status, System.Text.Encoding.ASCII.GetBytes(body));
        var events = await FetchAsync(Segment() with { Duration = TimeSpan.Zero }, answer);
        Assert.That(events.Lost, Is.EqualTo(new[] { $"1 {why}" }), "its life is over: it is tried once");
        Assert.That(events.Requests, Has.Count.EqualTo(1));
        Assert.That(_ring.Holds(1), Is.False);
        Assert.That(Directory.GetFiles(_directory.Path), Is.Empty);
    }

    [Test]
    public async Task A_segment_that_never_comes_right_is_tried_until_its_life_is_over()
    {
        var clock = new ManualClock();
        using var server = new Recorded([.. Enumerable.Repeat(new Answer(503), FetchRetry.MaxAttempts)]);
        using var client = new HttpClient(server);
        using var stop = new CancellationTokenSource();
        var running = Fetcher(client, server.Told, clock).RunAsync(stop.Token);
        Want(Segment() with { Duration = TimeSpan.FromSeconds(8) });
        await Eventually.TrueAsync(() => Passed(clock, _states.Settled(1)), "it is given up", 60);
        Assert.That(server.Lost.Single(), Does.StartWith("1 answers 503 (ServiceUnavailable)"));
        Assert.That(server.Requests, Has.Count.InRange(2, FetchRetry.MaxAttempts));
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [Test]
    public async Task What_comes_whole_and_is_not_usable_is_tried_three_times()
    {
        var events = await FetchAsync(Segment(), new(200, [60]), new(503), new(200, [60]), new(200, [60]));
        Assert.That((events.Lost.Single(), events.Requests.Count), Is.EqualTo(("1 it is no MPEG transport stream", 4)), "an answer that says nothing of the segment does not count");
    }

    [Test]
    public async Task A_transport_stream_that_always_ends_in_a_packet_is_kept_without_that_one()
    {
        var answer = new Answer(200, Transport[..(2 * 188 + 17)]);
        var events = await FetchAsync(Segment(), answer, answer, answer);
        Assert.That((events.Lost.Count, events.Requests.Count), Is.EqualTo((0, 3)));
        Assert.That(File.ReadAllBytes(_ring.Find(1)!.Path), Is.EqualTo(Transport[..(2 * 188)]));
    }

    [Test]
    public async Task A_full_disk_is_told_once_and_costs_one_try_at_a_time()
    {
        var clock = new ManualClock();
        for (var number = 1; number <= 3; number++) File.CreateSymbolicLink(_ring.PartOf(number), "/dev/full"); // until the next try
        using var server = new Recorded([.. Enumerable.Repeat(new Answer(200, Transport), 6)]);
        using var client = new HttpClient(server);
        using var stop = new CancellationTokenSource();
        for (var number = 1; number <= 3; number++) Want(Segment() with { Number = number });
        var running = Fetcher(client, server.Told, clock).RunAsync(stop.Token);
        await Eventually.TrueAsync(() => Passed(clock, _states.Settled(1) && _states.Settled(2) && _states.Settled(3)), "all are fetched", 60);
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Assert.That(server.Lost, Is.Empty);
        Assert.That((server.Told.DisksFull, server.Requests.Count, _ring.Bytes), Is.EqualTo((1, 6, 3L * Transport.Length)));
    }

    [TestCase(1)]
    [TestCase(0)]
    public async Task A_server_that_sends_a_byte_a_second_or_none_at_all_has_stalled(int bytesASecond)
    {
        var clock = new ManualClock();
        using var client = new HttpClient(new Trickle(clock, bytesASecond));
        var download = new SegmentDownload(client, _ring, clock);
        var trying = download.TryAsync(Segment(), cut: false, CancellationToken.None);
        await Eventually.TrueAsync(() => Passed(clock, trying.IsCompleted), "it is given up", 60);
        var result = await trying;
        Assert.That(result, Is.EqualTo(new DownloadResult("stalled: less than 64 KiB came in 5 s")));
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
        var events = await FetchAsync([segment, segment with { Number = 2 }], new(200, [1, 2, 3]), new(200, Fragment), new(200, Fragment));
        Assert.That(events.Lost, Is.Empty);
        Assert.That(File.ReadAllBytes(_ring.Find(1)!.Path), Is.EqualTo((byte[])[1, 2, 3, .. Fragment]));
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
        var events = await FetchAsync(segment, new(200, Encrypt([1, 2, 3], Key, 1)), new(200, Key), new(200, other), new(200, Encrypt(Fragment, other, 2)));
        Assert.That(events.Lost, Is.Empty);
        Assert.That(File.ReadAllBytes(_ring.Find(1)!.Path), Is.EqualTo((byte[])[1, 2, 3, .. Fragment]));
    }

    [TestCase(403, 16, "its key https://edge.example/key answers 403 (Forbidden)", 1)]
    [TestCase(200, 17, "its key https://edge.example/key has 17 bytes, and a key has 16", 1)]
    [TestCase(200, 0, "its key https://edge.example/key has 0 bytes, and a key has 16", 1)]
    [TestCase(503, 16, "its key https://edge.example/key answers 503 (ServiceUnavailable)", 1)]
    public async Task A_key_that_cannot_be_had_is_named_without_its_token(int status, int bytes, string why, int tries)
    {
        var answer = new Answer(status, new byte[bytes]);
        var segment = Segment() with { Key = new("AES-128", "identity", new("https://edge.example/key?token=secret"), 7), Duration = TimeSpan.Zero };
        var events = await FetchAsync(segment, answer);
        Assert.That(events.Lost, Is.EqualTo(new[] { $"1 {why}" }));
        Assert.That(events.Requests, Has.Count.EqualTo(tries));
    }

    [Test]
    public async Task What_is_not_encrypted_by_the_key_or_not_whole_is_lost()
    {
        var segment = Segment() with { Key = new("AES-128", "identity", new("https://edge.example/key"), 7), Duration = TimeSpan.Zero };
        var (whole, wrong) = (Encrypt(Transport, Key, 7), Encrypt([], Key, 9)); // the second has its padding under another vector
        IndexedSegment[] three = [segment, segment with { Number = 2 }, segment with { Number = 3 }];
        var events = await FetchAsync(three, new(200, Key), new(200, whole[..^5]), new(200, wrong), new(200, Transport[..17]));
        Assert.That(events.Lost, Is.EqualTo(new[] { 1, 2, 3 }.Select(n => $"{n} it is not encrypted by the key that the playlist names, or not whole")));
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
        var running = Fetcher(client, new RecordingTold()).RunAsync(stop.Token);
        for (var number = 1; number <= SegmentFetcher.Parallel + 1; number++) Want(Segment() with { Number = number, Uri = new(page.Url), Duration = TimeSpan.Zero });
        await Eventually.TrueAsync(() => running.IsCompleted || _states.Settled(SegmentFetcher.Parallel + 1), "the last one is lost too", 30);
        Assert.That(running.IsCompleted, Is.False, "it goes on");
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [Test]
    public async Task A_bug_in_one_hand_is_seen_at_once()
    {
        await using var page = new Page("");
        using var client = StreamHttp.CreateClient();
        var running = Fetcher(client, new RecordingTold { OnLost = _ => throw new NotSupportedException("a bug") }).RunAsync(CancellationToken.None);
        Want(Segment() with { Uri = new(page.Url), Duration = TimeSpan.Zero });
        await Eventually.TrueAsync(() => running.IsCompleted, "it ends");
        Assert.That(async () => await running, Throws.TypeOf<NotSupportedException>());
    }

    private Task<Recorded> FetchAsync(IndexedSegment segment, params Answer[] answers) => FetchAsync([segment], answers);

    private async Task<Recorded> FetchAsync(IndexedSegment[] segments, params Answer[] answers)
    {
        using var server = new Recorded(answers);
        using var client = new HttpClient(server);
        using var stop = new CancellationTokenSource();
        var running = Fetcher(client, server.Told).RunAsync(stop.Token);
        foreach (var segment in segments)
        {
            Want(segment);
            await Eventually.TrueAsync(() => _states.Settled(segment.Number), "the segment is there or lost", 40);
        }

        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return server;
    }

    private static byte[] Encrypt(byte[] clear, byte[] key, byte lastOfIv)
    {
        using var aes = Aes.Create();
        aes.Key = key;
        return aes.EncryptCbc(clear, (byte[])[.. new byte[15], lastOfIv]);
    }

    private SegmentFetcher Fetcher(HttpClient client, IRecordingEvents events, TimeProvider? clock = null) =>
        new(_states, _ring, new(client, _ring, clock ?? TimeProvider.System), events, new(clock ?? TimeProvider.System), clock ?? TimeProvider.System, new Random(1));

    /// <summary>Lets a little time pass where it is not over and somebody waits for it.</summary>
    private static bool Passed(ManualClock clock, bool over)
    {
        if (!over && clock.Timers > 0) clock.Advance(TimeSpan.FromMilliseconds(250));
        return over;
    }

    // A segment of no length in no playlist dies at once.
    private void Want(IndexedSegment segment)
    {
        _states.Restore(segment, held: false, TimeSpan.Zero, TimeSpan.Zero);
        _states.Want(segment.Number, urgent: true);
    }

    private static IndexedSegment Segment() => Segments.Indexed(1) with { Duration = TimeSpan.FromMinutes(10) };

    /// <summary>An answer of the server.</summary>
    private sealed record Answer(int Status, byte[]? Body = null);

    /// <summary>A server that gives one answer after the other, and keeps what it was asked and told.</summary>
    private sealed class Recorded(Answer[] answers) : HttpMessageHandler
    {
        private int _next;

        public List<string> Requests { get; } = [];

        public RecordingTold Told { get; } = new();

        public List<string> Lost => Told.Lost;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests.Add($"{request.RequestUri} {request.Headers.Range}");
            var answer = answers[_next++];
            return Task.FromResult(new HttpResponseMessage((HttpStatusCode)answer.Status) { Content = new ByteArrayContent(answer.Body ?? []), RequestMessage = request });
        }
    }

    /// <summary>A server whose body trickles, or hangs.</summary>
    private sealed class Trickle(TimeProvider clock, int bytesASecond) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new Body(clock, bytesASecond)), RequestMessage = request });

        private sealed class Body(TimeProvider clock, int bytesASecond) : MemoryStream
        {
            public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            {
                await Task.Delay(bytesASecond == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(1), clock, cancellationToken);
                buffer.Span[0] = 0x47;
                return 1;
            }
        }
    }
}
