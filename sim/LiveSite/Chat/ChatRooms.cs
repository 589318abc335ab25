using System.Collections.Concurrent;
using StreamClips.LiveSite.Channels;

namespace StreamClips.LiveSite.Chat;

/// <summary>All rooms and connections of the chat.</summary>
/// <param name="channels">The channels; each has a room.</param>
public sealed class ChatRooms(ChannelDirectory channels)
{
    /// <summary>Connections at once; more are closed at once.</summary>
    public const int MaxConnections = 1_000;

    private readonly ConcurrentDictionary<IrcSession, byte> _sessions = new();
    private long _connections;
    private long _linesSent;
    private long _joinsRefused;

    /// <summary>The channels.</summary>
    public ChannelDirectory Channels => channels;

    /// <summary>The connections there are.</summary>
    public IEnumerable<IrcSession> Sessions => _sessions.Keys;

    /// <summary>Connections since the start.</summary>
    public long ConnectionsEver => Interlocked.Read(ref _connections);

    /// <summary>Lines sent to clients since the start.</summary>
    public long LinesSent => Interlocked.Read(ref _linesSent);

    /// <summary>JOINs that came too fast and were ignored.</summary>
    public long JoinsRefused => Interlocked.Read(ref _joinsRefused);

    /// <summary>Takes a connection in; false: there are too many.</summary>
    /// <param name="session">The connection.</param>
    public bool Enter(IrcSession session)
    {
        Interlocked.Increment(ref _connections);
        return _sessions.Count < MaxConnections && _sessions.TryAdd(session, 0);
    }

    /// <summary>Forgets a connection.</summary>
    /// <param name="session">The connection.</param>
    public void Leave(IrcSession session) => _sessions.TryRemove(session, out _);

    /// <summary>The connections that joined a channel's room.</summary>
    /// <param name="channel">The channel's name.</param>
    public IEnumerable<IrcSession> In(string channel) => Sessions.Where(s => s.Dialog.Rooms.Contains(channel));

    /// <summary>Says something to all in a room.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="line">Writes the line for a client with or without tags; null: this client does not get it.</param>
    public void Send(Channel channel, Func<IrcDialog, string?> line)
    {
        foreach (var session in In(channel.Name))
        {
            if (line(session.Dialog) is not { } text) continue;
            session.Send(text);
            Interlocked.Increment(ref _linesSent);
        }
    }

    /// <summary>Counts a JOIN that came too fast.</summary>
    public void CountRefusedJoin() => Interlocked.Increment(ref _joinsRefused);
}
