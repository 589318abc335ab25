using System.Collections.Concurrent;
using System.Text.Json;

namespace StreamClips.LiveSite.Kick;

/// <summary>Answers a client as Pusher does (protocol version 7). Knows the conversation's state, not the connection.</summary>
/// <param name="number">The connection's number, for its socket id.</param>
/// <param name="activityTimeoutSeconds">After so long a silence the client has to ping.</param>
public sealed class PusherDialog(int number, int activityTimeoutSeconds)
{
    private const int MaxChannels = 100;
    private readonly ConcurrentDictionary<string, byte> _channels = new();

    /// <summary>The code with which the connection has to be closed, or null.</summary>
    public int? CloseCode { get; private set; }

    /// <summary>Whether the client is in a Pusher channel.</summary>
    /// <param name="channel">The Pusher channel.</param>
    public bool Hears(string channel) => _channels.ContainsKey(channel);

    /// <summary>Greets a client, or refuses it for its address.</summary>
    /// <param name="key">The application's key in the path.</param>
    /// <param name="query">The query.</param>
    public string Greet(string key, IQueryCollection query)
    {
        if (key != KickNames.AppKey) return Refuse(4001, $"App key {key} not in this cluster. Did you forget to specify the cluster?");
        if (!query.ContainsKey("protocol")) return Refuse(4008, "No protocol version supplied");
        if (query["protocol"] != "7") return Refuse(4007, $"Unsupported protocol version: {query["protocol"]}");
        return KickMessages.Event("pusher:connection_established", null, new
        {
            socket_id = $"{100_000 + number}.{200_000 + number}",
            activity_timeout = activityTimeoutSeconds,
        });
    }

    /// <summary>Takes a message and gives the answer.</summary>
    /// <param name="message">The message.</param>
    public string? Answer(string message)
    {
        try
        {
            using var document = JsonDocument.Parse(message);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("event", out var name) && name.ValueKind == JsonValueKind.String
                ? Answer(name.GetString()!, root.TryGetProperty("data", out var data) ? data : default)
                : Error(4200, "Message has no event");
        }
        catch (JsonException)
        {
            return Error(4200, "Invalid JSON");
        }
    }

    private string? Answer(string name, JsonElement data)
    {
        switch (name)
        {
            case "pusher:ping": return """{"event":"pusher:pong","data":"{}"}""";
            case "pusher:pong": return null;
            case "pusher:unsubscribe":
                if (Channel(data) is { } left) _channels.TryRemove(left, out _);
                return null;
            case "pusher:subscribe":
                return Channel(data) is { } channel ? Subscribe(channel) : Error(null, "Missing channel name");
            default: return Error(null, $"Unknown event {name}");
        }
    }

    private string Subscribe(string channel)
    {
        if (channel.Length > 200 || !channel.All(c => char.IsAsciiLetterOrDigit(c) || "_-=@,.;".Contains(c, StringComparison.Ordinal)))
            return Error(null, $"Invalid channel name {channel}");
        if (channel.StartsWith("private-", StringComparison.Ordinal) || channel.StartsWith("presence-", StringComparison.Ordinal))
            return Error(4009, "Connection not authorized: auth is missing");
        if (_channels.Count >= MaxChannels) return Error(4100, "Over capacity: too many channels");
        return _channels.TryAdd(channel, 0)
            ? JsonSerializer.Serialize(new { @event = "pusher_internal:subscription_succeeded", data = "{}", channel })
            : Error(null, $"Existing subscription to channel {channel}");
    }

    private string Refuse(int code, string message)
    {
        CloseCode = code;
        return Error(code, message);
    }

    /// <summary>An error, whose data is an object and no string.</summary>
    /// <param name="code">Pusher's code, or null.</param>
    /// <param name="message">The text.</param>
    public static string Error(int? code, string message) => JsonSerializer.Serialize(new { @event = "pusher:error", data = new { code, message } });

    private static string? Channel(JsonElement data) =>
        data.ValueKind == JsonValueKind.Object && data.TryGetProperty("channel", out var channel) && channel.ValueKind == JsonValueKind.String ? channel.GetString() : null;
}
