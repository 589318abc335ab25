using System.Threading.Channels;

namespace StreamClips.LiveSite.Chat;

/// <summary>How a connection carries lines: TCP or WebSocket.</summary>
public interface IIrcTransport
{
    /// <summary>Sends lines, without their ends, together as far as the transport can.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="cancellation">Ends it.</param>
    Task SendAsync(IReadOnlyList<string> lines, CancellationToken cancellation);

    /// <summary>Receives the next line without its end; null: the client has gone, or sent a line beyond <see cref="IrcSession.MaxLineBytes"/>.</summary>
    /// <param name="cancellation">Ends it.</param>
    Task<string?> ReceiveAsync(CancellationToken cancellation);
}

/// <summary>One chat connection: reads lines, answers, sends what is said in its rooms, and pings.</summary>
/// <param name="dialog">The conversation.</param>
/// <param name="pingEvery">How often the server pings.</param>
/// <param name="time">The clock.</param>
public sealed class IrcSession(IrcDialog dialog, TimeSpan pingEvery, TimeProvider time)
{
    /// <summary>Lines that may wait for a slow client; with more its connection is closed.</summary>
    public const int MaxWaiting = 5_000;

    /// <summary>The longest line that a client may send, in bytes.</summary>
    public const int MaxLineBytes = 8_192;

    private const int MaxLinesAtOnce = 40;
    private static readonly TimeSpan PongTimeout = TimeSpan.FromSeconds(10);

    private readonly Channel<string> _waiting = Channel.CreateBounded<string>(MaxWaiting);
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The conversation.</summary>
    public IrcDialog Dialog => dialog;

    /// <summary>Queues a line for the client.</summary>
    /// <param name="line">The line without its end.</param>
    public void Send(string line)
    {
        if (!_waiting.Writer.TryWrite(line)) Close();
    }

    /// <summary>Closes the connection.</summary>
    public void Close()
    {
        _waiting.Writer.TryComplete();
        _over.TrySetResult();
    }

    /// <summary>Runs until either side closes.</summary>
    /// <param name="transport">The connection.</param>
    /// <param name="stopping">Closes it.</param>
    public async Task RunAsync(IIrcTransport transport, CancellationToken stopping)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task[] loops = [ReceiveAllAsync(transport, ends.Token), SendAllAsync(transport, ends.Token), PingAsync(ends.Token)];
        await Task.WhenAny([.. loops, _over.Task]);
        await ends.CancelAsync();
        foreach (var loop in loops)
        {
            try
            {
                await loop;
            }
            catch (Exception end) when (end is OperationCanceledException or IOException or System.Net.WebSockets.WebSocketException
                or Microsoft.AspNetCore.Connections.ConnectionAbortedException)
            {
                // The connection is over: that is how a chat ends.
            }
        }
    }

    private async Task ReceiveAllAsync(IIrcTransport transport, CancellationToken cancellation)
    {
        while (await transport.ReceiveAsync(cancellation) is { } line)
        {
            foreach (var answer in dialog.Answer(line, time.GetUtcNow())) Send(answer);
            if (!dialog.IsOver) continue;
            _waiting.Writer.TryComplete();
            await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancellation); // the last words go out first
            return;
        }
    }

    private async Task SendAllAsync(IIrcTransport transport, CancellationToken cancellation)
    {
        var lines = new List<string>();
        while (await _waiting.Reader.WaitToReadAsync(cancellation))
        {
            lines.Clear();
            while (lines.Count < MaxLinesAtOnce && _waiting.Reader.TryRead(out var line)) lines.Add(line);
            await transport.SendAsync(lines, cancellation);
        }
    }

    private async Task PingAsync(CancellationToken cancellation)
    {
        var patience = PongTimeout < pingEvery / 2 ? PongTimeout : pingEvery / 2;
        while (true)
        {
            await Task.Delay(pingEvery - patience, time, cancellation);
            dialog.ExpectPong();
            Send("PING :tmi.twitch.tv");
            await Task.Delay(patience, time, cancellation);
            if (!dialog.HasPonged) return;
        }
    }
}
