using System.Text;

namespace StreamClips.ClipWorker.Chat;

/// <summary>
/// Reads the chat of one Twitch channel without an account and puts it into an inbox, for as long as it runs: what breaks
/// is opened again. A JOIN that is not confirmed is one too many: Twitch allows 20 in 10 s from an address.
/// </summary>
internal sealed class TwitchChat : IChatSource
{
    /// <summary>The longest line; Twitch's own are below 8 KiB of tags and 2 KiB of text.</summary>
    public const int MaxLineBytes = 16 << 10;

    /// <summary>After so long a silence of ours the server is asked whether it is there.</summary>
    public static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(60);

    private readonly Uri _server;
    private readonly string _channel;
    private readonly TimeProvider _clock;
    private readonly Random _random;
    private readonly JoinBudget? _joins;
    private readonly RecentIds _seen = new(10_000);

    /// <summary>Makes a reader of one channel's chat.</summary>
    /// <param name="server">The server's address.</param>
    /// <param name="channel">The channel, in lower case.</param>
    /// <param name="clock">The time.</param>
    /// <param name="random">The source of jitter.</param>
    /// <param name="joins">Counts the JOINs of all that join from this address; null: nobody does.</param>
    public TwitchChat(Uri server, string channel, TimeProvider clock, Random random, JoinBudget? joins = null) =>
        (_server, _channel, _clock, _random, _joins) = (server, channel, clock, random, joins);

    // The text of the NOTICE msg_channel_suspended, which comes on JOIN, and into the room when it happens.
    private static ReadOnlySpan<byte> Suspended => "This channel does not exist or has been suspended"u8;

    private enum Answer
    {
        None,
        Pong,
        Joined,
        Reconnect,
        Refused,
    }

    /// <inheritdoc/>
    public Task RunAsync(ChatInbox inbox, IChatEvents events, CancellationToken ct) => new ChatLoop(_channel, _clock, _random).RunAsync(
        stop => ChatVisit.RunAsync(_server, $"#{_channel}", _clock, open =>
        {
            var visit = new Visit(this, open, inbox, events);
            return (visit.JoinAsync, visit.ReadAsync);
        }, stop),
        inbox, events, ct);

    /// <summary>One connection, from its opening to its end.</summary>
    private sealed class Visit(TwitchChat chat, ChatVisit visit, ChatInbox inbox, IChatEvents events)
    {
        private readonly TextBuffer _text = new();
        private string _refusal = "";

        public async Task<VisitEnd> JoinAsync(CancellationToken ct)
        {
            await SendAsync("CAP REQ :twitch.tv/tags twitch.tv/commands", ct);
            await SendAsync($"NICK justinfan{chat._random.Next(10_000, 99_999)}", ct);
            // Only now: connecting may take seconds or fail, and what counts is when the JOINs arrive.
            if (chat._joins is { } joins) await joins.TakeAsync(ct);
            await SendAsync($"JOIN #{chat._channel}", ct);
            return await visit.WatchAsync("PING :streamclips\r\n", PingEvery, ct);
        }

        public async Task<VisitEnd> ReadAsync(CancellationToken ct)
        {
            var lines = new LineSplitter(MaxLineBytes);
            while (true)
            {
                var read = await visit.Connection.ReceiveAsync(lines.Free(), ct);
                if (read == 0) return new("the server closed the connection");
                lines.Written(read);
                while (true)
                {
                    var (any, answer, pong) = TakeLine(lines);
                    if (!any) break;
                    if (answer == Answer.Reconnect) return new("the server asked us to connect anew", ChatRetry.AtOnce);
                    if (answer == Answer.Refused) return new(_refusal);
                    if (pong is not null) await SendAsync(pong, ct);
                    if (answer == Answer.Joined) visit.NoteJoined(chat._channel, inbox, events);
                }
            }
        }

        private (bool Any, Answer Answer, string? Pong) TakeLine(LineSplitter lines)
        {
            if (!lines.TryTake(out var bytes)) return default;
            var line = TwitchLine.Parse(bytes);
            switch (line.Kind)
            {
                case TwitchLineKind.Said or TwitchLineKind.MessageRemoved or TwitchLineKind.UserRemoved:
                    var chatEvent = line.ToEvent(chat._clock.GetUtcNow(), _text);
                    if (line.Kind != TwitchLineKind.Said || chat._seen.Add(chatEvent.Message.Id)) inbox.Put(chatEvent);
                    return (true, Answer.None, null);
                case TwitchLineKind.Ping:
                    return (true, Answer.Pong, $"PONG :{Encoding.UTF8.GetString(line.Text)}");
                case TwitchLineKind.Pong:
                    visit.NotePong();
                    return (true, Answer.None, null);
                case TwitchLineKind.Joined:
                    return (true, Answer.Joined, null);
                case TwitchLineKind.Reconnect:
                    return (true, Answer.Reconnect, null);
                case TwitchLineKind.Notice when !visit.Joined || line.Text.StartsWith(Suspended):
                    _refusal = $"the server says: {Encoding.UTF8.GetString(line.Text)}";
                    return (true, Answer.Refused, null);
                default:
                    return (true, Answer.None, null);
            }
        }

        private Task SendAsync(string line, CancellationToken ct) => visit.SendAsync(line + "\r\n", ct);
    }
}
