using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Platforms.YouTube;

/// <summary>Asks the chat of what a YouTube channel sends just now: the page tells where reading begins, each answer where it goes on.</summary>
internal sealed class YouTubeChatPoller(string channel, PlatformTools tools) : IChatPoller
{
    private readonly YouTubeApi _api = new(channel, tools);
    private YouTubePage? _page;
    private string _continuation = "";

    /// <inheritdoc/>
    public string Channel => channel;

    /// <inheritdoc/>
    public async Task<ChatPoll> BeginAsync(CancellationToken ct)
    {
        var (page, failure) = await _api.PageAsync(ct);
        if (page is null)
        {
            return failure switch
            {
                Resolution.Wrong => new ChatPoll.Closed(failure.Reason),
                Resolution.Refused => new ChatPoll.Refused(failure.Reason),
                _ => new ChatPoll.Failed(failure!.Reason),
            };
        }

        if (page.Continuation is not { } continuation)
            return new ChatPoll.Closed(page.ChatNotice.Length > 0 ? $"YouTube says {PlaylistText.Quote(page.ChatNotice)}" : "its page has no chat");
        (_page, _continuation) = (page, continuation);
        return await PollAsync(ct);
    }

    /// <inheritdoc/>
    public async Task<ChatPoll> PollAsync(CancellationToken ct)
    {
        var answer = await _api.AskAsync(_page!, "live_chat/get_live_chat", ("WEB", _page!.ClientVersion), "continuation", _continuation, YouTubeChatAnswer.MaxBytes, ct);
        if (!answer.Ok) return NoAnswer(answer);

        var arrived = tools.Clock.GetUtcNow();
        var now = answer.Date ?? arrived;
        if (YouTubeChatAnswer.Parse(answer.Body, now, arrived) is not { } chat) return new ChatPoll.Failed("YouTube's chat gave no JSON");
        if (chat.Continuation is null)
            return new ChatPoll.Closed(chat.Notice.Length > 0 ? $"YouTube says {PlaylistText.Quote(chat.Notice)}" : "YouTube gives nothing to go on with: the chat is over");
        _continuation = chat.Continuation;
        return new ChatPoll.Read(chat.Events, now, chat.Wait);
    }

    private static ChatPoll NoAnswer(HttpAnswer answer)
    {
        var complaint = YouTubeApi.Complaint(answer.Body);
        return answer.Status switch
        {
            403 => new ChatPoll.Closed($"YouTube does not let us read it, as where it is for members only: its chat {answer.Describe()}{complaint}"),
            429 => new ChatPoll.Refused($"YouTube's chat {answer.Describe()}{complaint}"),
            400 or 404 => new ChatPoll.Expired($"YouTube's chat {answer.Describe()}{complaint}"),
            _ => new ChatPoll.Failed($"YouTube's chat {answer.Describe()}{complaint}"),
        };
    }
}
