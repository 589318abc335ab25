using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Platforms;

/// <summary>The name of a Twitch channel, from its URL.</summary>
internal static class TwitchChannel
{
    /// <summary>Whether a URL is on Twitch.</summary>
    public static bool IsTwitch(Uri url) =>
        url.Scheme is "http" or "https" && (url.Host == "twitch.tv" || url.Host.EndsWith(".twitch.tv", StringComparison.Ordinal));

    /// <summary>The channel's login name in lower case, or what is wrong with the URL.</summary>
    public static (string? Name, string? Fault) Of(Uri url)
    {
        var parts = url.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var name = parts.Length == 1 ? parts[0].ToLowerInvariant() : "";
        return name.Length is >= 1 and <= 25 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') && name != "directory"
            ? (name, null)
            : (null, $"{PlaylistText.ForLogs(url)} is no Twitch channel: give https://www.twitch.tv/NAME");
    }
}
