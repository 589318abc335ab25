using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Text;
using StreamClips.Shared;

namespace StreamClips.ClipWorker.Chat;

/// <summary>
/// Reads the chat of one Twitch channel without an account and puts it into an inbox, for as long as it runs: what breaks
/// is opened again. Waits between tries grow and have jitter, as Twitch allows 20 JOINs in 10 s from an address.
/// </summary>
internal sealed class TwitchChat : IChatSource
{
    /// <summary>The longest line; Twitch's own are below 8 KiB of tags and 2 KiB of text.</summary>
    public const int MaxLineBytes = 16 << 10;

    /// <summary>After so long a silence of ours the server is asked whether it is there.</summary>
    public static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(60);

    /// <summary>How long it may take to connect, to confirm the JOIN, or to answer a PING.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly Backoff Retry = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(200));

    private readonly Uri _server;
    private readonly string _channel;
    private readonly TimeProvider _clock;
    private readonly Random _random;
    private readonly RecentIds _seen = new(10_000);

    /// <summary>Makes a reader of one channel's chat.</summary>
    public TwitchChat(Uri server, string channel, TimeProvider clock, Random random) =>
        (_server, _channel, _clock, _random) = (server, channel, clock, random);

    private enum Answer
    {
        None,
        Pong,
        Joined,
        Reconnect,
        Refused,
    }

    /// <inheritdoc/>
    public async Task RunAsync(ChatInbox inbox, IChatEvents events, CancellationToken ct)
    {
        var failures = 0;
        while (true)
        {
            string why;
            var joined = false;
            try
            {
                using var visit = new Visit(this, inbox, events);
                why = await visit.RunAsync(() => joined = true, ct);
            }
            catch (Exception e) when (e is IOException or WebSocketException or SocketException or AuthenticationException)
            {
                why = e.Message;
            }
            finally
            {
                inbox.Listening = false;
            }

            failures = joined ? 1 : failures + 1;
            var wait = Retry.Delay(failures, _random);
            events.ChatDisconnected(_channel, why, wait);
            await Task.Delay(wait, _clock, ct);
        }
    }

    /// <summary>One connection, from its opening to its end.</summary>
    private sealed class Visit(TwitchChat chat, ChatInbox inbox, IChatEvents events) : IDisposable
    {
        private readonly SemaphoreSlim _sending = new(1);
        private readonly TextBuffer _text = new();
        private string _refusal = "";
        private int _pongs;
        private bool _joined;

        /// <inheritdoc/>
        public void Dispose() => _sending.Dispose();

        /// <returns>Why it ended.</returns>
        public async Task<string> RunAsync(Action joined, CancellationToken ct)
        {
            using var opening = new CancellationTokenSource(Patience, chat._clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(opening.Token, ct);
            IChatConnection connection;
            try
            {
                connection = await ChatConnection.OpenAsync(chat._server, either.Token);
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                return "the chat did not answer in time";
            }

            await using (connection)
            {
                using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
                var watch = WatchAsync(connection, end.Token);
                var read = ReadAsync(connection, joined, end.Token);
                var first = await Task.WhenAny(watch, read);
                await end.CancelAsync();
                await ((Task)Task.WhenAll(watch, read)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                ct.ThrowIfCancellationRequested();
                return await first;
            }
        }

        /// <summary>Joins, then asks once a minute whether the server is there; ends where it is not.</summary>
        private async Task<string> WatchAsync(IChatConnection connection, CancellationToken ct)
        {
            await SendAsync(connection, "CAP REQ :twitch.tv/tags twitch.tv/commands", ct);
            await SendAsync(connection, $"NICK justinfan{chat._random.Next(10_000, 99_999)}", ct);
            await SendAsync(connection, $"JOIN #{chat._channel}", ct);
            await Task.Delay(Patience, chat._clock, ct);
            if (!Volatile.Read(ref _joined)) return $"the server did not let us join #{chat._channel} in {Patience.TotalSeconds} s";
            while (true)
            {
                await Task.Delay(PingEvery, chat._clock, ct);
                var pongs = Volatile.Read(ref _pongs);
                await SendAsync(connection, "PING :streamclips", ct);
                await Task.Delay(Patience, chat._clock, ct);
                if (Volatile.Read(ref _pongs) == pongs) return $"no answer to a PING in {Patience.TotalSeconds} s";
            }
        }

        private async Task<string> ReadAsync(IChatConnection connection, Action joined, CancellationToken ct)
        {
            var lines = new LineSplitter(MaxLineBytes);
            while (true)
            {
                var read = await connection.ReceiveAsync(lines.Free(), ct);
                if (read == 0) return "the server closed the connection";
                lines.Written(read);
                while (true)
                {
                    var (any, answer, pong) = TakeLine(lines);
                    if (!any) break;
                    if (answer == Answer.Reconnect) return "the server asked us to connect anew";
                    if (answer == Answer.Refused) return _refusal;
                    if (pong is not null) await SendAsync(connection, pong, ct);
                    if (answer == Answer.Joined && !_joined)
                    {
                        Volatile.Write(ref _joined, true);
                        inbox.Listening = true;
                        joined();
                        events.ChatConnected(chat._channel);
                    }
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
                    Interlocked.Increment(ref _pongs);
                    return (true, Answer.None, null);
                case TwitchLineKind.Joined:
                    return (true, Answer.Joined, null);
                case TwitchLineKind.Reconnect:
                    return (true, Answer.Reconnect, null);
                case TwitchLineKind.Notice when !_joined:
                    _refusal = $"the server says: {Encoding.UTF8.GetString(line.Text)}";
                    return (true, Answer.Refused, null);
                default:
                    return (true, Answer.None, null);
            }
        }

        private async Task SendAsync(IChatConnection connection, string line, CancellationToken ct)
        {
            await _sending.WaitAsync(ct);
            try
            {
                await connection.SendAsync(Encoding.UTF8.GetBytes(line + "\r\n"), ct);
            }
            finally
            {
                _sending.Release();
            }
        }
    }
}
