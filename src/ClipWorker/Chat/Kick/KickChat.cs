using System.Globalization;

namespace StreamClips.ClipWorker.Chat.Kick;

/// <summary>The numbers by which Pusher knows a channel of Kick.</summary>
/// <param name="ChatroomId">The chatroom.</param>
/// <param name="ChannelId">The channel, another number.</param>
internal sealed record KickRoom(long ChatroomId, long ChannelId);

/// <summary>
/// Reads the chat of one Kick channel over Pusher (protocol 7, https://pusher.com/docs/channels/library_auth_reference/pusher-websockets-protocol),
/// and hears when its broadcast begins or ends.
/// </summary>
/// <param name="server">Pusher's address, with the application's key and the protocol in it.</param>
/// <param name="channel">The channel's slug, for people.</param>
/// <param name="findRoom">Asks Kick for the channel's numbers; a fault instead where that failed.</param>
/// <param name="clock">The time.</param>
/// <param name="random">The source of jitter.</param>
internal sealed class KickChat(Uri server, string channel, Func<CancellationToken, Task<(KickRoom? Room, string? Fault)>> findRoom, TimeProvider clock, Random random) : IChatSource
{
    /// <summary>How often the server is asked whether it is there.</summary>
    public static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(30);

    private readonly RecentIds _seen = new(10_000);
    private KickRoom? _room;

    /// <inheritdoc/>
    public bool TellsBroadcasts => true;

    /// <inheritdoc/>
    public Task RunAsync(ChatInbox inbox, IChatEvents events, CancellationToken ct) => new ChatLoop(channel, clock, random).RunAsync(
        async stop =>
        {
            if (_room is null)
            {
                (_room, var fault) = await findRoom(stop);
                if (_room is null) return new(fault!);
            }

            return await ChatVisit.RunAsync(server, "the chatroom", clock, open =>
            {
                var visit = new Visit(this, open, inbox, events);
                return (ct => open.WatchAsync("""{"event":"pusher:ping","data":{}}""", PingEvery - ChatLoop.Patience, ct), visit.ReadAsync);
            }, stop);
        },
        inbox, events, ct);

    /// <summary>What an error of Pusher's means for the next try: 4000 to 4099 much later, 4100 to 4199 later, 4200 to 4299 at once.</summary>
    /// <returns>Null: the connection goes on.</returns>
    public static ChatRetry? After(int? code) => code switch
    {
        >= 4000 and < 4100 => ChatRetry.MuchLater,
        >= 4100 and < 4200 => ChatRetry.Later,
        >= 4200 and < 4300 => ChatRetry.AtOnce,
        _ => null,
    };

    /// <summary>One connection, from its opening to its end.</summary>
    private sealed class Visit(KickChat chat, ChatVisit visit, ChatInbox inbox, IChatEvents events)
    {
        public async Task<VisitEnd> ReadAsync(CancellationToken ct)
        {
            var messages = new LineSplitter(PusherFrame.MaxBytes);
            while (true)
            {
                var read = await visit.Connection.ReceiveAsync(messages.Free(), ct);
                if (read == 0)
                {
                    var code = visit.Connection.CloseCode;
                    return new($"the server closed the connection{(code is null ? "" : $" ({code})")}", After(code) ?? ChatRetry.Later);
                }

                messages.Written(read);
                while (Take(messages) is { } frame)
                    if (await HandleAsync(frame, ct) is { } end) return end;
            }
        }

        private static PusherFrame? Take(LineSplitter messages) => messages.TryTake(out var message) ? PusherFrame.Parse(message) : null;

        private async Task<VisitEnd?> HandleAsync(PusherFrame frame, CancellationToken ct)
        {
            switch (frame.Event)
            {
                case "pusher:connection_established":
                    await SubscribeAsync($"chatrooms.{chat._room!.ChatroomId}.v2", ct);
                    await SubscribeAsync($"channel.{chat._room.ChannelId}", ct);
                    break;
                case "pusher_internal:subscription_succeeded" when frame.Channel.StartsWith("chatrooms.", StringComparison.Ordinal):
                    visit.NoteJoined(chat.Name, inbox, events);
                    break;
                case "pusher:ping":
                    await visit.SendAsync("""{"event":"pusher:pong","data":{}}""", ct);
                    break;
                case "pusher:pong":
                    visit.NotePong();
                    break;
                case "pusher:error":
                    return Refused(frame);
                default:
                    Hear(frame);
                    break;
            }

            return null;
        }

        private VisitEnd? Refused(PusherFrame frame)
        {
            var code = int.TryParse(frame.Get("code"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : (int?)null;
            var why = $"the server says: {Printable(frame.Get("message"))}{(code is null ? "" : $" ({code})")}";
            return After(code) is { } then ? new(why, then) : visit.Joined ? null : new(why);
        }

        private void Hear(PusherFrame frame)
        {
            if (KickEvent.IsOfBroadcast(frame)) inbox.NoteBroadcast();
            else if (KickEvent.InChat(frame, chat.Clock.GetUtcNow()) is { } heard && (heard.Kind != ChatEventKind.Said || chat._seen.Add(heard.Message.Id))) inbox.Put(heard);
        }

        private Task SubscribeAsync(string to, CancellationToken ct) => visit.SendAsync($$$"""{"event":"pusher:subscribe","data":{"auth":"","channel":"{{{to}}}"}}""", ct);

        private static string Printable(string text) => string.Concat(text.Take(200).Select(c => char.IsControl(c) ? ' ' : c));
    }

    private string Name => channel;

    private TimeProvider Clock => clock;
}
