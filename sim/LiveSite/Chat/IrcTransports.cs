using System.Buffers;
using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Connections;

namespace StreamClips.LiveSite.Chat;

/// <summary>Lines over TCP. Now and then a batch is sent in two pieces that end in the middle of a line, so that no client can rely on
/// a read ending where a line does.</summary>
/// <param name="pipe">The connection.</param>
/// <param name="time">The clock.</param>
public sealed class TcpIrcTransport(IDuplexPipe pipe, TimeProvider time) : IIrcTransport
{
    private const int SplitEvery = 5;
    private int _batches;

    /// <inheritdoc/>
    public async Task SendAsync(IReadOnlyList<string> lines, CancellationToken cancellation)
    {
        var bytes = Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\r\n")));
        var cut = ++_batches % SplitEvery == 0 ? bytes.Length / 2 : bytes.Length;
        await pipe.Output.WriteAsync(bytes.AsMemory(0, cut), cancellation);
        if (cut == bytes.Length) return;
        await Task.Delay(TimeSpan.FromMilliseconds(2), time, cancellation);
        await pipe.Output.WriteAsync(bytes.AsMemory(cut), cancellation);
    }

    /// <inheritdoc/>
    public async Task<string?> ReceiveAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var read = await pipe.Input.ReadAsync(cancellation);
            var end = read.Buffer.PositionOf((byte)'\n');
            if (end is { } position)
            {
                if (read.Buffer.Slice(0, position).Length > IrcSession.MaxLineBytes) return null;
                var line = Encoding.UTF8.GetString(read.Buffer.Slice(0, position)).TrimEnd('\r');
                pipe.Input.AdvanceTo(read.Buffer.GetPosition(1, position));
                return line;
            }
            var isTooLong = read.Buffer.Length > IrcSession.MaxLineBytes;
            pipe.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted || isTooLong) return null;
        }
    }
}

/// <summary>Lines over a WebSocket: several in one text message.</summary>
/// <param name="socket">The connection.</param>
public sealed class WebSocketIrcTransport(WebSocket socket) : IIrcTransport
{
    private readonly Queue<string> _received = new();
    private readonly byte[] _buffer = new byte[IrcSession.MaxLineBytes];

    /// <inheritdoc/>
    public Task SendAsync(IReadOnlyList<string> lines, CancellationToken cancellation)
    {
        var bytes = Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\r\n")));
        return socket.SendAsync(bytes, WebSocketMessageType.Text, endOfMessage: true, cancellation);
    }

    /// <inheritdoc/>
    public async Task<string?> ReceiveAsync(CancellationToken cancellation)
    {
        while (_received.Count == 0)
        {
            var length = 0;
            ValueWebSocketReceiveResult result;
            do
            {
                if (length == _buffer.Length) return null;
                result = await socket.ReceiveAsync(_buffer.AsMemory(length), cancellation);
                if (result.MessageType == WebSocketMessageType.Close) return null;
                length += result.Count;
            }
            while (!result.EndOfMessage);
            foreach (var line in Encoding.UTF8.GetString(_buffer, 0, length).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                _received.Enqueue(line.TrimEnd('\r'));
        }
        return _received.Dequeue();
    }
}

/// <summary>Takes chat connections in, over TCP (as a Kestrel connection handler) and over WebSocket.</summary>
public sealed class ChatServer(ChatRooms rooms, LiveSiteOptions options, TimeProvider time, IHostApplicationLifetime lifetime) : ConnectionHandler
{
    /// <summary>Serves a TCP connection.</summary>
    /// <param name="connection">The connection.</param>
    public override Task OnConnectedAsync(ConnectionContext connection) =>
        ServeAsync(new TcpIrcTransport(connection.Transport, time), connection.ConnectionClosed);

    /// <summary>Serves a WebSocket.</summary>
    /// <param name="context">The request, a WebSocket's.</param>
    public async Task ServeWebSocketAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            await context.Response.WriteAsync("This is the chat: connect with a WebSocket.\n");
            return;
        }
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        await ServeAsync(new WebSocketIrcTransport(socket), context.RequestAborted);
        context.Abort();
    }

    private async Task ServeAsync(IIrcTransport transport, CancellationToken closed)
    {
        var session = new IrcSession(new IrcDialog(rooms.Channels, rooms.CountRefusedJoin), options.ChatPing, time);
        var refused = rooms.Channels.All.Any(c => c.Faults.Take(Faults.FaultKind.ChatRefuse, Faults.FaultTarget.Chat, time.GetUtcNow()) is not null);
        if (!rooms.Enter(session)) return;
        try
        {
            using var ends = CancellationTokenSource.CreateLinkedTokenSource(closed, lifetime.ApplicationStopping);
            if (!refused) await session.RunAsync(transport, ends.Token);
        }
        finally
        {
            rooms.Leave(session);
        }
    }
}
