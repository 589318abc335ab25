using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;

namespace StreamClips.LiveSite.Tests.Chat;

/// <summary>A bare chat client over TCP or WebSocket.</summary>
internal sealed class ChatClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly ClientWebSocket? _socket;
    private readonly TcpClient? _tcp;
    private readonly Queue<string> _lines = new();
    private readonly byte[] _buffer = new byte[64 * 1024];
    private string _rest = "";

    private ChatClient(ClientWebSocket? socket, TcpClient? tcp)
    {
        _socket = socket;
        _tcp = tcp;
    }

    public bool AnswersPings { get; set; } = true;

    public static async Task<ChatClient> ConnectAsync(string address)
    {
        var uri = new Uri(address);
        if (uri.Scheme == "ws")
        {
            var socket = new ClientWebSocket();
            await socket.ConnectAsync(uri, CancellationToken.None);
            return new ChatClient(socket, null);
        }
        var tcp = new TcpClient();
        await tcp.ConnectAsync(uri.Host, uri.Port);
        return new ChatClient(null, tcp);
    }

    public async Task SendAsync(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line + "\r\n");
        if (_socket is not null) await _socket.SendAsync(bytes, WebSocketMessageType.Text, true, CancellationToken.None);
        else await _tcp!.GetStream().WriteAsync(bytes);
    }

    /// <summary>Logs in and joins a room; returns when the room's names are told.</summary>
    public async Task EnterAsync(string room, params string[] first)
    {
        foreach (var line in first) await SendAsync(line);
        await SendAsync("NICK justinfan4711");
        await SendAsync($"JOIN #{room}");
        await AwaitAsync(l => l.Contains(" 366 ", StringComparison.Ordinal));
    }

    /// <summary>The next line that is so; others are left out.</summary>
    public async Task<string> AwaitAsync(Func<string, bool> isWanted)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        while (true)
        {
            while (_lines.TryDequeue(out var line))
                if (isWanted(line)) return line;
            if (!await ReadAsync(patience.Token)) throw new InvalidOperationException("The server closed the connection.");
        }
    }

    /// <summary>Whether the server closes the connection.</summary>
    public async Task<bool> ReadToEndAsync()
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            while (await ReadAsync(patience.Token)) _lines.Clear();
        }
        catch (Exception end) when (end is WebSocketException or IOException)
        {
            // Closed the hard way.
        }
        return true;
    }

    public ValueTask DisposeAsync()
    {
        _socket?.Dispose();
        _tcp?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<bool> ReadAsync(CancellationToken cancellation)
    {
        var count = 0;
        if (_socket is null) count = await _tcp!.GetStream().ReadAsync(_buffer, cancellation);
        else if (await _socket.ReceiveAsync(_buffer, cancellation) is { MessageType: WebSocketMessageType.Text } result) count = result.Count;
        if (count == 0) return false;
        var parts = (_rest + Encoding.UTF8.GetString(_buffer, 0, count)).Split("\r\n");
        foreach (var line in parts[..^1])
        {
            _lines.Enqueue(line);
            if (AnswersPings && line.StartsWith("PING ", StringComparison.Ordinal)) await SendAsync("PONG :tmi.twitch.tv");
        }
        _rest = parts[^1];
        return true;
    }
}
