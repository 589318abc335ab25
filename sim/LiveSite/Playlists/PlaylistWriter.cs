using System.Globalization;
using System.Text;
using StreamClips.LiveSite.Video;

namespace StreamClips.LiveSite.Playlists;

/// <summary>Writes playlists as text (RFC 8216), with the tags that Twitch adds.</summary>
public static class PlaylistWriter
{
    /// <summary>The media type of playlists.</summary>
    public const string MediaType = "application/vnd.apple.mpegurl";

    /// <summary>A master playlist as usher's second version writes it: no EXT-X-MEDIA; names stand on EXT-X-STREAM-INF.</summary>
    /// <param name="info">Attributes of EXT-X-TWITCH-INFO; null: a plain master without Twitch's tags.</param>
    /// <param name="address">The address of a quality's media playlist.</param>
    /// <param name="withAudioOnly">Whether to list audio only.</param>
    /// <param name="withFrameRate">Whether to state frame rates.</param>
    /// <param name="withSource">Whether to list the source.</param>
    /// <param name="apart">Whether the sound is in a playlist of its own.</param>
    public static string Master(string? info, Func<Rendition, string> address, bool withAudioOnly, bool withFrameRate, bool withSource = true, bool apart = false)
    {
        var text = new StringBuilder("#EXTM3U\n");
        if (info is not null) text.Append("#EXT-X-TWITCH-INFO:").Append(info).Append('\n');
        if (apart) text.Append($"#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"sound\",NAME=\"live\",DEFAULT=YES,AUTOSELECT=YES,URI=\"{address(Rendition.All.Single(r => !r.HasPicture))}\"\n");
        foreach (var rendition in Rendition.All.Where(r => (r.HasPicture || withAudioOnly) && (withSource || !r.IsSource)))
        {
            text.Append(CultureInfo.InvariantCulture, $"#EXT-X-STREAM-INF:BANDWIDTH={rendition.MaxBitsPerSecond},CODECS=\"{rendition.Codecs}\"");
            if (rendition.HasPicture)
            {
                text.Append(CultureInfo.InvariantCulture, $",RESOLUTION={rendition.Width}x{rendition.Height}");
                if (withFrameRate) text.Append(CultureInfo.InvariantCulture, $",FRAME-RATE={Timing.FramesPerSecond}.000");
            }
            if (apart) text.Append(",AUDIO=\"sound\"");
            text.Append($",STABLE-VARIANT-ID=\"{rendition.Id}\",IVS-NAME=\"{rendition.Name}\"");
            text.Append($",IVS-VARIANT-SOURCE=\"{(rendition.IsSource ? "source" : "transcode")}\"\n");
            text.Append(address(rendition)).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>A media playlist.</summary>
    /// <param name="state">The window.</param>
    /// <param name="address">The address of a segment by its number in the broadcast.</param>
    /// <param name="skew">Added to every PROGRAM-DATE-TIME: a platform whose clock is wrong.</param>
    /// <param name="prefetch">How many segments that are still being made to name with EXT-X-TWITCH-PREFETCH.</param>
    /// <param name="packaged">How the segments are wrapped; null: plainly.</param>
    public static string Media(PlaylistState state, Func<long, string> address, TimeSpan skew, int prefetch, PackagedSegments? packaged = null)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"#EXTM3U\n#EXT-X-VERSION:{packaged?.Version ?? 3}\n");
        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-TARGETDURATION:{packaged?.TargetSeconds ?? Timing.SegmentSeconds}\n");
        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-MEDIA-SEQUENCE:{state.MediaSequence}\n");
        if (state.DiscontinuitySequence > 0)
            text.Append(CultureInfo.InvariantCulture, $"#EXT-X-DISCONTINUITY-SEQUENCE:{state.DiscontinuitySequence}\n");
        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-TWITCH-LIVE-SEQUENCE:{state.MediaSequence}\n");
        AdBreak? announced = null;
        for (var i = 0; i < state.Segments.Count; i++)
        {
            var segment = state.Segments[i];
            if (segment.AdBreak is { } adBreak && adBreak != announced) AppendAdBreak(text, announced = adBreak, skew);
            if (segment.Discontinuity) text.Append("#EXT-X-DISCONTINUITY\n");
            text.Append("#EXT-X-PROGRAM-DATE-TIME:").Append(Date(segment.Start + skew)).Append('\n');
            packaged?.AppendTags(text, segment, i == 0 ? null : state.Segments[i - 1]);
            var title = segment.AdBreak is null ? "live" : "Amazon|2026001|1";
            text.Append(CultureInfo.InvariantCulture, $"#EXTINF:{segment.Duration.TotalSeconds:0.000},{title}\n");
            text.Append(packaged?.Address(segment) ?? address(state.NumberedFrom + state.MediaSequence + i)).Append('\n');
        }
        if (state.Ended) return text.Append("#EXT-X-ENDLIST\n").ToString();
        for (var i = 0; i < prefetch; i++)
            text.Append("#EXT-X-TWITCH-PREFETCH:").Append(address(state.NumberedFrom + state.MediaSequence + state.Segments.Count + i)).Append('\n');
        return text.ToString();
    }

    /// <summary>A media playlist of a channel.</summary>
    /// <param name="state">The window.</param>
    /// <param name="packaged">The segments' addresses and tags.</param>
    /// <param name="skew">Added to every PROGRAM-DATE-TIME: a platform whose clock is wrong.</param>
    /// <param name="prefetch">How many segments that are still being made to name with EXT-X-TWITCH-PREFETCH.</param>
    public static string Media(PlaylistState state, PackagedSegments packaged, TimeSpan skew, int prefetch) =>
        Media(state, packaged.Address, skew, prefetch, packaged);

    private static void AppendAdBreak(StringBuilder text, AdBreak adBreak, TimeSpan skew)
    {
        var start = adBreak.Start + skew;
        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-DATERANGE:ID=\"stitched-ad-{adBreak.Start.ToUnixTimeSeconds()}\",");
        text.Append(CultureInfo.InvariantCulture, $"CLASS=\"twitch-stitched-ad\",START-DATE=\"{Date(start)}\",DURATION={adBreak.Duration.TotalSeconds:0.000},");
        text.Append("X-TV-TWITCH-AD-ROLL-TYPE=\"MIDROLL\",X-TV-TWITCH-AD-POD-LENGTH=\"1\"\n");
    }

    private static string Date(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
