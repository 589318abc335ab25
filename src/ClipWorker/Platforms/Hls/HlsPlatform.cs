using StreamClips.ClipWorker.Chat;

namespace StreamClips.ClipWorker.Platforms.Hls;

/// <summary>An HLS playlist given by its address. It has no chat of its own.</summary>
internal sealed class HlsPlatform : IPlatform
{
    /// <inheritdoc/>
    public string Name => "HLS playlist";

    /// <inheritdoc/>
    public string Example => "https://…/NAME.m3u8";

    /// <inheritdoc/>
    public IReadOnlyList<Endpoint> Endpoints => [];

    /// <inheritdoc/>
    public bool HasChat => false;

    /// <inheritdoc/>
    public bool ComesBack => false;

    /// <inheritdoc/>
    public bool Owns(Uri url) =>
        url.AbsolutePath.EndsWith(".m3u8", StringComparison.OrdinalIgnoreCase) || url.AbsolutePath.EndsWith(".m3u", StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public string? ChannelOf(Uri url) => url.AbsoluteUri;

    /// <inheritdoc/>
    public IResolver Resolver(string channel, PlatformTools tools) => new HlsResolver(new Uri(channel), tools);

    /// <inheritdoc/>
    public IChatSource Chat(string channel, PlatformTools tools) => throw new NotSupportedException("a playlist has no chat");
}
