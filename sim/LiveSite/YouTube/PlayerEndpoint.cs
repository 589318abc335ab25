using System.Globalization;
using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Faults;
using StreamClips.LiveSite.Playlists;
using StreamClips.LiveSite.Twitch;
using StreamClips.LiveSite.Video;

namespace StreamClips.LiveSite.YouTube;

/// <summary><c>POST /youtubei/v1/player</c> and the playlists that its answer leads to.</summary>
public static class PlayerEndpoint
{
    /// <summary>Maps the paths.</summary>
    /// <param name="app">The site.</param>
    public static void MapYouTubePlayer(this IEndpointRouteBuilder app)
    {
        app.MapPost("/youtubei/v1/player", AnswerAsync);
        app.MapGet("/api/manifest/hls_variant/{signed}/file/index.m3u8", SendMasterAsync);
        app.MapGet("/api/manifest/hls_playlist/{signed}/playlist/index.m3u8", SendMediaAsync);
    }

    private static async Task AnswerAsync(HttpContext context, ChannelDirectory channels, YouTubeStates states, PlaybackTokens tokens)
    {
        var (video, refusal) = await Innertube.ReadAsync(context, "videoId");
        if (video is null)
        {
            await Innertube.RefuseAsync(context, null, FaultTarget.YouTube, refusal!.Value);
            return;
        }
        if (YouTubeNames.Find(channels, video) is not var (channel, broadcast))
        {
            await Innertube.SendAsync(context, null, FaultTarget.YouTube, Status("ERROR", "This video is unavailable"));
            return;
        }
        var answer = broadcast.Playlist.State().Ended
            ? Status("UNPLAYABLE", "This live stream recording is not available.")
            : states.Of(channel.Name).Player switch
            {
                "unplayable" => Status("UNPLAYABLE", "Join this channel to get access to members-only content like this video, and other exclusive perks."),
                "login_required" => Status("LOGIN_REQUIRED", "Sign in to confirm you’re not a bot"),
                "offline" => Status("LIVE_STREAM_OFFLINE", "This live event will begin in a few moments."),
                _ => Playable(channel, video, $"{Root(context)}/api/manifest/hls_variant/{tokens.IssuePlaylist(channel.Name, broadcast.Id, "variant")}/file/index.m3u8"),
            };
        await Innertube.SendAsync(context, channel, FaultTarget.YouTube, answer);
    }

    private static object Status(string status, string reason) => new { playabilityStatus = new { status, reason } };

    private static object Playable(Channel channel, string videoId, string hlsManifestUrl) => new
    {
        playabilityStatus = new { status = "OK", playableInEmbed = true, liveStreamability = new { liveStreamabilityRenderer = new { videoId } } },
        streamingData = new { expiresInSeconds = "21540", hlsManifestUrl },
        videoDetails = new { videoId, title = $"{channel.Name} live from the simulator", channelId = YouTubeNames.ChannelId(channel.Name), author = channel.Name, isLive = true, isLiveContent = true },
    };

    private static Task SendMasterAsync(HttpContext context, string signed, ChannelDirectory channels, PlaybackTokens tokens, Responder responder)
    {
        if (Broadcast(channels, tokens, signed) is not var (channel, broadcast, _) || broadcast.Playlist.State().Ended)
            return responder.SendAsync(context, null, FaultTarget.Usher, 403, "text/plain", "");
        var text = "#EXTM3U\n#EXT-X-INDEPENDENT-SEGMENTS\n" + string.Concat(Rendition.All.Where(r => r.HasPicture).OrderBy(r => r.Height).Select(r => string.Create(
            CultureInfo.InvariantCulture,
            $"#EXT-X-STREAM-INF:BANDWIDTH={r.MaxBitsPerSecond},CODECS=\"{r.Codecs}\",RESOLUTION={r.Width}x{r.Height},FRAME-RATE={Timing.FramesPerSecond},CLOSED-CAPTIONS=NONE\n"
            + $"{Root(context)}/api/manifest/hls_playlist/{tokens.IssuePlaylist(channel.Name, broadcast.Id, r.Id)}/playlist/index.m3u8\n")));
        return responder.SendAsync(context, channel, FaultTarget.Usher, 200, PlaylistWriter.MediaType, text);
    }

    private static Task SendMediaAsync(HttpContext context, string signed, ChannelDirectory channels, PlaybackTokens tokens, Responder responder, TimeProvider time)
    {
        var now = time.GetUtcNow();
        if (Broadcast(channels, tokens, signed) is not var (channel, broadcast, rendition) || broadcast.Playlist.IsGone(now))
            return responder.SendAsync(context, null, FaultTarget.Playlist, 403, "text/plain", "");
        var skew = TimeSpan.FromMilliseconds(channel.Faults.Active(FaultKind.Skew, FaultTarget.Playlist, now)?.Number ?? 0);
        var text = PlaylistWriter.Media(
            broadcast.Playlist.State(), new PackagedSegments(channel, broadcast, rendition, $"{Root(context)}/segments/{channel.Name}/{broadcast.Id}/{rendition}"), skew, prefetch: 0);
        return responder.SendAsync(context, channel, FaultTarget.Playlist, 200, PlaylistWriter.MediaType, OnlyFirstDates(text));
    }

    /// <summary>YouTube dates the first segment and the one after a discontinuity; the times of the others follow from them.</summary>
    private static string OnlyFirstDates(string playlist)
    {
        var wanted = true;
        return string.Join('\n', playlist.Split('\n').Where(line =>
        {
            if (line == "#EXT-X-DISCONTINUITY") wanted = true;
            if (!line.StartsWith("#EXT-X-PROGRAM-DATE-TIME", StringComparison.Ordinal)) return !line.StartsWith("#EXT-X-TWITCH", StringComparison.Ordinal);
            (var keep, wanted) = (wanted, false);
            return keep;
        }));
    }

    private static (Channel Channel, Broadcast Broadcast, string Rendition)? Broadcast(ChannelDirectory channels, PlaybackTokens tokens, string signed) =>
        tokens.ReadPlaylist(signed) is { } wanted && channels.Find(wanted.Channel) is { } channel && channel.FindBroadcast(wanted.Broadcast) is { } broadcast
            ? (channel, broadcast, wanted.Rendition) : null;

    private static string Root(HttpContext context) => $"{context.Request.Scheme}://{context.Request.Host}";
}
