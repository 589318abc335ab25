using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using StreamClips.Storage.S3;
using StreamClips.Testing;

namespace StreamClips.Storage.Tests.S3;

/// <summary>A bucket whose server checks every signature and every sum.</summary>
public sealed class StrictS3Tests
{
    private readonly List<S3Storage> _storages = [];
    private TemporaryDirectory _directory = null!;
    private StrictServer _server = null!;
    private ManualClock _clock = null!;

    [SetUp]
    public async Task StartServer()
    {
        _clock = new(TimeProvider.System.GetUtcNow());
        (_directory, _server) = (new(), await StrictServer.StartAsync(_clock));
    }

    [TearDown]
    public async Task StopServer()
    {
        foreach (var storage in _storages) storage.Dispose();
        _storages.Clear();
        await _server.DisposeAsync();
        _directory.Dispose();
    }

    [TestCase(1000)]
    [TestCase((5 << 20) + 17)]
    public async Task All_that_is_asked_is_signed_and_summed_as_the_reference_says(int bytes)
    {
        var (storage, source) = (Storage(), Source(bytes));
        Assert.That(await storage.StoreAsync(Key(), source, default), Is.EqualTo(new StoreResult(StoreOutcome.Stored)));
        await using (var stream = await storage.OpenReadAsync(Key(), default))
        {
            var all = new byte[bytes];
            await stream!.ReadExactlyAsync(all);
            Assert.That(Convert.ToHexStringLower(SHA256.HashData(all)), Is.EqualTo(source.Sha256));
        }

        await storage.DeleteAsync(Key(), default);
        Assert.That(await storage.OpenReadAsync(Key(), default), Is.Null);
        Assert.That(_server.Refused, Is.Empty);
    }

    [Test]
    public async Task A_wrong_secret_a_wrong_key_and_a_wrong_region_are_refused_and_told_without_the_secret()
    {
        foreach (var options in (S3Options[])[Options() with { SecretKey = "another secret" }, Options() with { AccessKey = "STRANGER" }, Options() with { Region = "eu-west-1" }])
        {
            var refused = await Storage(options).StoreAsync(Key(), Source(10), default);
            Assert.That(refused.Outcome, Is.EqualTo(StoreOutcome.Unavailable));
            Assert.That(refused.Reason, Does.Contain("STORAGE_S3_SECRET_KEY").And.Not.Contain(options.SecretKey));
        }

        Assert.That(await Storage().OpenReadAsync(Key(), default), Is.Null, "nothing was stored");
    }

    [Test]
    public async Task A_presigned_address_works_until_its_time_is_over_and_for_nothing_else()
    {
        var (storage, source) = (Storage(), Source(100_000));
        await storage.StoreAsync(Key(), source, default);
        var link = (await storage.LinkAsync(Key(), head: false))!;
        using var http = new HttpClient();
        using (var range = await GetAsync(http, link, new(50_000, 59_999)))
        {
            Assert.That(range.StatusCode, Is.EqualTo(HttpStatusCode.PartialContent));
            Assert.That(await range.Content.ReadAsByteArrayAsync(), Is.EqualTo((await File.ReadAllBytesAsync(source.Path))[50_000..60_000]));
        }

        using (var all = await GetAsync(http, link, null)) Assert.That(all.Content.Headers.ContentLength, Is.EqualTo(100_000));
        using (var beyond = await GetAsync(http, link, new(100_000, null))) Assert.That(beyond.StatusCode, Is.EqualTo(HttpStatusCode.RequestedRangeNotSatisfiable));
        using var head = new HttpRequestMessage(HttpMethod.Head, await storage.LinkAsync(Key(), head: true));
        using (var asked = await http.SendAsync(head)) Assert.That((asked.StatusCode, asked.Content.Headers.ContentLength), Is.EqualTo((HttpStatusCode.OK, (long?)100_000)));

        var tampered = new[]
        {
            link.AbsoluteUri.Replace("clip.mp4", "other.mp4", StringComparison.Ordinal), link.AbsoluteUri.Replace("X-Amz-Expires=", "X-Amz-Expires=1", StringComparison.Ordinal), link.AbsoluteUri + "&response-content-type=text/html",
        };
        foreach (var address in tampered)
        {
            Assert.That(address, Is.Not.EqualTo(link.AbsoluteUri));
            using var refused = await http.GetAsync(new Uri(address));
            Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden), address);
            Assert.That(await refused.Content.ReadAsStringAsync(), Does.Contain("SignatureDoesNotMatch"));
        }

        using (var deleted = await http.DeleteAsync(link)) Assert.That(deleted.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden), "it is for reading");
        _clock.Advance(TimeSpan.FromMinutes(14));
        using (var still = await http.GetAsync(link)) Assert.That(still.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        _clock.Advance(TimeSpan.FromMinutes(2));
        using (var late = await http.GetAsync(link)) Assert.That(late.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task What_a_clock_signs_that_is_wrong_by_twenty_minutes_is_refused()
    {
        _clock.Advance(TimeSpan.FromMinutes(20));
        var refused = await Storage().StoreAsync(Key(), Source(1000), default);
        Assert.That(refused.Outcome, Is.EqualTo(StoreOutcome.Unavailable));
        Assert.That(refused.Reason, Does.Contain("clock"));
        Assert.That(_server.Refused, Does.Contain("RequestTimeTooSkewed"));
    }

    [Test]
    public async Task A_part_whose_connection_breaks_is_sent_again_signed_and_summed()
    {
        _server.Breaks = 1;
        var source = Source((5 << 20) + 100_000);
        Assert.That(await Storage(budget: new(1L << 30, _clock)).StoreAsync(Key(), source, default), Is.EqualTo(new StoreResult(StoreOutcome.Stored)));
        Assert.That(_server.Received, Is.GreaterThanOrEqualTo(source.SizeBytes + 100_000), "a part of it twice");
        Assert.That(_server.Refused, Is.Empty);
    }

    [Test]
    public async Task What_was_cut_short_is_stored_by_the_next_try()
    {
        _server.Breaks = 1000;
        var source = Source((5 << 20) + 100_000);
        Assert.That((await Storage().StoreAsync(Key(), source, default)).Outcome, Is.EqualTo(StoreOutcome.Unavailable));
        _server.Breaks = 0;
        Assert.That(await Storage().OpenReadAsync(Key(), default), Is.Null);
        Assert.That(await Storage().StoreAsync(Key(), source, default), Is.EqualTo(new StoreResult(StoreOutcome.Stored)));
    }

    [Test]
    public async Task A_limit_of_bytes_a_second_holds_within_one_part()
    {
        const int Limit = 256 << 10;
        var source = Source(1 << 20);
        var upload = Storage(budget: new(Limit, _clock)).StoreAsync(Key(), source, default);
        // A second's worth may go at once, then as much as the seconds allow; the clock stands still between the looks.
        for (var second = 1; second <= 4; second++)
        {
            var allowed = (long)second * Limit;
            await Eventually.TrueAsync(() => _server.Received >= allowed - (32 << 10), $"what {second} s allow is sent");
            Assert.That(_server.Received, Is.LessThanOrEqualTo(allowed), "and no more");
            if (second < 4) _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.That(await upload, Is.EqualTo(new StoreResult(StoreOutcome.Stored)));
    }

    private static async Task<HttpResponseMessage> GetAsync(HttpClient http, Uri link, RangeItemHeaderValue? range)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, link);
        if (range is not null) request.Headers.Range = new(range.From, range.To);
        return await http.SendAsync(request);
    }

    private static StorageKey Key() => StorageKey.TryParse("some-streamer/2026-01-02/clip.mp4", out var key) ? key : throw new InvalidOperationException();

    private S3Options Options() => new()
    {
        Endpoint = _server.Endpoint, Region = "us-east-1", Bucket = "clips", Prefix = "streams", AccessKey = StrictServer.AccessKey, SecretKey = StrictServer.SecretKey, PartBytes = 5 << 20,
    };

    private S3Storage Storage(S3Options? options = null, ByteBudget? budget = null)
    {
        var storage = new S3Storage("bucket", options ?? Options(), budget ?? ByteBudget.Unlimited, _clock);
        _storages.Add(storage);
        return storage;
    }

    private StoreSource Source(int bytes)
    {
        var content = new byte[bytes];
        new Random(bytes).NextBytes(content);
        var path = _directory[$"source-{bytes}"];
        File.WriteAllBytes(path, content);
        return new(path, bytes, Convert.ToHexStringLower(SHA256.HashData(content)));
    }
}
