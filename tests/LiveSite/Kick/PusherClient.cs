using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using static StreamClips.LiveSite.Tests.LiveSiteFixture;

namespace StreamClips.LiveSite.Tests.Kick;

/// <summary>Listens as the platform's player does.</summary>
internal sealed class PusherClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly ClientWebSocket _socket = new();

    /// <summary>Whether it answers when it is asked whether it is there.</summary>
    public bool AnswersPings { get; set; } = true;

    /// <summary>The code with which the server closed, once it did.</summary>
    public int? CloseCode => (int?)_socket.CloseStatus;

    public static async Task<PusherClient> ConnectAsync(Func<string, string>? change = null)
    {
        var client = new PusherClient();
        var address = Addresses.Environment["KICK_CHAT_URL"];
        await client._socket.ConnectAsync(new Uri(change?.Invoke(address) ?? address), CancellationToken.None);
        return client;
    }

    public Task SendAsync(object message) =>
        _socket.SendAsync(Encoding.UTF8.GetBytes(message as string ?? JsonSerializer.Serialize(message)), WebSocketMessageType.Text, true, CancellationToken.None);

    public Task SubscribeAsync(string channel) => SendAsync(new { @event = "pusher:subscribe", data = new { auth = "", channel } });

    /// <summary>The next message of a kind; null: the server closed.</summary>
    public async Task<JsonElement?> HearAsync(string name)
    {
        using var deadline = new CancellationTokenSource(Patience);
        var buffer = new byte[64 << 10];
        while (true)
        {
            var length = 0;
            ValueWebSocketReceiveResult result;
            do
            {
                try
                {
                    result = await _socket.ReceiveAsync(buffer.AsMemory(length), deadline.Token);
                }
                catch (WebSocketException)
                {
                    return null;
                }

                if (result.MessageType == WebSocketMessageType.Close) return null;
                length += result.Count;
            }
            while (!result.EndOfMessage);
            var message = JsonDocument.Parse(buffer.AsMemory(0, length)).RootElement.Clone();
            var heard = message.GetProperty("event").GetString();
            if (heard == "pusher:ping" && AnswersPings) await SendAsync(new { @event = "pusher:pong", data = new { } });
            if (heard == name) return message;
        }
    }

    /// <summary>The data of the next message of a kind, out of its string.</summary>
    public async Task<JsonElement> DataAsync(string name) =>
        JsonDocument.Parse((await HearAsync(name))!.Value.GetProperty("data").GetString()!).RootElement.Clone();

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
