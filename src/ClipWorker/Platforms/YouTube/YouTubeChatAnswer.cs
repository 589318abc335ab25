using System.Globalization;
using System.Text;
using System.Text.Json;
using StreamClips.ClipWorker.Chat;

namespace StreamClips.ClipWorker.Platforms.YouTube;

/// <summary>An answer of <c>get_live_chat</c>. Pure.</summary>
/// <param name="Events">What happened, in the answer's order; a message's time is <c>timestampUsec</c>, the platform's.</param>
/// <param name="Continuation">With what to ask next; null: the chat is over, or off.</param>
/// <param name="Wait">When the platform wants to be asked again.</param>
/// <param name="Notice">What the platform says in place of a chat.</param>
internal sealed record YouTubeChatAnswer(IReadOnlyList<ChatEvent> Events, string? Continuation, TimeSpan Wait, string Notice)
{
    /// <summary>The largest answer that is read, in bytes.</summary>
    public const int MaxBytes = 8 << 20;

    /// <summary>Most characters of a message that are kept; YouTube allows 200.</summary>
    public const int MaxTextLength = 2000;

    // What somebody said; a new member's notice is one only where it has words of its own.
    private static readonly string[] SaidBy = ["liveChatTextMessageRenderer", "liveChatPaidMessageRenderer", "liveChatMembershipItemRenderer"];

    // Each is given under different names by different clients; an invalidation's wait is a wish, a timed one's a must.
    private static readonly string[] ContinuationKinds = ["invalidationContinuationData", "timedContinuationData", "reloadContinuationData"];

    /// <summary>Reads an answer.</summary>
    /// <param name="body">The answer.</param>
    /// <param name="now">The platform's time of it: the time of messages without one.</param>
    /// <param name="arrived">This machine's time of it.</param>
    /// <returns>The answer; null where it is no JSON.</returns>
    public static YouTubeChatAnswer? Parse(ReadOnlyMemory<byte> body, DateTimeOffset now, DateTimeOffset arrived)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new() { MaxDepth = 128 });
            var root = document.RootElement;
            if (root.At("continuationContents", "liveChatContinuation") is not { } chat)
                return new([], null, TimeSpan.Zero, root.At("contents", "messageRenderer", "text").Runs());
            var (continuation, wait) = Next(chat);
            return new([.. chat.Items("actions").Select(a => Event(a, now, arrived)).OfType<ChatEvent>()], continuation, wait, "");
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static (string? Continuation, TimeSpan Wait) Next(JsonElement chat)
    {
        foreach (var item in chat.Items("continuations"))
        {
            foreach (var kind in ContinuationKinds)
            {
                if (item.Text(kind, "continuation") is not { Length: > 0 } continuation) continue;
                var wait = item.At(kind, "timeoutMs") is { ValueKind: JsonValueKind.Number } ms && ms.TryGetInt32(out var given) && given > 0 ? given : 0;
                return (continuation, TimeSpan.FromMilliseconds(wait));
            }
        }

        return (null, TimeSpan.Zero);
    }

    private static ChatEvent? Event(JsonElement action, DateTimeOffset now, DateTimeOffset arrived)
    {
        if (action.At("addChatItemAction", "item") is { } item) return Said(item, now, arrived);
        if (action.At("replaceChatItemAction", "replacementItem") is { } replacement) return Said(replacement, now, arrived);
        if ((action.Text("removeChatItemAction", "targetItemId") ?? action.Text("markChatItemAsDeletedAction", "targetItemId")) is { } id)
            return new(ChatEventKind.MessageRemoved, new(now, "", "", id), arrived);
        if ((action.Text("removeChatItemByAuthorAction", "externalChannelId") ?? action.Text("markChatItemsByAuthorAsDeletedAction", "externalChannelId")) is { Length: > 0 } author)
            return new(ChatEventKind.UserRemoved, new(now, author, ""), arrived);
        return null;
    }

    private static ChatEvent? Said(JsonElement item, DateTimeOffset now, DateTimeOffset arrived)
    {
        foreach (var kind in SaidBy)
        {
            if (item.At(kind) is not { } said) continue;
            var text = Words(said.Items("message", "runs"));
            if (text.Length == 0) return null;
            return new(ChatEventKind.Said, new(Time(said.Text("timestampUsec"), now), said.Text("authorExternalChannelId") ?? "", text, said.Text("id") ?? ""), arrived);
        }

        return null;
    }

    /// <summary>The text of a message; a custom emoji is a word of its own, as on other platforms.</summary>
    private static string Words(IEnumerable<JsonElement> runs)
    {
        var text = new StringBuilder();
        foreach (var run in runs)
        {
            if (run.Text("text") is { } plain) text.Append(plain);
            else if (run.At("emoji") is { } emoji)
            {
                var custom = emoji.At("isCustomEmoji")?.ValueKind == JsonValueKind.True;
                var shortcut = emoji.Items("shortcuts").FirstOrDefault() is { ValueKind: JsonValueKind.String } first ? first.Text() ?? "" : "";
                var name = custom ? shortcut.Trim(':', '_') : emoji.Text("emojiId") ?? "";
                if (text.Length > 0 && text[^1] != ' ') text.Append(' ');
                text.Append(name).Append(' ');
            }

            if (text.Length > MaxTextLength) break;
        }

        return text.ToString(0, Math.Min(text.Length, MaxTextLength)).Trim();
    }

    private static DateTimeOffset Time(string? usec, DateTimeOffset now) =>
        long.TryParse(usec, NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds is > 0 and < MaxUsec
            ? DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds) : now;

    // The beginning of the year 2200.
    private const long MaxUsec = 7_258_118_400_000_000;
}
