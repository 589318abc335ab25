using System.Globalization;
using System.Text;

namespace StreamClips.ClipWorker.Chat.Kick;

/// <summary>What Kick says through Pusher. Pure.</summary>
internal static class KickEvent
{
    /// <summary>The longest text that is kept; Kick's own limit is 500 characters, and emotes are longer there than here.</summary>
    public const int MaxTextLength = 2_000;

    // Kick tells whole seconds: the middle of the second is the best guess.
    private static readonly TimeSpan HalfSecond = TimeSpan.FromMilliseconds(500);
    private static readonly DateTimeOffset Earliest = DateTimeOffset.UnixEpoch;
    private static readonly DateTimeOffset Latest = new(2200, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>What happened in the chat; null where the frame tells of something else.</summary>
    /// <param name="frame">The message.</param>
    /// <param name="arrived">This machine's time at its arrival.</param>
    public static ChatEvent? InChat(PusherFrame frame, DateTimeOffset arrived) => frame.Event switch
    {
        @"App\Events\ChatMessageEvent" when IsSpeech(frame.Get("type")) => Said(frame, arrived),
        @"App\Events\MessageDeletedEvent" when frame.Get("message", "id") is { Length: > 0 } id =>
            new(ChatEventKind.MessageRemoved, new(arrived, "", "", id), arrived),
        @"App\Events\UserBannedEvent" when frame.Get("user", "id") is { Length: > 0 } user =>
            new(ChatEventKind.UserRemoved, new(arrived, user, ""), arrived),
        @"App\Events\ChatroomClearEvent" => new(ChatEventKind.UserRemoved, new(arrived, "", ""), arrived),
        _ => null,
    };

    /// <summary>Whether the frame tells that a broadcast began or ended.</summary>
    public static bool IsOfBroadcast(PusherFrame frame) => frame.Event is @"App\Events\StreamerIsLive" or @"App\Events\StopStreamBroadcast";

    /// <summary>A text with its emotes as words: <c>nice[emote:37226:KEKW]</c> becomes <c>nice KEKW</c>.</summary>
    public static string Plain(string content)
    {
        var text = content.AsSpan(0, Math.Min(content.Length, MaxTextLength));
        if (text.IndexOf("[emote:") < 0) return text.ToString();
        var plain = new StringBuilder(text.Length);
        while (text.IndexOf("[emote:") is var at and >= 0)
        {
            plain.Append(text[..at]);
            var (name, length) = Emote(text[at..]);
            if (name.Length > 0)
            {
                if (plain.Length > 0 && plain[^1] != ' ') plain.Append(' ');
                plain.Append(name);
            }

            text = text[(at + length)..];
            if (name.Length == 0) plain.Append("[emote:");
            else if (text.Length > 0 && text[0] != ' ') plain.Append(' ');
        }

        return plain.Append(text).ToString();
    }

    private static ChatEvent Said(PusherFrame frame, DateTimeOffset arrived)
    {
        var at = DateTimeOffset.TryParse(frame.Get("created_at"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var sent) && sent > Earliest && sent < Latest
            ? sent.Ticks % TimeSpan.TicksPerSecond == 0 ? sent + HalfSecond : sent
            : arrived;
        return new(ChatEventKind.Said, new(at.ToUniversalTime(), frame.Get("sender", "id"), Plain(frame.Get("content")), frame.Get("id")), arrived);
    }

    // Celebrations of subscriptions have a type of their own: they are not chat.
    private static bool IsSpeech(string type) => type is "message" or "reply" or "";

    /// <summary>The name of the emote that the text begins with, and the length of it in brackets; no name where it is none.</summary>
    private static (string Name, int Length) Emote(ReadOnlySpan<char> text)
    {
        const int Start = 7;
        var end = text.IndexOf(']');
        var colon = text[Start..].IndexOf(':');
        if (end < 0 || colon < 1 || Start + colon + 1 >= end) return ("", Start);
        return text.Slice(Start, colon).ContainsAnyExceptInRange('0', '9') ? ("", Start) : (text[(Start + colon + 1)..end].ToString(), end + 1);
    }
}
