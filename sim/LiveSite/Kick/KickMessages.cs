using System.Globalization;
using System.Text;
using System.Text.Json;
using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Chat;

namespace StreamClips.LiveSite.Kick;

/// <summary>What Kick sends through Pusher: an envelope whose data is JSON in a string.</summary>
public static class KickMessages
{
    /// <summary>An event of a Pusher channel.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="channel">The Pusher channel; null: none.</param>
    /// <param name="data">Its data, written into a string.</param>
    public static string Event(string name, string? channel, object data)
    {
        var inner = JsonSerializer.Serialize(data);
        return channel is null
            ? JsonSerializer.Serialize(new { @event = name, data = inner })
            : JsonSerializer.Serialize(new { @event = name, data = inner, channel });
    }

    /// <summary>A chat message. Its time is in whole seconds, as Kick tells it.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="line">The message.</param>
    public static string Said(Channel channel, ChatLine line)
    {
        var sent = DateTimeOffset.FromUnixTimeMilliseconds(line.SentAtMs).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'+00:00'", CultureInfo.InvariantCulture);
        return Event("App\\Events\\ChatMessageEvent", KickNames.Chatroom(channel), new
        {
            id = line.Id,
            chatroom_id = KickNames.ChatroomId(channel),
            content = WithEmotes(line.Text, line.Emotes),
            type = line.Parent is null ? "message" : "reply",
            created_at = sent,
            sender = new
            {
                id = long.Parse(line.UserId, CultureInfo.InvariantCulture),
                username = line.User,
                slug = line.User,
                identity = new { color = "#DEB2FF", badges = Array.Empty<object>() },
            },
            metadata = new { message_ref = line.SentAtMs.ToString(CultureInfo.InvariantCulture) },
        });
    }

    /// <summary>What a fault of the chat is on Kick; null: nothing that Kick has.</summary>
    /// <param name="kind">chat_clear, chat_delete or chat_notice.</param>
    /// <param name="text">chat_clear: the user (*: everybody); chat_delete: the message's id; chat_notice: the text.</param>
    /// <param name="channel">The channel.</param>
    public static string? Happened(string kind, string text, Channel channel) => kind switch
    {
        "chat_clear" when text == "*" => Event("App\\Events\\ChatroomClearEvent", KickNames.Chatroom(channel), new { id = Guid.NewGuid() }),
        "chat_clear" => Event("App\\Events\\UserBannedEvent", KickNames.Chatroom(channel), new
        {
            id = Guid.NewGuid(),
            user = new { id = long.Parse(ChatGenerator.UserId(text), CultureInfo.InvariantCulture), username = text, slug = text },
            banned_by = new { id = 0, username = "moderator", slug = "moderator" },
            permanent = false,
            duration = 10,
        }),
        "chat_delete" => Event("App\\Events\\MessageDeletedEvent", KickNames.Chatroom(channel), new { id = Guid.NewGuid(), message = new { id = text }, aiModerated = false }),
        "chat_notice" => Event("App\\Events\\SubscriptionEvent", KickNames.Chatroom(channel), new { chatroom_id = KickNames.ChatroomId(channel), username = "otter", months = 3 }),
        _ => null,
    };

    /// <summary>That a broadcast began or ended.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="live">Whether it began.</param>
    /// <param name="broadcast">The broadcast.</param>
    public static string Broadcast(Channel channel, bool live, Broadcast broadcast) => live
        ? Event("App\\Events\\StreamerIsLive", KickNames.Events(channel), new
        {
            livestream = new { id = 60_000_000 + broadcast.Id, channel_id = KickNames.ChannelId(channel), session_title = $"{channel.Name} live from the simulator", created_at = broadcast.StartedAt },
        })
        : Event("App\\Events\\StopStreamBroadcast", KickNames.Events(channel), new
        {
            livestream = new { id = 60_000_000 + broadcast.Id, channel = new { id = KickNames.ChannelId(channel), is_banned = false } },
        });

    /// <summary>A text with its emotes as Kick writes them: <c>[emote:37226:KEKW]</c>.</summary>
    private static string WithEmotes(string text, string emotes)
    {
        if (emotes.Length == 0) return text;
        var runes = text.EnumerateRunes().Select(r => r.ToString()).ToList();
        var places =
            from emote in emotes.Split('/')
            let parts = emote.Split(':')
            from range in parts[1].Split(',')
            let ends = range.Split('-')
            select (Id: parts[0], From: int.Parse(ends[0], CultureInfo.InvariantCulture), To: int.Parse(ends[1], CultureInfo.InvariantCulture));
        foreach (var (id, from, to) in places)
        {
            var name = new StringBuilder();
            for (var i = from; i <= to; i++) (_, runes[i]) = (name.Append(runes[i]), "");
            runes[from] = $"[emote:{id}:{name}]";
        }
        return string.Concat(runes);
    }
}
