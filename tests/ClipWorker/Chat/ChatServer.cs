using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;

namespace StreamClips.ClipWorker.Tests.Chat;

/// <summary>A chat server over WebSockets that says the same to each client that comes, and then hangs up or waits.</summary>
internal sealed class ChatServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly string[] _messages;
    private readonly bool _hangUp;
    private readonly Task _serving;
    private int _visits;

    /// <param name="hangUp">Whether the connection is cut without a farewell after the messages.</param>
    /// <param name="messages">WebSocket messages; each may hold several lines.</param>
    public ChatServer(bool hangUp, params string[] messages)
    {
        (_hangUp, _messages) = (hangUp, messages);
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Address => new($"ws://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    public int Visits => Volatile.Read(ref _visits);

    /// <summary>The code with which the server closes after the messages; null: it does not.</summary>
    public int? CloseCode { get; init; }

    /// <summary>What the clients said.</summary>
    public ConcurrentQueue<string> Heard { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            Interlocked.Increment(ref _visits);
            try
            {
                await TalkAsync(client);
            }
            catch (Exception e) when (e is IOException or WebSocketException)
            {
                // The client went.
            }
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        var stream = client.GetStream();
        using var reader = new StreamReader(stream, leaveOpen: true);
        var key = "";
        while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } header)
            if (header.StartsWith("Sec-WebSocket-Key: ", StringComparison.OrdinalIgnoreCase)) key = header[19..];
#pragma warning disable CA5350 // RFC 6455 wants SHA-1 here; it protects nothing.
        var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"), _stop.Token);

        using var socket = WebSocket.CreateFromStream(stream, isServer: true, subProtocol: null, Timeout.InfiniteTimeSpan);
        foreach (var message in _messages) await socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, _stop.Token);
        if (CloseCode is { } code) await socket.CloseOutputAsync((WebSocketCloseStatus)code, null, _stop.Token);
        var buffer = new byte[1024];
        while (!_hangUp && await socket.ReceiveAsync(buffer, _stop.Token) is { MessageType: not WebSocketMessageType.Close } heard)
            Heard.Enqueue(Encoding.UTF8.GetString(buffer, 0, heard.Count));
    }
}
