using StreamClips.LiveSite.Control;

namespace StreamClips.LiveSite.Channels;

/// <summary>Gives the channels moments by themselves, in turns.</summary>
public sealed class AutoSurge(ChannelDirectory channels, LiveSiteOptions options, Traffic traffic, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    private const double DurationSeconds = 25;

    /// <summary>When a channel's moments are due, counted from the start of the site, or from the first watcher.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="index">The channel's place in the list.</param>
    /// <param name="channelCount">How many channels there are.</param>
    /// <param name="turn">Which moment, from 0.</param>
    public static TimeSpan Due(AutoSurgePlan plan, int index, int channelCount, int turn) =>
        plan.First + plan.Every * (turn + (double)index / channelCount);

    /// <summary>How strong a moment is: 6 to 12 times the usual rate, the same in every run.</summary>
    /// <param name="index">The channel's place in the list.</param>
    /// <param name="turn">Which moment, from 0.</param>
    public static double Strength(int index, int turn) => 6 + ChannelNames.Hash($"{index}/{turn}") % 7;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.AutoSurge is not { } plan) return;
        while (options.SurgesWaitForWatcher && !traffic.IsWatched) await Task.Delay(Poll, time, stoppingToken);
        var start = time.GetUtcNow();
        for (var turn = 0; ; turn++)
        {
            foreach (var channel in channels.All)
            {
                var wait = start + Due(plan, channel.Index, channels.All.Count, turn) - time.GetUtcNow();
                if (wait > TimeSpan.Zero) await Task.Delay(wait, time, stoppingToken);
                if (channel.Live is not null) channel.StartSurge(Strength(channel.Index, turn), DurationSeconds);
            }
        }
    }
}
