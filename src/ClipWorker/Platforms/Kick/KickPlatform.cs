using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Chat.Kick;

namespace StreamClips.ClipWorker.Platforms.Kick;

/// <summary>Kick: playlists by its site's own API, chat over Pusher.</summary>
internal sealed class KickPlatform : IPlatform
{
    /// <summary>The site, whose API tells channels and streams.</summary>
    public static readonly Endpoint Api = Endpoint.Http("KICK_API_URL", "https://kick.com");

    /// <summary>The chat: Pusher, with Kick's public application key.</summary>
    public static readonly Endpoint ChatServer = new(
        "KICK_CHAT_URL", "wss://ws-us2.pusher.com/app/32cbd69e4b950bf97679?protocol=7&client=js&version=8.4.0-rc2&flash=false", "ws", "wss");

    // Pages of the site that look like channels.
    private static readonly string[] Pages = ["browse", "categories", "category", "following", "search", "video", "dashboard", "auth", "api"];

    /// <inheritdoc/>
    public string Name => "Kick";

    /// <inheritdoc/>
    public string Example => "https://kick.com/NAME";

    /// <inheritdoc/>
    public IReadOnlyList<Endpoint> Endpoints { get; } = [Api, ChatServer];

    /// <inheritdoc/>
    public bool HasChat => true;

    /// <inheritdoc/>
    public bool ComesBack => true;

    /// <inheritdoc/>
    public bool Owns(Uri url) => HostName.IsOf(url, "kick.com");

    /// <summary>The slug in lower case, from a channel's page: <c>/NAME</c> at www or no subdomain.</summary>
    public string? ChannelOf(Uri url)
    {
        var path = HostName.Path(url);
        if (path.Length != 1 || url.Host is not ("kick.com" or "www.kick.com")) return null;
        var slug = path[0].ToLowerInvariant();
        return slug.Length <= 50 && slug.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') && !Pages.Contains(slug) ? slug : null;
    }

    /// <inheritdoc/>
    public IResolver Resolver(string channel, PlatformTools tools) => new KickResolver(channel, new KickApi(channel, tools), tools);

    /// <inheritdoc/>
    public IChatSource Chat(string channel, PlatformTools tools) =>
        new KickChat(tools.Endpoints[ChatServer], channel, new KickApi(channel, tools).FindRoomAsync, tools.Clock, tools.Random);
}
