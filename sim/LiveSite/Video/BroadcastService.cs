using StreamClips.LiveSite.Channels;

namespace StreamClips.LiveSite.Video;

/// <summary>Runs the broadcasters of all channels.</summary>
public sealed class BroadcastService(ChannelDirectory channels, LiveSiteOptions options, TimeProvider time, ILogger<Broadcaster> logger)
    : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var channel in channels.All.Where(c => !options.Offline.Contains(c.Name))) channel.GoOnline();
        var broadcasters = channels.All.Select(c => Task.Run(() => new Broadcaster(c, options, time, logger).RunAsync(stoppingToken), stoppingToken)).ToList();
        try
        {
            await await Task.WhenAny(broadcasters); // none ends by itself: the first to fail ends the site, with its reason
        }
        finally
        {
            await Task.WhenAll(broadcasters).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // every encoder is killed before we go
        }
    }
}
