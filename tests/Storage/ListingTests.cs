using System.Security.Cryptography;
using StreamClips.Storage.S3;
using StreamClips.Storage.Ssh;
using StreamClips.Storage.Tests.S3;
using StreamClips.Testing;

namespace StreamClips.Storage.Tests;

/// <summary>What each storage lists, and in which order.</summary>
public sealed class ListingTests
{
    private static readonly string[] Names = ["ada-b/x_0193a1b2.mp4", "ada/2026-01-02/one_0193a1b2.mp4", "ada/2026-01-02/two_0193a1b3.jpg", "b.json", "zoe/1/2/3/4/5/6/deep_0193a1b4.mp4"];
    private TemporaryDirectory _directory = null!;

    [SetUp]
    public void MakeDirectory() => _directory = new();

    [TearDown]
    public void RemoveDirectory() => _directory.Dispose();

    [Test]
    public async Task A_directory_is_listed_in_the_order_of_whole_names_without_links()
    {
        var storage = new LocalDiskStorage(_directory["store"]);
        await StoreAsync(storage);
        File.CreateSymbolicLink(_directory["store/ada/link_0193a1b2.mp4"], "/etc/hostname");
        Directory.CreateSymbolicLink(_directory["store/round"], _directory["store"]);
        await LooksAsync(storage, name => _directory[$"store/{name}"], ".two_0193a1b3.jpg.part");
        Assert.That(() => Listed(new LocalDiskStorage(_directory["nowhere"])), Throws.InstanceOf<IOException>(), "one that is not there is not empty");
    }

    [Test]
    public async Task A_server_is_listed_likewise_also_a_directory_that_takes_many_answers()
    {
        await using var server = await SshServer.StartAsync();
        await using var storage = new SshStorage("box", new()
        {
            Host = "127.0.0.1", Port = server.Port, User = Environment.UserName, Path = server.Store, KeyFile = server.UserKey, HostKeys = [server.HostKey], WorkDirectory = _directory["ssh"],
            ConnectTimeout = TimeSpan.FromSeconds(60),
        }, ByteBudget.Unlimited, TimeProvider.System);
        await StoreAsync(storage);
        File.CreateSymbolicLink(Path.Combine(server.Store, "ada/link_0193a1b2.mp4"), "/etc/hostname");
        await LooksAsync(storage, name => Path.Combine(server.Store, name), ".two_0193a1b3.jpg.0123456789abcdef.part");

        Directory.CreateDirectory(Path.Combine(server.Store, "many"));
        for (var i = 0; i < 1200; i++) await File.WriteAllBytesAsync(Path.Combine(server.Store, $"many/{i}.json"), []);
        Assert.That((await Listed(storage)).Select(f => f.Name).Where(n => n.StartsWith("many/", StringComparison.Ordinal)), Is.EqualTo(Enumerable.Range(0, 1200).Select(i => $"many/{i}.json").Order(StringComparer.Ordinal)));
    }

    [Test]
    public async Task A_bucket_is_listed_below_its_prefix_alone()
    {
        await using var server = await StrictServer.StartAsync(TimeProvider.System);
        S3Storage Storage(string prefix) => new("bucket", new() { Endpoint = server.Endpoint, Region = "us-east-1", Bucket = "clips", Prefix = prefix, AccessKey = StrictServer.AccessKey, SecretKey = StrictServer.SecretKey }, ByteBudget.Unlimited, TimeProvider.System);
        using var storage = Storage("streams");
        using var whole = Storage("");
        await StoreAsync(storage);
        // S3 lists by the bytes of whole names; the server that is used here lists folder by folder, and so ada/ before ada-b/.
        Assert.That((await Listed(storage)).Select(f => f.Name), Is.EquivalentTo(Names));
        Assert.That((await Listed(storage)).Select(f => f.SizeBytes), Is.All.EqualTo(100));
        Assert.That((await Listed(storage)).Select(f => f.ChangedAt), Is.All.EqualTo(TimeProvider.System.GetUtcNow()).Within(TimeSpan.FromMinutes(10)));
        Assert.That((await Listed(whole)).Select(f => f.Name), Is.EquivalentTo(Names.Select(n => $"streams/{n}")));
        Assert.That(server.Refused, Is.Empty);
    }

    /// <summary>Beside what is stored lie a temporary file and a stranger; only the former can be removed as such.</summary>
    private static async Task LooksAsync(IClipTarget storage, Func<string, string> path, string part)
    {
        var old = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        await File.WriteAllBytesAsync(path($"ada/2026-01-02/{part}"), new byte[7]);
        File.SetLastWriteTimeUtc(path($"ada/2026-01-02/{part}"), old);
        await File.WriteAllBytesAsync(path("ada/Strange Name.TXT"), []);

        var listed = await Listed(storage);
        Assert.That(listed.Where(f => f.Key is not null).Select(f => f.Name), Is.EqualTo(Names));
        Assert.That(listed.Where(f => f.Key is null).Select(f => f.Name), Is.EquivalentTo((string[])[$"ada/2026-01-02/{part}", "ada/Strange Name.TXT"]));
        var temporary = listed.Single(f => f.IsTemporary);
        Assert.That(temporary, Is.EqualTo(new StoredObject($"ada/2026-01-02/{part}", 7, new DateTimeOffset(old))));

        await storage.DeleteTemporaryAsync(temporary, default);
        await storage.DeleteTemporaryAsync(temporary, default);
        Assert.That(File.Exists(path($"ada/2026-01-02/{part}")), Is.False);
        Assert.That(async () => await storage.DeleteTemporaryAsync(listed[0], default), Throws.ArgumentException);
    }

    private async Task StoreAsync(IClipStorage storage)
    {
        var content = new byte[100];
        var path = _directory["source"];
        await File.WriteAllBytesAsync(path, content);
        foreach (var name in Names.Reverse())
        {
            Assert.That(StorageKey.TryParse(name, out var key), Is.True);
            Assert.That((await storage.StoreAsync(key!, new(path, 100, Convert.ToHexStringLower(SHA256.HashData(content))), default)).Outcome, Is.EqualTo(StoreOutcome.Stored), name);
        }
    }

    private static async Task<List<StoredObject>> Listed(IClipReader storage)
    {
        var all = new List<StoredObject>();
        await foreach (var file in storage.ListAsync(default)) all.Add(file);
        return all;
    }
}
