using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Platforms.Hls;
using StreamClips.ClipWorker.Platforms.Kick;
using StreamClips.ClipWorker.Platforms.Rtmp;
using StreamClips.ClipWorker.Platforms.Sites;
using StreamClips.ClipWorker.Platforms.Twitch;
using StreamClips.ClipWorker.Platforms.YouTube;
using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Platforms;

/// <summary>Which platform a URL belongs to, and which chat goes with it. Pure.</summary>
/// <param name="Stream">The channel that is watched.</param>
/// <param name="ChatOf">The channel whose chat is read; null: there is no chat, and so no clip.</param>
internal sealed record PlatformChoice(Channel Stream, Channel? ChatOf)
{
    /// <summary>All platforms. The first that owns a URL has it; the last takes every address.</summary>
    public static IReadOnlyList<IPlatform> Platforms { get; } = [new TwitchPlatform(), new KickPlatform(), new YouTubePlatform(), new RtmpPlatform(), new HlsPlatform(), new SitePlatform()];

    /// <summary>What can be watched, for people: an example of each platform.</summary>
    public static string Examples { get; } = string.Join(", ", Platforms.Select(p => $"{p.Name} ({p.Example})"));

    /// <summary>Chooses.</summary>
    /// <param name="url">The stream.</param>
    /// <param name="chatUrl">A channel whose chat is read instead of the stream's own, or null.</param>
    /// <param name="faults">Where what is wrong is put.</param>
    /// <returns>The choice, null where something is wrong.</returns>
    public static PlatformChoice? Of(string url, string? chatUrl, ICollection<string> faults)
    {
        var stream = Find("url", url, Platforms, "give an address that begins with http://, https://, rtmp:// or rtmps://", faults);
        var chat = stream is { Platform.HasChat: true } ? stream : null;
        if (!string.IsNullOrEmpty(chatUrl))
        {
            var talking = Platforms.Where(p => p.HasChat).ToList();
            chat = Find("chat_url", chatUrl, talking, $"give a channel of {string.Join(" or ", talking.Select(p => $"{p.Name}, as {p.Example}"))}", faults);
        }

        return stream is null || faults.Count > 0 ? null : new(stream, chat);
    }

    /// <summary>
    /// Makes what finds the stream. Other programs know only the real platforms: where the environment leads to another
    /// address, as the simulated platform's, they are not asked.
    /// </summary>
    public IResolver Resolver(PlatformTools tools)
    {
        var real = Stream.Platform.Endpoints is { Count: > 0 } endpoints && endpoints.All(e => tools.Endpoints[e] == new Uri(e.Standard));
        return new SecondWay(Stream.Platform.Resolver(Stream.Name, tools), real ? new ToolResolver(Stream.Page, tools) : null);
    }

    /// <summary>Makes what reads the chat; null where there is none.</summary>
    public IChatSource? Chat(PlatformTools tools) => ChatOf?.Platform.Chat(ChatOf.Name, tools);

    private static Channel? Find(string field, string url, IReadOnlyList<IPlatform> among, string remedy, ICollection<string> faults)
    {
        var platform = Uri.TryCreate(url, UriKind.Absolute, out var address) ? among.FirstOrDefault(p => p.Schemes.Contains(address.Scheme) && p.Owns(address)) : null;
        if (platform is null)
        {
            faults.Add($"{field} is '{PlaylistText.ForLogs(url)}': {remedy}");
            return null;
        }

        if (platform.ChannelOf(address!) is { } name) return new(platform, name, name.Contains("://", StringComparison.Ordinal) ? address!.Host : name, address!);
        faults.Add($"{field}: {PlaylistText.ForLogs(url)} is no {platform.Name} channel: give {platform.Example}");
        return null;
    }
}
