namespace StreamClips.ControlPlane.Liveness;

/// <summary>Whom to ask whether a streamer is live: the platform, and what the streamer is called there.</summary>
/// <param name="Platform">One of <see cref="PlatformName"/>.</param>
/// <param name="Channel">The login, the slug, a path of YouTube, or a playlist's address.</param>
public sealed record ChannelAddress(string Platform, string Channel)
{
    private static readonly string[] TwitchHosts = ["twitch.tv", "www.twitch.tv", "m.twitch.tv"];
    private static readonly string[] KickHosts = ["kick.com", "www.kick.com"];
    private static readonly string[] YouTubeHosts = ["youtube.com", "www.youtube.com", "m.youtube.com", "gaming.youtube.com"];

    /// <summary>Reads a streamer's address.</summary>
    /// <returns>Null where nobody can be asked: RTMP, other sites, and pages that are no channel. Then the worker finds out by itself.</returns>
    public static ChannelAddress? Of(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https")) return null;
        var path = address.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (address.IsDefaultPort && address.UserInfo.Length == 0)
        {
            if (TwitchHosts.Contains(address.Host)) return path is [var login] && IsName(login, 25, "_") ? new(PlatformName.Twitch, login.ToLowerInvariant()) : null;
            if (KickHosts.Contains(address.Host)) return path is [var slug] && IsName(slug, 50, "_-") ? new(PlatformName.Kick, slug.ToLowerInvariant()) : null;
            if (address.Host == "youtu.be" || YouTubeHosts.Contains(address.Host)) return OnYouTube(address, path) is { } page ? new(PlatformName.YouTube, page) : null;
        }

        var isPlaylist = address.AbsolutePath.EndsWith(".m3u8", StringComparison.OrdinalIgnoreCase) || address.AbsolutePath.EndsWith(".m3u", StringComparison.OrdinalIgnoreCase);
        return isPlaylist ? new(PlatformName.Hls, address.AbsoluteUri) : null;
    }

    /// <summary>The path of the page that shows what a channel sends just now, or of one video.</summary>
    private static string? OnYouTube(Uri address, string[] path)
    {
        if (address.Host == "youtu.be") return path is [var shared] && IsVideo(shared) ? $"watch?v={shared}" : null;
        if (path is ["watch"]) return address.Query.TrimStart('?').Split('&').FirstOrDefault(p => p.StartsWith("v=", StringComparison.Ordinal)) is { } v && IsVideo(v[2..]) ? $"watch?{v}" : null;
        if (path is ["live", var live]) return IsVideo(live) ? $"watch?v={live}" : null;
        if (path is [.. var channel, "live" or "streams" or "featured"]) path = channel;
        return path switch
        {
            [['@', .. var handle]] when handle.Length is >= 1 and <= 300 => $"{path[0]}/live",
            ["channel", var id] when id.Length == 24 && IsName(id, 24, "_-") => $"channel/{id}/live",
            ["c" or "user", var name] when name.Length is >= 1 and <= 300 => $"{path[0]}/{name}/live",
            _ => null,
        };
    }

    private static bool IsVideo(string id) => id.Length == 11 && IsName(id, 11, "_-");

    private static bool IsName(string text, int most, string also) => text.Length <= most && text.All(c => char.IsAsciiLetterOrDigit(c) || also.Contains(c, StringComparison.Ordinal));
}

/// <summary>The platforms that are asked centrally.</summary>
public static class PlatformName
{
    /// <summary>Twitch: Helix with an application's credentials, otherwise as its own pages ask.</summary>
    public const string Twitch = "twitch";

    /// <summary>Kick, as its own pages ask.</summary>
    public const string Kick = "kick";

    /// <summary>YouTube, as its own pages ask.</summary>
    public const string YouTube = "youtube";

    /// <summary>An HLS playlist, which says it itself.</summary>
    public const string Hls = "hls";

    /// <summary>Nobody can be asked.</summary>
    public const string None = "none";
}
