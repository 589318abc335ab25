using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Faults;
using StreamClips.LiveSite.Video;

namespace StreamClips.LiveSite.Playlists;

/// <summary>The segments of all playlists with their sections and keys, and every channel as plain HLS under an address that never
/// changes and needs no signature.</summary>
public static class SegmentEndpoints
{
    // An address that was found behind a redirect is good there only: relative addresses begin at the final one (RFC 3986 section 5.1.3).
    private const string MovedSuffix = "?moved=1";

    /// <summary>Maps the paths.</summary>
    /// <param name="app">The site.</param>
    public static void MapSegments(this IEndpointRouteBuilder app)
    {
        app.MapMethods("/segments/{name}/{broadcast:long}/{rendition}/{file}", ["GET", "HEAD"], SendAsync);
        app.MapGet("/hls/{name}/master.m3u8", SendMasterAsync);
        app.MapGet("/hls/{name}/{rendition}/index.m3u8", SendMediaAsync);
    }

    private static async Task SendAsync(HttpContext context, string name, long broadcast, string rendition, string file,
        ChannelDirectory channels, Responder responder, TimeProvider time)
    {
        var channel = channels.Find(name);
        var misplaced = context.Request.Query.ContainsKey("moved") && !context.Request.PathBase.HasValue;
        if (!misplaced && channel?.FindBroadcast(broadcast) is { } found && Rendition.Find(rendition) is not null)
        {
            try
            {
                var request = new SegmentRequest(channel, found, rendition, time.GetUtcNow());
                var answer = file.StartsWith("key-", StringComparison.Ordinal) ? request.Key(file)
                    : file.StartsWith("init-", StringComparison.Ordinal) ? await request.SectionAsync(file, context.RequestAborted)
                    : file.StartsWith("run-", StringComparison.Ordinal) ? await request.OfRunAsync(file, context.Request.Headers.Range.ToString(), context.RequestAborted)
                    : await request.SegmentAsync(file, time, context.RequestAborted);
                if (answer is not null)
                {
                    await responder.SendAsync(context, channel, answer.Target, 200, answer.MediaType, answer.Body, answer.Offset);
                    return;
                }
            }
            catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
            {
                // Its time ended while we looked for it: answered as if we had come a moment later.
            }
        }
        await responder.SendAsync(context, channel, FaultTarget.Segment, 404, "text/plain", "no such segment, or no longer\n");
    }

    private static Task SendMasterAsync(HttpContext context, string name, ChannelDirectory channels, Responder responder)
    {
        var channel = channels.Find(name);
        return channel?.Live is null
            ? responder.SendAsync(context, channel, FaultTarget.Usher, 404, "text/plain", $"{name} is unknown or offline\n")
            : responder.SendAsync(context, channel, FaultTarget.Usher, 200, PlaylistWriter.MediaType,
                PlaylistWriter.Master(null, r => $"{r.Id}/index.m3u8", withAudioOnly: !channel.Packaging.Apart, withFrameRate: true, withSource: !channel.HidesSource, apart: channel.Packaging.Apart));
    }

    private static Task SendMediaAsync(
        HttpContext context, string name, string rendition, ChannelDirectory channels, Responder responder, TimeProvider time)
    {
        var channel = channels.Find(name);
        var now = time.GetUtcNow();
        if (Rendition.Find(rendition) is not { } quality || channel?.Newest is not { } broadcast || broadcast.Playlist.IsGone(now)
            || (quality.IsSource && channel.HidesSource))
            return responder.SendAsync(context, channel, FaultTarget.Playlist, 404, "text/plain", $"{name} is unknown or offline\n");
        var skew = TimeSpan.FromMilliseconds(channel.Faults.Active(FaultKind.Skew, FaultTarget.Playlist, now)?.Number ?? 0);
        var suffix = context.Request.PathBase.HasValue ? MovedSuffix : "";
        var packaged = new PackagedSegments(channel, broadcast, rendition, $"../../../segments/{name}/{broadcast.Id}/{rendition}", suffix);
        var text = PlaylistWriter.Media(broadcast.Playlist.State(), packaged, skew, prefetch: 0);
        return responder.SendAsync(context, channel, FaultTarget.Playlist, 200, PlaylistWriter.MediaType, text);
    }
}
