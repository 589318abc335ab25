using System.Net;
using System.Net.Sockets;

namespace StreamClips.ControlPlane.Tests.Leadership;

/// <summary>A TCP balancer as plain as they come: a new connection goes to the next target that takes one, and knows nothing of what is in it.</summary>
internal sealed class Balancer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _carrying = [];
    private readonly Task _accepting;
    private volatile IReadOnlyList<Uri> _targets = [];
    private int _next;

    public Balancer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public IReadOnlyList<Uri> Targets
    {
        get => _targets;
        set => _targets = value;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_carrying);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _carrying.Add(CarryAsync(await _listener.AcceptSocketAsync(_end.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task CarryAsync(Socket near)
    {
        await Task.Yield();
        using (near)
        {
            using var far = await DialAsync();
            if (far is null) return;
            await Task.WhenAny(PumpAsync(near, far), PumpAsync(far, near));
        }
    }

    private async Task<Socket?> DialAsync()
    {
        var targets = _targets;
        for (var tried = 0; tried < targets.Count; tried++)
        {
            var target = targets[(int)((uint)Interlocked.Increment(ref _next) % targets.Count)];
            var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await far.ConnectAsync(target.Host, target.Port, _end.Token);
                return far;
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                far.Dispose();
            }
        }

        return null;
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 << 10];
        try
        {
            while (await from.ReceiveAsync(buffer, _end.Token) is > 0 and var read)
                for (var sent = 0; sent < read;) sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), _end.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One end went: so does the other.
        }
    }
}
