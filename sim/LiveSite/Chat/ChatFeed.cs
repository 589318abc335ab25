using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Faults;
using StreamClips.LiveSite.Kick;

namespace StreamClips.LiveSite.Chat;

/// <summary>Says in every room what its source has, in slots of <see cref="ChatGenerator.SlotMilliseconds"/>, each when it is over.</summary>
public sealed class ChatFeed(ChatRooms rooms, KickChat kick, ChatSources sources, TimeProvider time) : BackgroundService
{
    // After a pause of the machine older slots are left out.
    private const long MaxLagMilliseconds = 5_000;

    private long _saidUntilMs;

    /// <summary>Says what became due since the last call.</summary>
    /// <param name="nowMs">The time, milliseconds since the Unix epoch.</param>
    public void RunOnce(long nowMs)
    {
        var until = nowMs - nowMs % ChatGenerator.SlotMilliseconds;
        var from = Math.Max(_saidUntilMs, until - MaxLagMilliseconds);
        foreach (var channel in rooms.Channels.All)
        {
            var now = DateTimeOffset.FromUnixTimeMilliseconds(nowMs);
            if (channel.Faults.Active(FaultKind.ChatSilence, FaultTarget.Chat, now) is not null) continue;
            var skew = channel.Faults.Active(FaultKind.Skew, FaultTarget.Chat, now)?.Number ?? 0;
            foreach (var line in sources.Of(channel.Name).Between(from, until)) Say(channel, line with { SentAtMs = line.SentAtMs + skew });
        }
        kick.TellBroadcasts();
        _saidUntilMs = until;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _saidUntilMs = time.GetUtcNow().ToUnixTimeMilliseconds() / ChatGenerator.SlotMilliseconds * ChatGenerator.SlotMilliseconds;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(ChatGenerator.SlotMilliseconds), time);
        while (await timer.WaitForNextTickAsync(stoppingToken)) RunOnce(time.GetUtcNow().ToUnixTimeMilliseconds());
    }

    private void Say(Channel channel, ChatLine line)
    {
        kick.Say(channel, line);
        string? tagged = null, bare = null;
        rooms.Send(channel, dialog => dialog.HasTags
            ? tagged ??= line.ToIrc(channel.Name, channel.UserId, withTags: true)
            : bare ??= line.ToIrc(channel.Name, channel.UserId, withTags: false));
    }
}
