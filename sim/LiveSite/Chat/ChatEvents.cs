using StreamClips.LiveSite.Channels;

namespace StreamClips.LiveSite.Chat;

/// <summary>Things that happen in a room and are not messages: moderation, notices, the end of a connection.</summary>
public static class ChatEvents
{
    private const string Host = "tmi.twitch.tv";

    /// <summary>Lets one happen.</summary>
    /// <param name="kind">chat_disconnect, chat_reconnect, chat_clear, chat_delete or chat_notice.</param>
    /// <param name="text">chat_clear: the user (empty or unknown: everybody); chat_delete: the message's id; chat_notice: the text.</param>
    /// <param name="channel">The room.</param>
    /// <param name="rooms">The chat.</param>
    /// <param name="now">The time.</param>
    public static void Happen(string kind, string text, Channel channel, ChatRooms rooms, DateTimeOffset now)
    {
        var room = $"#{channel.Name}";
        var sent = $"room-id={channel.UserId};tmi-sent-ts={now.ToUnixTimeMilliseconds()}";
        switch (kind)
        {
            case "chat_disconnect":
                foreach (var session in rooms.In(channel.Name)) session.Close();
                break;
            case "chat_reconnect":
                rooms.Send(channel, d => d.HasCommands ? $":{Host} RECONNECT" : null);
                break;
            case "chat_clear":
                rooms.Send(channel, d => Line(d, $"ban-duration=600;target-user-id={ChatGenerator.UserId(text)};{sent}", $"CLEARCHAT {room} :{text}"));
                break;
            case "chat_delete":
                rooms.Send(channel, d => Line(d, $"login=;target-msg-id={text};{sent}", $"CLEARMSG {room} :"));
                break;
            default:
                rooms.Send(channel, d => Line(d, $"login=otter;msg-id=resub;display-name=Otter;system-msg={ChatLine.Escape("Otter subscribed for 3 months!")};{sent}",
                    $"USERNOTICE {room} :{text}"));
                break;
        }
    }

    // Only who asked for commands gets these at all.
    private static string? Line(IrcDialog dialog, string tags, string command) =>
        !dialog.HasCommands ? null : dialog.HasTags ? $"@{tags} :{Host} {command}" : $":{Host} {command}";
}
