using StreamClips.ClipWorker.Chat;

namespace StreamClips.ClipWorker.Platforms.YouTube;

/// <summary>YouTube: playlists by the inner API's player, chat by asking its <c>get_live_chat</c>.</summary>
internal sealed class YouTubePlatform : IPlatform
{
    /// <summary>Pages and the inner API.</summary>
    public static readonly Endpoint Site = Endpoint.Http("YOUTUBE_URL", "https://www.youtube.com");

    // The hosts of watch pages; music.youtube.com and studio.youtube.com have no live chat.
    private static readonly string[] Hosts = ["youtube.com", "www.youtube.com", "m.youtube.com", "gaming.youtube.com"];

    /// <inheritdoc/>
    public string Name => "YouTube";

    /// <inheritdoc/>
    public string Example => "https://www.youtube.com/@NAME";

    /// <inheritdoc/>
    public IReadOnlyList<Endpoint> Endpoints { get; } = [Site];

    /// <inheritdoc/>
    public bool HasChat => true;

    /// <inheritdoc/>
    public bool ComesBack => true;

    /// <summary>A look costs the channel's page, one or two megabytes.</summary>
    public TimeSpan PollInterval => TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public bool Owns(Uri url) => HostName.IsOf(url, "youtube.com") || HostName.IsOf(url, "youtu.be");

    /// <summary>
    /// The channel or the one video: <c>@NAME</c>, <c>channel/UC…</c>, <c>c/NAME</c>, <c>user/NAME</c>, or a video's 11 characters
    /// (<c>/watch?v=</c>, <c>/live/</c>, <c>youtu.be/</c>). As it stands in the address: a handle's letters may be of any script.
    /// </summary>
    public string? ChannelOf(Uri url)
    {
        var path = HostName.Path(url);
        if (url.Host == "youtu.be") return path.Length == 1 && YouTubePage.IsVideoId(path[0]) ? path[0] : null;
        if (!Hosts.Contains(url.Host)) return null;
        if (path is ["watch"]) return Video(url);
        if (path is ["live", var id]) return YouTubePage.IsVideoId(id) ? id : null;
        if (path is [.. var channel, "live" or "streams" or "featured"]) path = channel;
        return path switch
        {
            [['@', .. var handle]] when handle.Length is >= 1 and <= 300 => path[0],
            ["channel", var known] when known.Length == 24 && known.StartsWith("UC", StringComparison.Ordinal) && known.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') => $"channel/{known}",
            ["c" or "user", var name] when name.Length is >= 1 and <= 300 => $"{path[0]}/{name}",
            _ => null,
        };
    }

    /// <inheritdoc/>
    public IResolver Resolver(string channel, PlatformTools tools) => new YouTubeResolver(channel, tools);

    /// <inheritdoc/>
    public IChatSource Chat(string channel, PlatformTools tools) => new PolledChat(new YouTubeChatPoller(channel, tools), tools.Clock, tools.Random);

    private static string? Video(Uri url)
    {
        var value = url.Query.TrimStart('?').Split('&').FirstOrDefault(p => p.StartsWith("v=", StringComparison.Ordinal));
        return YouTubePage.IsVideoId(value?[2..]) ? value![2..] : null;
    }
}
