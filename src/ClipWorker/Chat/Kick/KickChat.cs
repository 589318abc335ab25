using System.Globalization;
using System.Text;

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
            using var visit = new Visit(this, inbox, events);
            return await visit.RunAsync(stop);
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
    private sealed class Visit(KickChat chat, ChatInbox inbox, IChatEvents events) : IDisposable
    {
        private readonly SemaphoreSlim _sending = new(1);
        private IChatConnection _connection = null!;
        private int _pongs;
        private bool _joined;

        /// <inheritdoc/>
        public void Dispose() => _sending.Dispose();

        public async Task<VisitEnd> RunAsync(CancellationToken ct)
        {
            if (chat._room is null)
            {
                (chat._room, var fault) = await chat.FindRoomAsync(ct);
                if (chat._room is null) return new(fault!);
            }

            if (await ChatLoop.OpenAsync(chat.Server, chat.Clock, ct) is not { } connection) return new("the chat did not answer in time");
            await using (_connection = connection) return await ChatLoop.FirstOfAsync(WatchAsync, ReadAsync, ct);
        }

        /// <summary>Asks twice a minute whether the server is there; ends where it is not.</summary>
        private async Task<VisitEnd> WatchAsync(CancellationToken ct)
        {
            await Task.Delay(ChatLoop.Patience, chat.Clock, ct);
            if (!Volatile.Read(ref _joined)) return new($"the server did not let us join the chatroom in {ChatLoop.Patience.TotalSeconds} s");
            while (true)
            {
                await Task.Delay(PingEvery - ChatLoop.Patience, chat.Clock, ct);
                var pongs = Volatile.Read(ref _pongs);
                await SendAsync("""{"event":"pusher:ping","data":{}}""", ct);
                await Task.Delay(ChatLoop.Patience, chat.Clock, ct);
                if (Volatile.Read(ref _pongs) == pongs) return new($"no answer to a ping in {ChatLoop.Patience.TotalSeconds} s");
            }
        }

        private async Task<VisitEnd> ReadAsync(CancellationToken ct)
        {
            var messages = new LineSplitter(PusherFrame.MaxBytes);
            while (true)
            {
                var read = await _connection.ReceiveAsync(messages.Free(), ct);
                if (read == 0)
                {
                    var code = _connection.CloseCode;
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
                case "pusher_internal:subscription_succeeded" when !_joined && frame.Channel.StartsWith("chatrooms.", StringComparison.Ordinal):
                    Volatile.Write(ref _joined, true);
                    inbox.Listening = true;
                    events.ChatConnected(chat.Name);
                    break;
                case "pusher:ping":
                    await SendAsync("""{"event":"pusher:pong","data":{}}""", ct);
                    break;
                case "pusher:pong":
                    Interlocked.Increment(ref _pongs);
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
            return After(code) is { } then ? new(why, then) : _joined ? null : new(why);
        }

        private void Hear(PusherFrame frame)
        {
            if (KickEvent.IsOfBroadcast(frame)) inbox.NoteBroadcast();
            else if (KickEvent.InChat(frame, chat.Clock.GetUtcNow()) is { } heard && (heard.Kind != ChatEventKind.Said || chat._seen.Add(heard.Message.Id))) inbox.Put(heard);
        }

        private Task SubscribeAsync(string to, CancellationToken ct) => SendAsync($$$"""{"event":"pusher:subscribe","data":{"auth":"","channel":"{{{to}}}"}}""", ct);

        private async Task SendAsync(string message, CancellationToken ct)
        {
            await _sending.WaitAsync(ct);
            try
            {
                await _connection.SendAsync(Encoding.UTF8.GetBytes(message), ct);
            }
            finally
            {
                _sending.Release();
            }
        }

        private static string Printable(string text) => string.Concat(text.Take(200).Select(c => char.IsControl(c) ? ' ' : c));
    }

    private Uri Server => server;

    private string Name => channel;

    private TimeProvider Clock => clock;

    private Task<(KickRoom? Room, string? Fault)> FindRoomAsync(CancellationToken ct) => findRoom(ct);
}
