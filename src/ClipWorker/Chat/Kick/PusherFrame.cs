using System.Text;
using System.Text.Json;

namespace StreamClips.ClipWorker.Chat.Kick;

/// <summary>
/// A message of the Pusher protocol, version 7: <c>{"event":NAME,"channel":NAME,"data":…}</c>. The data is JSON in a string,
/// in errors and in some old events an object.
/// </summary>
/// <param name="Event">The event's name; empty where the message is none of Pusher's.</param>
/// <param name="Channel">The Pusher channel, or empty.</param>
/// <param name="Data">The data; undefined where there is none that can be read.</param>
internal readonly record struct PusherFrame(string Event, string Channel, JsonElement Data)
{
    /// <summary>The longest message that is read, in bytes. Pusher's own limit for an event's data is 10 KiB.</summary>
    public const int MaxBytes = 64 << 10;

    // Kick's events are four levels deep.
    private const int MaxDepth = 16;

    /// <summary>Reads a message. Never throws: what is no message of Pusher's has an empty name.</summary>
    public static PusherFrame Parse(ReadOnlySpan<byte> message)
    {
        if (message.Length > MaxBytes || JsonPath.Read(message, MaxDepth) is not { ValueKind: JsonValueKind.Object } root) return new("", "", default);
        var data = root.At("data");
        if (root.Text("data") is { } inner) data = JsonPath.Read(Encoding.UTF8.GetBytes(inner), MaxDepth);
        return new(root.Text("event") ?? "", root.Text("channel") ?? "", data ?? default);
    }

    /// <summary>A text below <paramref name="path"/> of the data, or empty: an id may be a number or a text.</summary>
    public string Get(params ReadOnlySpan<string> path) => Data.Id(path) ?? "";
}
