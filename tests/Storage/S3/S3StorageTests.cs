using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using StreamClips.Storage.S3;
using StreamClips.Testing;

namespace StreamClips.Storage.Tests.S3;

/// <summary>Storing in a bucket of a real server.</summary>
public sealed class S3StorageTests
{
    private readonly List<S3Storage> _storages = [];
    private TemporaryDirectory _directory = null!;
    private S3Server _server = null!;

    [SetUp]
    public async Task StartServer() => (_directory, _server) = (new(), await S3Server.StartAsync());

    [TearDown]
    public async Task StopServer()
    {
        foreach (var storage in _storages) storage.Dispose();
        _storages.Clear();
        await _server.DisposeAsync();
        _directory.Dispose();
    }

    [TestCase(1000)]
    [TestCase((6 << 20) + 17)]
    public async Task A_file_is_stored_whole_read_in_ranges_and_deleted(int bytes)
    {
        var (storage, key, source) = (Storage(), Key(), Source(bytes));
        Assert.That(await storage.StoreAsync(key, source, default), Is.EqualTo(new StoreResult(StoreOutcome.Stored)));
        Assert.That((await storage.StoreAsync(key, source, default)).Outcome, Is.EqualTo(StoreOutcome.AlreadyThere));
        var content = await File.ReadAllBytesAsync(source.Path);
        await using (var stream = await storage.OpenReadAsync(key, default))
        {
            var (all, tail) = (new byte[content.Length], new byte[100]);
            await stream!.ReadExactlyAsync(all);
            Assert.That(all, Is.EqualTo(content));
            stream.Position = content.Length - 100;
            await stream.ReadExactlyAsync(tail);
            Assert.That(tail, Is.EqualTo(content[^100..]));
        }

        await storage.DeleteAsync(key, default);
        await storage.DeleteAsync(key, default);
        Assert.That(await storage.OpenReadAsync(key, default), Is.Null);
    }

    [Test]
    public async Task A_link_gives_ranges_for_a_while_without_the_secret()
    {
        var (storage, source) = (Storage(), Source(100_000));
        await storage.StoreAsync(Key(), source, default);
        var link = (await storage.LinkAsync(Key(), head: false))!;
        Assert.That(link.ToString(), Does.StartWith(storage.LinkOrigin!.ToString()).And.Contain("X-Amz-Expires=900").And.Contain("X-Amz-Signature="));
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, link) { Headers = { Range = new RangeHeaderValue(50_000, 59_999) } };
        using var range = await http.SendAsync(request);
        Assert.That(range.StatusCode, Is.EqualTo(HttpStatusCode.PartialContent));
        Assert.That(range.Content.Headers.ContentType!.MediaType, Is.EqualTo("video/mp4"));
        Assert.That(await range.Content.ReadAsByteArrayAsync(), Is.EqualTo((await File.ReadAllBytesAsync(source.Path))[50_000..60_000]));
        using var head = new HttpRequestMessage(HttpMethod.Head, await storage.LinkAsync(Key(), head: true));
        using (var asked = await http.SendAsync(head)) Assert.That(asked.Content.Headers.ContentLength, Is.EqualTo(100_000));

        Assert.That(await Storage(Options() with { Redirects = false }).LinkAsync(Key(), head: false), Is.Null);
    }

    [Test]
    public async Task Bytes_that_changed_in_the_bucket_are_noticed_and_stay()
    {
        var (storage, source) = (Storage(), Source(100_000));
        await storage.StoreAsync(Key(), source, default);
        await File.WriteAllBytesAsync(_server.FileOf($"streams/{Key()}"), new byte[100_000]);
        Assert.That((await storage.StoreAsync(Key(), source, default)).Outcome, Is.EqualTo(StoreOutcome.Conflict), "a clip that is damaged there is stored under another name");
        Assert.That((await storage.StoreAsync(Key(), Source(50_000, seed: 2), default)).Outcome, Is.EqualTo(StoreOutcome.Conflict));
    }

    [Test]
    public async Task A_wrong_key_and_a_missing_bucket_are_told_without_the_secret()
    {
        var refused = await Storage(Options() with { AccessKey = "STRANGER", SecretKey = "the-secret" }).StoreAsync(Key(), Source(10), default);
        Assert.That(refused.Outcome, Is.EqualTo(StoreOutcome.Unavailable));
        Assert.That(refused.Reason, Does.Contain("STORAGE_S3_SECRET_KEY").And.Not.Contain("the-secret"));
        var missing = await Storage(Options() with { Bucket = "nowhere" }).StoreAsync(Key(), Source(10), default);
        Assert.That(missing.Reason, Does.Contain("STORAGE_S3_BUCKET"));
    }

    [Test]
    public async Task A_server_that_is_killed_while_parts_are_sent_has_no_clip_and_gets_it_when_it_is_back()
    {
        var source = Source(16 << 20);
        // The first part goes after four seconds, the last one after fifteen.
        var slow = Storage(budget: new ByteBudget(1 << 20, TimeProvider.System));
        var upload = slow.StoreAsync(Key(), source, default);
        await Eventually.TrueAsync(() => Directory.Exists(Path.GetDirectoryName(_server.FileOf("._S3rver_uploads/x"))), "parts are sent");
        await _server.KillAsync();
        var cut = await upload;
        Assert.That(cut.Outcome, Is.EqualTo(StoreOutcome.Unavailable), cut.Reason);
        Assert.That(cut.Reason, Does.Contain("Connection refused").Or.Contain("response ended").Or.Contain("reset").Or.Contain("Broken pipe"));

        await _server.RunAsync();
        var storage = Storage();
        Assert.That(await storage.OpenReadAsync(Key(), default), Is.Null);
        Assert.That(await storage.StoreAsync(Key(), source, default), Is.EqualTo(new StoreResult(StoreOutcome.Stored)));
    }

    [Test]
    public async Task A_source_that_changed_is_damaged_and_nothing_of_it_is_sent()
    {
        var source = Source(10_000);
        await File.WriteAllBytesAsync(source.Path, new byte[10_000]);
        Assert.That((await Storage().StoreAsync(Key(), source, default)).Outcome, Is.EqualTo(StoreOutcome.SourceDamaged));
        Assert.That(await Storage().OpenReadAsync(Key(), default), Is.Null);
    }

    private static StorageKey Key() => StorageKey.TryParse("some-streamer/2026-01-02/clip.mp4", out var key) ? key : throw new InvalidOperationException();

    private S3Options Options() => new()
    {
        Endpoint = _server.Endpoint, Region = "us-east-1", Bucket = "clips", Prefix = "streams", AccessKey = "S3RVER", SecretKey = "S3RVER", PartBytes = 5 << 20,
    };

    private S3Storage Storage(S3Options? options = null, ByteBudget? budget = null)
    {
        var storage = new S3Storage("bucket", options ?? Options(), budget ?? ByteBudget.Unlimited, TimeProvider.System);
        _storages.Add(storage);
        return storage;
    }

    private StoreSource Source(int bytes, int seed = 1)
    {
        var content = new byte[bytes];
        new Random(seed).NextBytes(content);
        var path = _directory[$"source-{bytes}-{seed}"];
        File.WriteAllBytes(path, content);
        return new(path, bytes, Convert.ToHexStringLower(SHA256.HashData(content)));
    }
}
