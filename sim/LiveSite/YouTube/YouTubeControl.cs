using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Control;

namespace StreamClips.LiveSite.YouTube;

/// <summary><c>POST /control/channels/NAME/youtube</c>: how the channel behaves on YouTube. Fields that are absent get their defaults.</summary>
public static class YouTubeControl
{
    /// <summary>Maps the path.</summary>
    /// <param name="app">The site.</param>
    public static void MapYouTubeControl(this IEndpointRouteBuilder app) => app.MapPost("/control/channels/{name}/youtube", SetAsync);

    private static async Task<IResult> SetAsync(string name, HttpRequest request, ChannelDirectory channels, YouTubeStates states, TimeProvider time)
    {
        if (channels.Find(name) is not { } channel) return ControlEndpoints.UnknownChannel(name, channels);
        var (fields, problem) = await ControlEndpoints.ReadAsync(request);
        if (fields is null) return problem!;
        var state = new YouTubeState
        {
            Player = fields.Word("player", ["ok", "unplayable", "login_required", "offline"], required: false) ?? "ok",
            Chat = fields.Word("chat", ["open", "disabled", "members_only"], required: false) ?? "open",
            Consent = fields.Word("consent", ["never", "without_cookie", "always"], required: false) ?? "without_cookie",
            TimeoutMs = (int)fields.Number("timeout_ms", 100, 60_000, 2000)!.Value,
            ContinuationsFromMs = fields.Word("continuations", ["keep", "expire"], required: false) == "expire"
                ? time.GetUtcNow().ToUnixTimeMilliseconds() : states.Of(name).ContinuationsFromMs,
        };
        if (fields.Faults() is { Count: > 0 } faults) return Results.ValidationProblem(faults);
        states.Set(name, state);
        return Results.Json(new
        {
            video_id = channel.Newest is { } newest ? YouTubeNames.VideoId(name, newest.Id) : null,
            channel_id = YouTubeNames.ChannelId(name),
            player = state.Player, chat = state.Chat, consent = state.Consent, timeout_ms = state.TimeoutMs,
        });
    }
}
