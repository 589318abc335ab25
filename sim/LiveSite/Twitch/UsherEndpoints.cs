using System.Globalization;
using System.Text.Json;
using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Faults;
using StreamClips.LiveSite.Playlists;
using StreamClips.LiveSite.Video;

namespace StreamClips.LiveSite.Twitch;

/// <summary>Usher: the master playlist for a signed access token, and the media playlists behind signed paths.</summary>
public static class UsherEndpoints
{
    /// <summary>Maps the paths.</summary>
    /// <param name="app">The site.</param>
    public static void MapUsher(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v2/channel/hls/{file}", SendMasterAsync);
        app.MapGet("/api/channel/hls/{file}", SendMasterAsync);
        app.MapGet("/v1/playlist/{file}", SendMediaAsync);
    }

    private static Task SendMasterAsync(
        HttpContext context, string file, ChannelDirectory channels, PlaybackTokens tokens, Responder responder, TimeProvider time)
    {
        var name = Path.GetFileNameWithoutExtension(file);
        var channel = channels.Find(name);
        var query = context.Request.Query;
        if (!file.EndsWith(".m3u8", StringComparison.Ordinal) || channel?.Live is not { } live)
        {
            return SendErrorAsync(context, responder, channel, 404, "transcode does not exist", "transcode_does_not_exist");
        }
        if (tokens.Refuse(name, query["token"], query["sig"]) is { } refusal)
        {
            return SendErrorAsync(context, responder, channel, 403, refusal.Error, refusal.Code);
        }
        var now = time.GetUtcNow();
        var info = string.Create(CultureInfo.InvariantCulture,
            $"NODE=\"loopback\",MANIFEST-NODE-TYPE=\"weaver_cluster\",CLUSTER=\"loopback\",SUPPRESS=\"false\",SERVER-TIME=\"{now.ToUnixTimeMilliseconds() / 1000.0:0.00}\","
            + $"BROADCAST-ID=\"{40_000_000_000 + live.Id}\",STREAM-TIME=\"{(now - live.StartedAt).TotalSeconds:0.0}\",B=\"false\",USER-COUNTRY=\"DE\"");
        var root = $"{context.Request.Scheme}://{context.Request.Host}/v1/playlist";
        var text = PlaylistWriter.Master(info, r => $"{root}/{tokens.IssuePlaylist(name, live.Id, r.Id)}.m3u8",
            withAudioOnly: query["allow_audio_only"] == "true", withFrameRate: query["playlist_include_framerate"] == "true", withSource: !channel.HidesSource);
        return responder.SendAsync(context, channel, FaultTarget.Usher, 200, PlaylistWriter.MediaType, text);
    }

    private static Task SendMediaAsync(
        HttpContext context, string file, ChannelDirectory channels, PlaybackTokens tokens, Responder responder, TimeProvider time)
    {
        if (tokens.ReadPlaylist(Path.GetFileNameWithoutExtension(file)) is not { } wanted)
        {
            return SendErrorAsync(context, responder, null, 403, "playlist signature is invalid or expired", "playlist_forbidden", FaultTarget.Playlist);
        }
        var channel = channels.Find(wanted.Channel);
        if (channel is not null && wanted.Issued <= channel.PlaylistsExpiredBefore)
        {
            return SendErrorAsync(context, responder, null, 403, "playlist signature is invalid or expired", "playlist_forbidden", FaultTarget.Playlist);
        }
        var now = time.GetUtcNow();
        if (channel?.FindBroadcast(wanted.Broadcast) is not { } broadcast || broadcast.Playlist.IsGone(now)
            || (channel.HidesSource && Rendition.Find(wanted.Rendition) is { IsSource: true }))
        {
            return SendErrorAsync(context, responder, channel, 404, "the broadcast is over", "transcode_does_not_exist", FaultTarget.Playlist);
        }
        var skew = TimeSpan.FromMilliseconds(channel.Faults.Active(FaultKind.Skew, FaultTarget.Playlist, now)?.Number ?? 0);
        var root = $"{context.Request.Scheme}://{context.Request.Host}/segments/{channel.Name}/{broadcast.Id}/{wanted.Rendition}";
        var text = PlaylistWriter.Media(broadcast.Playlist.State(), new PackagedSegments(channel, broadcast, wanted.Rendition, root), skew, prefetch: 2);
        return responder.SendAsync(context, channel, FaultTarget.Playlist, 200, PlaylistWriter.MediaType, text);
    }

    private static Task SendErrorAsync(HttpContext context, Responder responder, Channel? channel, int status, string error, string code,
        FaultTarget target = FaultTarget.Usher)
    {
        object[] body = [new { url = context.Request.Path.Value, error, error_code = code, type = "error" }];
        return responder.SendAsync(context, channel, target, status, "application/json", JsonSerializer.Serialize(body));
    }
}
