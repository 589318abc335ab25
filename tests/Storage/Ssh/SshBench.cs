using System.Security.Cryptography;
using StreamClips.Storage.Ssh;
using StreamClips.Testing;

namespace StreamClips.Storage.Tests.Ssh;

/// <summary>An SSH server, a directory with files to store, and storages on the server.</summary>
internal sealed class SshBench : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<SshStorage> _storages = [];

    private SshBench(SshServer server) => Server = server;

    public SshServer Server { get; }

    public string WorkDirectory => _directory["ssh"];

    public static async Task<SshBench> StartAsync(bool talkative = false) => new(await SshServer.StartAsync(talkative));

    public static StorageKey Key(string name = "some-streamer/2026-01-02/clip.mp4") =>
        StorageKey.TryParse(name, out var key) ? key : throw new ArgumentException(name, nameof(name));

    public SshOptions Options() => new()
    {
        Host = "127.0.0.1", Port = Server.Port, User = Environment.UserName, Path = Server.Store, KeyFile = Server.UserKey,
        HostKeys = [Server.HostKey], WorkDirectory = WorkDirectory, ConnectTimeout = TimeSpan.FromSeconds(60),
    };

    public SshStorage Storage(SshOptions? options = null, ByteBudget? budget = null)
    {
        var storage = new SshStorage("box", options ?? Options(), budget ?? ByteBudget.Unlimited, TimeProvider.System);
        _storages.Add(storage);
        return storage;
    }

    public string Path(string name) => _directory[name];

    /// <summary>A file of random bytes, the same ones for the same seed.</summary>
    public StoreSource Source(int bytes, int seed = 1)
    {
        var content = new byte[bytes];
        new Random(seed).NextBytes(content);
        var path = _directory[$"source-{bytes}-{seed}"];
        File.WriteAllBytes(path, content);
        return new(path, bytes, Convert.ToHexStringLower(SHA256.HashData(content)));
    }

    public string Stored(StorageKey? key = null) => System.IO.Path.Combine(Server.Store, (key ?? Key()).Value);

    public string[] Files() => [.. Directory.EnumerateFiles(Server.Store, "*", SearchOption.AllDirectories).Select(f => System.IO.Path.GetRelativePath(Server.Store, f)).Order()];

    public async ValueTask DisposeAsync()
    {
        foreach (var storage in _storages) await storage.DisposeAsync();
        await Server.DisposeAsync();
        _directory.Dispose();
    }
}
