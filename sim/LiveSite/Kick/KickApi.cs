using System.Globalization;
using System.Text.Json;
using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Faults;
using StreamClips.LiveSite.Playlists;
using StreamClips.LiveSite.Twitch;

namespace StreamClips.LiveSite.Kick;

/// <summary>Kick's API and its IVS playlists. The API answers browsers alone: others get the page of the check for robots.</summary>
public static class KickApi
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Maps the paths.</summary>
    /// <param name="app">The site.</param>
    public static void MapKickApi(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v2/channels/{slug}", SendChannelAsync);
        app.MapGet("/api/v2/channels/{slug}/livestream", SendLivestreamAsync);
        app.MapGet("/api/video/v1/{file}", SendMasterAsync);
        app.MapGet("/v1/ivs/playlist/{file}", SendMediaAsync);
    }

    private static Task SendChannelAsync(HttpContext context, string slug, ChannelDirectory channels, Responder responder) =>
        AnswerAsync(context, slug, channels, responder, channel => new
        {
            id = KickNames.ChannelId(channel),
            user_id = long.Parse(channel.UserId, CultureInfo.InvariantCulture),
            slug = channel.Name,
            is_banned = false,
            user = new { id = long.Parse(channel.UserId, CultureInfo.InvariantCulture), username = channel.Name },
            chatroom = new { id = KickNames.ChatroomId(channel), chatable_type = "App\\Models\\Channel", channel_id = KickNames.ChannelId(channel) },
        });

    private static Task SendLivestreamAsync(HttpContext context, string slug, ChannelDirectory channels, PlaybackTokens tokens, Responder responder) =>
        AnswerAsync(context, slug, channels, responder, channel => new
        {
            data = channel.Live is not { } live ? null : new
            {
                id = 60_000_000 + live.Id,
                slug = $"{live.Id}-{channel.Name}",
                session_title = $"{channel.Name} live from the simulator",
                created_at = live.StartedAt.UtcDateTime,
                language = "English",
                is_mature = false,
                viewers = 1234,
                category = new { id = 15, name = "Just Chatting", slug = "just-chatting" },
                playback_url = $"{Root(context)}/api/video/v1/{tokens.IssuePlaylist(channel.Name, live.Id, "variant")}.m3u8",
            },
        });

    private static Task AnswerAsync(HttpContext context, string slug, ChannelDirectory channels, Responder responder, Func<Channel, object> body)
    {
        var channel = KickNames.Find(channels, slug);
        var request = context.Request.Headers;
        if (!request.UserAgent.ToString().StartsWith("Mozilla/5.0", StringComparison.Ordinal) || !request.Accept.ToString().Contains("application/json", StringComparison.Ordinal))
            return responder.SendAsync(context, channel, FaultTarget.Kick, 403, "text/html", "<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>");
        return channel is null
            ? responder.SendAsync(context, null, FaultTarget.Kick, 404, "application/json", """{"message":"Not Found"}""")
            : responder.SendAsync(context, channel, FaultTarget.Kick, 200, "application/json", JsonSerializer.Serialize(body(channel), Json));
    }

    private static Task SendMasterAsync(HttpContext context, string file, ChannelDirectory channels, PlaybackTokens tokens, Responder responder)
    {
        if (Wanted(channels, tokens, file) is not var (channel, broadcast, _))
            return responder.SendAsync(context, null, FaultTarget.Usher, 403, "application/json", """[{"error":"signature is invalid","error_code":"forbidden","type":"error"}]""");
        if (broadcast.Playlist.State().Ended)
            return responder.SendAsync(context, channel, FaultTarget.Usher, 404, "application/json", """[{"error":"transcode does not exist","error_code":"transcode_does_not_exist","type":"error"}]""");
        var text = PlaylistWriter.Master(null, r => $"{Root(context)}/v1/ivs/playlist/{tokens.IssuePlaylist(channel.Name, broadcast.Id, r.Id)}.m3u8", withAudioOnly: true, withFrameRate: true);
        return responder.SendAsync(context, channel, FaultTarget.Usher, 200, PlaylistWriter.MediaType, text);
    }

    private static Task SendMediaAsync(HttpContext context, string file, ChannelDirectory channels, PlaybackTokens tokens, Responder responder, TimeProvider time)
    {
        var now = time.GetUtcNow();
        if (Wanted(channels, tokens, file) is not var (channel, broadcast, rendition) || broadcast.Playlist.IsGone(now))
            return responder.SendAsync(context, null, FaultTarget.Playlist, 403, "text/plain", "");
        var skew = TimeSpan.FromMilliseconds(channel.Faults.Active(FaultKind.Skew, FaultTarget.Playlist, now)?.Number ?? 0);
        var text = PlaylistWriter.Media(
            broadcast.Playlist.State(), new PackagedSegments(channel, broadcast, rendition, $"{Root(context)}/segments/{channel.Name}/{broadcast.Id}/{rendition}"), skew, prefetch: 2)
            .Replace("#EXT-X-TWITCH-PREFETCH:", "#EXT-X-PREFETCH:", StringComparison.Ordinal)
            .Replace("#EXT-X-TWITCH-LIVE-SEQUENCE:", "#EXT-X-LIVE-SEQUENCE:", StringComparison.Ordinal);
        return responder.SendAsync(context, channel, FaultTarget.Playlist, 200, PlaylistWriter.MediaType, text);
    }

    private static (Channel Channel, Broadcast Broadcast, string Rendition)? Wanted(ChannelDirectory channels, PlaybackTokens tokens, string file) =>
        file.EndsWith(".m3u8", StringComparison.Ordinal) && tokens.ReadPlaylist(Path.GetFileNameWithoutExtension(file)) is { } wanted
            && channels.Find(wanted.Channel) is { } channel && channel.FindBroadcast(wanted.Broadcast) is { } broadcast
                ? (channel, broadcast, wanted.Rendition) : null;

    private static string Root(HttpContext context) => $"{context.Request.Scheme}://{context.Request.Host}";
}
