using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Chat;

namespace StreamClips.LiveSite.Control;

/// <summary>The state of the site as <c>GET /control</c> shows it.</summary>
public static class ControlState
{
    /// <summary>Describes the site.</summary>
    /// <param name="channels">The channels.</param>
    /// <param name="rooms">The chat.</param>
    /// <param name="traffic">What was served.</param>
    /// <param name="time">The clock.</param>
    public static object Describe(ChannelDirectory channels, ChatRooms rooms, Traffic traffic, TimeProvider time)
    {
        var now = time.GetUtcNow();
        return new
        {
            now = now.UtcDateTime,
            chat = new { connections = rooms.Sessions.Count(), rooms.ConnectionsEver, rooms.LinesSent, rooms.JoinsRefused },
            requests = traffic.Of(null),
            channels = channels.All.ToDictionary(c => c.Name, c => Describe(c, rooms, traffic, now)),
        };
    }

    private static object Describe(Channel channel, ChatRooms rooms, Traffic traffic, DateTimeOffset now)
    {
        var state = channel.Newest?.Playlist.State();
        return new
        {
            live = channel.Live is not null,
            broadcast = channel.Newest?.Id,
            media_sequence = state?.MediaSequence,
            segments = state?.Segments.Count ?? 0,
            segments_published = channel.Newest?.Playlist.NextSequence ?? 0,
            encoder_starts = channel.EncoderStarts,
            encoder_pid = channel.EncoderProcessId,
            chatters = rooms.In(channel.Name).Count(),
            surges = channel.Surges.All.Select(s => new { s.MomentMs, s.Multiplier, duration = s.DurationSeconds }),
            faults = channel.Faults.All(now),
            requests = traffic.Of(channel.Name),
        };
    }
}
