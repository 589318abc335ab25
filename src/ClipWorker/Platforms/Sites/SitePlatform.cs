using StreamClips.ClipWorker.Chat;

namespace StreamClips.ClipWorker.Platforms.Sites;

/// <summary>Any other page: a playlist at an address that does not look like one, or what streamlink or yt-dlp find there.</summary>
internal sealed class SitePlatform : IPlatform
{
    /// <inheritdoc/>
    public string Name => "another site";

    /// <inheritdoc/>
    public string Example => "https://…/PAGE";

    /// <inheritdoc/>
    public IReadOnlyList<Endpoint> Endpoints => [];

    /// <inheritdoc/>
    public bool HasChat => false;

    /// <inheritdoc/>
    public bool ComesBack => true;

    /// <inheritdoc/>
    public bool Owns(Uri url) => true;

    /// <inheritdoc/>
    public string? ChannelOf(Uri url) => url.AbsoluteUri;

    /// <inheritdoc/>
    public IResolver Resolver(string channel, PlatformTools tools) => new SiteResolver(new Uri(channel), tools);

    /// <inheritdoc/>
    public IChatSource Chat(string channel, PlatformTools tools) => throw new NotSupportedException("the chat of other sites is not known");
}
