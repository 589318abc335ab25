using StreamClips.LiveSite.Channels;

namespace StreamClips.LiveSite.Video;

/// <summary>Runs the broadcasters of all channels.</summary>
public sealed class BroadcastService(ChannelDirectory channels, LiveSiteOptions options, TimeProvider time, ILogger<Broadcaster> logger)
    : BackgroundService
{
    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var channel in channels.All.Where(c => !options.Offline.Contains(c.Name))) channel.GoOnline();
        return Task.WhenAll(channels.All.Select(c => Task.Run(() => new Broadcaster(c, options, time, logger).RunAsync(stoppingToken), stoppingToken)));
    }
}
