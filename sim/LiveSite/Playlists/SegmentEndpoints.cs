using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Faults;
using StreamClips.LiveSite.Video;

namespace StreamClips.LiveSite.Playlists;

/// <summary>The segments of all playlists, and every channel as plain HLS under an address that never changes and needs no signature.</summary>
public static class SegmentEndpoints
{
    /// <summary>Maps the paths.</summary>
    /// <param name="app">The site.</param>
    public static void MapSegments(this IEndpointRouteBuilder app)
    {
        app.MapMethods("/segments/{name}/{broadcast:long}/{rendition}/{file}", ["GET", "HEAD"], SendSegmentAsync);
        app.MapGet("/hls/{name}/master.m3u8", SendMasterAsync);
        app.MapGet("/hls/{name}/{rendition}/index.m3u8", SendMediaAsync);
    }

    private static async Task SendSegmentAsync(HttpContext context, string name, long broadcast, string rendition, string file,
        ChannelDirectory channels, Responder responder, TimeProvider time)
    {
        var channel = channels.Find(name);
        if (channel?.FindBroadcast(broadcast) is { } found && Rendition.Find(rendition) is not null
            && file.EndsWith(".ts", StringComparison.Ordinal) && long.TryParse(file.AsSpan(..^3), out var sequence)
            && await found.FindOrAwaitAsync(sequence, time, context.RequestAborted) is { } segment)
        {
            try
            {
                var bytes = await File.ReadAllBytesAsync(segment.Files[rendition], context.RequestAborted);
                await responder.SendAsync(context, channel, FaultTarget.Segment, 200, "video/mp2t", bytes);
                return;
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
                PlaylistWriter.Master(null, r => $"{r.Id}/index.m3u8", withAudioOnly: true, withFrameRate: true));
    }

    private static Task SendMediaAsync(
        HttpContext context, string name, string rendition, ChannelDirectory channels, Responder responder, TimeProvider time)
    {
        var channel = channels.Find(name);
        var now = time.GetUtcNow();
        if (Rendition.Find(rendition) is null || channel?.Newest is not { } broadcast || broadcast.Playlist.IsGone(now))
            return responder.SendAsync(context, channel, FaultTarget.Playlist, 404, "text/plain", $"{name} is unknown or offline\n");
        var skew = TimeSpan.FromMilliseconds(channel.Faults.Active(FaultKind.Skew, FaultTarget.Playlist, now)?.Number ?? 0);
        var text = PlaylistWriter.Media(broadcast.Playlist.State(), n => $"../../../segments/{name}/{broadcast.Id}/{rendition}/{n}.ts", skew, prefetch: 0);
        return responder.SendAsync(context, channel, FaultTarget.Playlist, 200, PlaylistWriter.MediaType, text);
    }
}
