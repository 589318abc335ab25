using StreamClips.ClipWorker.Chat;

namespace StreamClips.ClipWorker.Platforms.Twitch;

/// <summary>Twitch: playlists by GraphQL and the usher, chat over IRC.</summary>
internal sealed class TwitchPlatform : IPlatform
{
    /// <summary>GraphQL: tokens and live status.</summary>
    public static readonly Endpoint Gql = Endpoint.Http("TWITCH_GQL_URL", "https://gql.twitch.tv/gql");

    /// <summary>Master playlists.</summary>
    public static readonly Endpoint Usher = Endpoint.Http("TWITCH_USHER_URL", "https://usher.ttvnw.net");

    /// <summary>The chat.</summary>
    public static readonly Endpoint ChatServer = new("TWITCH_CHAT_URL", "wss://irc-ws.chat.twitch.tv:443", "ws", "wss", "irc", "ircs");

    /// <inheritdoc/>
    public string Name => "Twitch";

    /// <inheritdoc/>
    public string Example => "https://www.twitch.tv/NAME";

    /// <inheritdoc/>
    public IReadOnlyList<Endpoint> Endpoints { get; } = [Gql, Usher, ChatServer];

    /// <inheritdoc/>
    public bool HasChat => true;

    /// <inheritdoc/>
    public bool ComesBack => true;

    /// <inheritdoc/>
    public bool Owns(Uri url) => HostName.IsOf(url, "twitch.tv");

    /// <summary>The login name in lower case, from a channel's page: <c>/NAME</c> at www, m or no subdomain.</summary>
    public string? ChannelOf(Uri url)
    {
        var path = HostName.Path(url);
        if (path.Length != 1 || url.Host is not ("twitch.tv" or "www.twitch.tv" or "m.twitch.tv")) return null;
        var name = path[0].ToLowerInvariant();
        return name.Length <= 25 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') && name != "directory" ? name : null;
    }

    /// <inheritdoc/>
    public IResolver Resolver(string channel, PlatformTools tools) => new TwitchResolver(channel, tools);

    /// <inheritdoc/>
    public IChatSource Chat(string channel, PlatformTools tools) => new TwitchChat(tools.Endpoints[ChatServer], channel, tools.Clock, tools.Random, tools.Joins);
}
