using System.Diagnostics;
using StreamClips.Testing;

namespace StreamClips.Storage.Tests.S3;

/// <summary>An S3-compatible server of others on loopback.</summary>
internal sealed class S3Server : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly HeldPort _port = new();
    private Process? _process;

    public Uri Endpoint => new($"http://127.0.0.1:{_port.Number}");

    public static async Task<S3Server> StartAsync()
    {
        var server = new S3Server();
        await server.RunAsync();
        return server;
    }

    /// <summary>Starts it, always at the same port.</summary>
    public async Task RunAsync()
    {
        var start = new ProcessStartInfo("node", [Path.Combine(AppContext.BaseDirectory, "foreign", "s3.js"), _directory.Path, $"{_port.Number}"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false,
        };
        _process = Process.Start(start)!;
        if (await _process.StandardOutput.ReadLineAsync() is null) throw new InvalidOperationException("the S3 server did not start");
    }

    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>The file in which it keeps an object's bytes.</summary>
    public string FileOf(string key) => Path.Combine(_directory.Path, "clips", key + "._S3rver_object");

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await KillAsync();
        _port.Dispose();
        _directory.Dispose();
    }
}
