using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace StreamClips.EndToEnd.Tests.Chaos;

/// <summary>The network between an agent and its control plane, with a will of its own.</summary>
/// <param name="target">Where the control plane answers now; null: nowhere.</param>
internal sealed class Wire(Func<Uri?> target) : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Connection, Task> _connections = new();
    private readonly CancellationTokenSource _end = new();
    private Task _accepting = Task.CompletedTask;
    private long _passed;
    private int _refused;
    private volatile bool _refuses;
    private volatile bool _dead;
    private volatile bool _holdsAnswers;

    /// <summary>What the agent dials.</summary>
    public Uri Url => new($"https://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Bytes that came through from agents.</summary>
    public long Passed => Interlocked.Read(ref _passed);

    /// <summary>How often somebody dialled and was not let through.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <summary>Hangs up on whoever dials.</summary>
    public bool Refuses
    {
        get => _refuses;
        set => _refuses = value;
    }

    /// <summary>Connections stay, new ones are taken, and nothing comes through.</summary>
    public bool IsDead
    {
        get => _dead;
        set => _dead = value;
    }

    /// <summary>What the agent sends comes through, and what it is answered does not.</summary>
    public bool HoldsAnswers
    {
        get => _holdsAnswers;
        set => _holdsAnswers = value;
    }

    /// <summary>What comes through comes so much later, piece by piece.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Begins to listen.</summary>
    public void Open()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Drops all connections.</summary>
    public void Cut()
    {
        foreach (var connection in _connections.Keys) connection.Close();
    }

    /// <summary>Ends one direction of all connections: that end reads an end of file, the other goes on sending.</summary>
    /// <param name="fromAgent">What the agent sends comes through no more; otherwise what it receives.</param>
    public void HalfClose(bool fromAgent)
    {
        foreach (var connection in _connections.Keys) connection.HalfClose(fromAgent);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        Cut();
        await Task.WhenAll(_connections.Values);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var near = await _listener.AcceptSocketAsync(_end.Token);
                if (await DialAsync() is not { } far)
                {
                    near.Dispose();
                    Interlocked.Increment(ref _refused);
                    continue;
                }

                var connection = new Connection(near, far);
                _connections[connection] = CarryAsync(connection);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task<Socket?> DialAsync()
    {
        if (_refuses || target() is not { } address) return null;
        var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await far.ConnectAsync(address.Host, address.Port, _end.Token);
            return far;
        }
        catch (SocketException)
        {
            far.Dispose();
            return null;
        }
    }

    private async Task CarryAsync(Connection connection)
    {
        await Task.Yield();
        await Task.WhenAll(PumpAsync(connection.Near, connection.Far, fromAgent: true), PumpAsync(connection.Far, connection.Near, fromAgent: false));
        connection.Close();
        _connections.TryRemove(connection, out _);
    }

    private async Task PumpAsync(Socket from, Socket to, bool fromAgent)
    {
        var buffer = new byte[16 << 10];
        var open = true;
        try
        {
            while (await from.ReceiveAsync(buffer, _end.Token) is > 0 and var read)
            {
                while (_dead || (_holdsAnswers && !fromAgent)) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, _end.Token);
                if (Delay > TimeSpan.Zero) await Task.Delay(Delay, TimeProvider.System, _end.Token);
                if (open) open = await SendAsync(to, buffer.AsMemory(0, read));
                if (open && fromAgent) Interlocked.Add(ref _passed, read);
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Cut, or an end went: the other direction is of no use either, except where only this one was closed.
            from.Close();
            to.Close();
        }
    }

    /// <returns>False where this direction is closed: what comes is then thrown away, as by a network.</returns>
    private async Task<bool> SendAsync(Socket to, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            while (bytes.Length > 0) bytes = bytes[await to.SendAsync(bytes, _end.Token)..];
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.Shutdown)
        {
            return false;
        }
    }

    private sealed class Connection(Socket near, Socket far)
    {
        public Socket Near => near;

        public Socket Far => far;

        public void Close()
        {
            near.Dispose();
            far.Dispose();
        }

        public void HalfClose(bool fromAgent)
        {
            try
            {
                (fromAgent ? far : near).Shutdown(SocketShutdown.Send);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // It has just ended by itself.
            }
        }
    }
}
