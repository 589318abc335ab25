using System.Globalization;
using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Chat;
using StreamClips.LiveSite.Faults;

namespace StreamClips.LiveSite.YouTube;

/// <summary><c>POST /youtubei/v1/live_chat/get_live_chat</c>: what was said since the last time, in a burst.</summary>
public static class LiveChatEndpoint
{
    // A reader who begins gets what was said just before.
    private const long BacklogMs = 20_000;
    private const int BacklogMessages = 70;

    /// <summary>Maps the path.</summary>
    /// <param name="app">The site.</param>
    public static void MapYouTubeChat(this IEndpointRouteBuilder app) => app.MapPost("/youtubei/v1/live_chat/get_live_chat", AnswerAsync);

    private static async Task AnswerAsync(
        HttpContext context, ChannelDirectory channels, YouTubeStates states, Continuations continuations, ChatSources sources, TimeProvider time)
    {
        var (text, refusal) = await Innertube.ReadAsync(context, "continuation");
        var reader = text is null ? null : continuations.Read(text);
        var channel = channels.Find(reader?.Channel);
        var state = states.Of(channel?.Name ?? "");
        if (refusal is null && (channel is null || reader!.IssuedMs < state.ContinuationsFromMs)) refusal = Innertube.Invalid;
        if (refusal is null && state.Chat == "members_only") refusal = (403, "PERMISSION_DENIED", "The caller does not have permission");
        if (refusal is not null)
        {
            await Innertube.RefuseAsync(context, channel, FaultTarget.Chat, refusal.Value);
            return;
        }

        var now = time.GetUtcNow();
        if (state.Chat == "disabled" || channel!.FindBroadcast(reader!.Broadcast) is not { } broadcast || broadcast.Playlist.State().Ended)
        {
            var runs = new[] { new { text = "Sorry, live chat is currently unavailable" } };
            await Innertube.SendAsync(context, channel, FaultTarget.Chat, new { contents = new { messageRenderer = new { text = new { runs } } } });
            return;
        }

        var until = now.ToUnixTimeMilliseconds() / ChatGenerator.SlotMilliseconds * ChatGenerator.SlotMilliseconds;
        var skew = channel.Faults.Active(FaultKind.Skew, FaultTarget.Chat, now)?.Number ?? 0;
        context.Response.Headers.Date = now.AddMilliseconds(skew).ToString("R", CultureInfo.InvariantCulture);
        var silent = channel.Faults.Active(FaultKind.ChatSilence, FaultTarget.Chat, now) is not null;
        var begin = reader.FromMs > 0 ? reader.FromMs : until - BacklogMs;
        var lines = silent ? [] : sources.Of(channel.Name).Between(begin, until).Select(l => l with { SentAtMs = l.SentAtMs + skew });
        var actions = (reader.FromMs > 0 ? lines : lines.TakeLast(BacklogMessages)).SelectMany(ChatActions.Of)
            .Concat(channel.Moderation.Between(begin, until).Select(ChatActions.Of)).ToList();
        if (reader.FromMs == 0) actions.Add(ChatActions.Welcome);
        var next = continuations.Issue(reader with { FromMs = until });
        await Innertube.SendAsync(context, channel, FaultTarget.Chat, Answer(actions, next, state.TimeoutMs));
    }

    private static object Answer(List<object> actions, string continuation, int timeoutMs)
    {
        var next = new { invalidationContinuationData = new { invalidationId = new { objectSource = 1056, subscribeToGcmTopics = true }, timeoutMs, continuation } };
        object[] continuations = [next];

        // As the platform: no field at all where there is nothing to say.
        return actions.Count == 0
            ? new { responseContext = new { }, continuationContents = new { liveChatContinuation = new { continuations } } }
            : new { responseContext = new { }, continuationContents = new { liveChatContinuation = new { continuations, actions } } };
    }
}
