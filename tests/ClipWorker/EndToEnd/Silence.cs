using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace StreamClips.ClipWorker.Tests.EndToEnd;

/// <summary>A server that takes every connection and never says anything.</summary>
internal sealed class Silence : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<TcpClient> _clients = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _taking;

    public Silence()
    {
        _listener.Start();
        Url = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/";
        _taking = TakeAsync();
    }

    public string Url { get; }

    /// <summary>How many connections it took.</summary>
    public int Asked => _clients.Count;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _taking;
        foreach (var client in _clients) client.Dispose();
        _stop.Dispose();
    }

    private async Task TakeAsync()
    {
        try
        {
            while (true) _clients.Add(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // The end.
        }
    }
}
