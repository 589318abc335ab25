using System.Net;
using System.Net.Sockets;

namespace StreamClips.NodeAgent.Tests.Fixtures;

/// <summary>A wire between an agent and its control plane that can go dead: connections stay open and nothing comes through.</summary>
public sealed class Relay : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Uri _target;
    private CancellationTokenSource _flow = new();

    public Relay(string target)
    {
        _target = new(target);
        _listener.Start();
        _ = AcceptAsync();
    }

    public Uri Url => new($"https://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Connections that are there go dead; new ones work.</summary>
    public void Cut()
    {
        _flow.Cancel();
        _flow = new();
    }

    public void Dispose()
    {
        _end.Cancel();
        _flow.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var near = await _listener.AcceptTcpClientAsync(_end.Token);
                var far = new TcpClient();
                await far.ConnectAsync(_target.Host, _target.Port, _end.Token);
                _ = PumpAsync(near.GetStream(), far.GetStream(), _flow.Token);
                _ = PumpAsync(far.GetStream(), near.GetStream(), _flow.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The relay is gone.
        }
    }

    private static async Task PumpAsync(Stream from, Stream to, CancellationToken flow)
    {
        try
        {
            await from.CopyToAsync(to, flow);
            to.Close();
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // Cut, or an end went.
        }
    }
}
