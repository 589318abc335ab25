using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;

namespace StreamClips.ClipWorker.Chat;

/// <summary>An open connection that carries lines.</summary>
internal interface IChatConnection : IAsyncDisposable
{
    /// <summary>Reads some bytes; 0 at the end. A message's end is also the end of a line.</summary>
    ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken ct);

    /// <summary>Sends whole lines. Not to be called twice at once.</summary>
    ValueTask SendAsync(ReadOnlyMemory<byte> lines, CancellationToken ct);

    /// <summary>The code with which the server closed (RFC 6455 section 7.4), where it told one.</summary>
    int? CloseCode { get; }
}

/// <summary>Opens connections by the scheme of an address.</summary>
internal static class ChatConnection
{
    /// <summary>
    /// Opens <c>ws</c> and <c>wss</c> as WebSockets, <c>irc</c> (port 6667) as plain TCP, <c>ircs</c> (port 6697) as TLS.
    /// </summary>
    /// <exception cref="IOException">It cannot be reached.</exception>
    public static async Task<IChatConnection> OpenAsync(Uri address, CancellationToken ct)
    {
        try
        {
            return address.Scheme is "ws" or "wss"
                ? await WebSocketConnection.OpenAsync(address, ct)
                : await StreamConnection.OpenAsync(address, ct);
        }
        catch (Exception e) when (e is SocketException or WebSocketException or System.Security.Authentication.AuthenticationException)
        {
            throw new IOException($"cannot reach the chat at {address.Scheme}://{address.Authority}: {e.Message}", e);
        }
    }
}

/// <summary>Lines over a WebSocket (RFC 6455).</summary>
internal sealed class WebSocketConnection(ClientWebSocket socket) : IChatConnection
{
    /// <inheritdoc/>
    public int? CloseCode => (int?)socket.CloseStatus;

    /// <summary>Opens one.</summary>
    public static async Task<IChatConnection> OpenAsync(Uri address, CancellationToken ct)
    {
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.Proxy = null;
            socket.Options.KeepAliveInterval = TimeSpan.Zero; // The chat has a PING of its own.
            await socket.ConnectAsync(address, ct);
            return new WebSocketConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken ct)
    {
        if (buffer.Length < 2) throw new ArgumentException("a buffer holds at least a byte and a line end", nameof(buffer));
        try
        {
            while (true)
            {
                var result = await socket.ReceiveAsync(buffer[..^1], ct);
                if (result.MessageType == WebSocketMessageType.Close) return 0;
                if (result.EndOfMessage)
                {
                    buffer.Span[result.Count] = (byte)'\n';
                    return result.Count + 1;
                }

                if (result.Count > 0) return result.Count;
            }
        }
        catch (WebSocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> lines, CancellationToken ct)
    {
        try
        {
            await socket.SendAsync(lines, WebSocketMessageType.Text, endOfMessage: true, ct);
        }
        catch (WebSocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Lines over TCP, with or without TLS.</summary>
internal sealed class StreamConnection(Stream stream) : IChatConnection
{
    /// <inheritdoc/>
    public int? CloseCode => null;

    /// <summary>Opens one.</summary>
    public static async Task<IChatConnection> OpenAsync(Uri address, CancellationToken ct)
    {
        var secure = address.Scheme == "ircs";
        var port = address.IsDefaultPort || address.Port < 0 ? (secure ? 6697 : 6667) : address.Port;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address.DnsSafeHost, port, ct);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (!secure) return new StreamConnection(stream);
            var tls = new SslStream(stream);
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = address.DnsSafeHost }, ct);
            return new StreamConnection(tls);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken ct) => stream.ReadAsync(buffer, ct);

    /// <inheritdoc/>
    public ValueTask SendAsync(ReadOnlyMemory<byte> lines, CancellationToken ct) => stream.WriteAsync(lines, ct);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
