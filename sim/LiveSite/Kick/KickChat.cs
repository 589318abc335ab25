using System.Collections.Concurrent;
using System.Net.WebSockets;
using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Chat;
using StreamClips.LiveSite.Faults;

namespace StreamClips.LiveSite.Kick;

/// <summary>All connections to Kick's chat, and what is said to them.</summary>
public sealed class KickChat(ChannelDirectory channels, LiveSiteOptions options, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan LongestActivityTimeout = TimeSpan.FromSeconds(120);

    private readonly ConcurrentDictionary<PusherSession, byte> _sessions = new();
    private readonly ConcurrentDictionary<Channel, Broadcast> _live = new();
    private int _connections;

    /// <summary>The connections that hear a channel's chat.</summary>
    /// <param name="channel">The channel.</param>
    public IEnumerable<PusherSession> In(Channel channel) => _sessions.Keys.Where(s => s.Dialog.Hears(KickNames.Chatroom(channel)));

    /// <summary>Says a chat message.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="line">The message.</param>
    public void Say(Channel channel, ChatLine line)
    {
        string? text = null;
        foreach (var session in In(channel)) session.Send(text ??= KickMessages.Said(channel, line));
    }

    /// <summary>Lets something happen: what <see cref="ChatEvents"/> lets happen on Twitch.</summary>
    /// <param name="kind">The kind of fault.</param>
    /// <param name="text">What it is about.</param>
    /// <param name="channel">The channel.</param>
    public void Happen(string kind, string text, Channel channel)
    {
        foreach (var session in In(channel))
        {
            if (kind == "chat_disconnect") session.Close();
            else if (kind == "chat_reconnect") session.Send(PusherDialog.Error(4200, "Please reconnect immediately"));
            else if (KickMessages.Happened(kind, text, channel) is { } message) session.Send(message);
        }
    }

    /// <summary>Tells of the broadcasts that began or ended since the last call.</summary>
    public void TellBroadcasts()
    {
        foreach (var channel in channels.All)
        {
            var was = _live.GetValueOrDefault(channel);
            var now = channel.Live;
            if (was == now) continue;
            if (now is null) _live.TryRemove(channel, out _);
            else _live[channel] = now;
            var message = KickMessages.Broadcast(channel, live: now is not null, now ?? was!);
            foreach (var session in _sessions.Keys.Where(s => s.Dialog.Hears(KickNames.Events(channel)))) session.Send(message);
        }
    }

    /// <summary>Serves a WebSocket.</summary>
    /// <param name="context">The request.</param>
    /// <param name="key">The application's key in the path.</param>
    public async Task ServeAsync(HttpContext context, string key)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            await context.Response.WriteAsync("This is the chat: connect with a WebSocket.\n");
            return;
        }
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        try
        {
            using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
            if (channels.All.Any(c => c.Faults.Take(FaultKind.ChatRefuse, FaultTarget.Chat, time.GetUtcNow()) is not null)) context.Abort();
            else await ServeAsync(socket, key, context.Request.Query, ends.Token);
        }
        catch (Exception end) when (end is OperationCanceledException or IOException or WebSocketException)
        {
            // The connection is over: that is how a chat ends.
        }
        context.Abort();
    }

    private async Task ServeAsync(WebSocket socket, string key, IQueryCollection query, CancellationToken ends)
    {
        var timeout = options.ChatPing < LongestActivityTimeout ? options.ChatPing : LongestActivityTimeout;
        var session = new PusherSession(socket, new PusherDialog(Interlocked.Increment(ref _connections), (int)Math.Ceiling(timeout.TotalSeconds)), timeout, time);
        var greeting = session.Dialog.Greet(key, query);
        if (session.Dialog.CloseCode is { } code)
        {
            await session.RefuseAsync(greeting, code, ends);
            await Task.Delay(TimeSpan.FromMilliseconds(200), time, ends); // the last words go out first
            return;
        }
        session.Send(greeting);
        if (_sessions.Count >= ChatRooms.MaxConnections || !_sessions.TryAdd(session, 0)) return;
        try
        {
            await session.RunAsync(ends);
        }
        finally
        {
            _sessions.TryRemove(session, out _);
        }
    }
}
