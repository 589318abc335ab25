using StreamClips.ClipWorker.Chat;

namespace StreamClips.ClipWorker.Platforms.Rtmp;

/// <summary>RTMP, by ffmpeg, which makes segments of it. It has no chat of its own.</summary>
internal sealed class RtmpPlatform : IPlatform
{
    /// <inheritdoc/>
    public string Name => "RTMP";

    /// <inheritdoc/>
    public string Example => "rtmp://HOST/APP/NAME";

    /// <inheritdoc/>
    public IReadOnlyList<string> Schemes { get; } = ["rtmp", "rtmps"];

    /// <inheritdoc/>
    public IReadOnlyList<Endpoint> Endpoints => [];

    /// <inheritdoc/>
    public bool HasChat => false;

    /// <inheritdoc/>
    public bool ComesBack => true;

    /// <inheritdoc/>
    public bool Owns(Uri url) => url.Host.Length > 0;

    /// <inheritdoc/>
    public string? ChannelOf(Uri url) => HostName.Path(url).Length >= 1 ? url.AbsoluteUri : null;

    /// <inheritdoc/>
    public IResolver Resolver(string channel, PlatformTools tools) => new RtmpResolver(new Uri(channel), tools);

    /// <inheritdoc/>
    public IChatSource Chat(string channel, PlatformTools tools) => throw new NotSupportedException("RTMP has no chat");
}
