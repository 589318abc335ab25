using System.Net.WebSockets;
using System.Text;
using System.Threading.Channels;

namespace StreamClips.LiveSite.Kick;

/// <summary>One connection to Pusher. A client that is silent for the activity timeout is pinged, and without an answer dropped.</summary>
/// <param name="socket">The connection.</param>
/// <param name="dialog">The conversation.</param>
/// <param name="activityTimeout">How long a client may be silent.</param>
/// <param name="time">The clock.</param>
public sealed class PusherSession(WebSocket socket, PusherDialog dialog, TimeSpan activityTimeout, TimeProvider time)
{
    /// <summary>Messages that may wait for a slow client; with more its connection is closed.</summary>
    public const int MaxWaiting = 5_000;

    /// <summary>The longest message that a client may send, in bytes.</summary>
    public const int MaxMessageBytes = 10_240;

    private readonly Channel<string> _waiting = Channel.CreateBounded<string>(MaxWaiting);
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _heardAt = time.GetTimestamp();

    /// <summary>The conversation.</summary>
    public PusherDialog Dialog => dialog;

    /// <summary>Queues a message for the client.</summary>
    /// <param name="message">The message.</param>
    public void Send(string message)
    {
        if (!_waiting.Writer.TryWrite(message)) Close();
    }

    /// <summary>Closes the connection without a farewell.</summary>
    public void Close() => _over.TrySetResult();

    /// <summary>Runs until either side closes.</summary>
    /// <param name="stopping">Closes it.</param>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task[] loops = [ReceiveAllAsync(ends.Token), SendAllAsync(ends.Token), DropWhenSilentAsync(ends.Token)];
        await Task.WhenAny([.. loops, _over.Task]);
        await ends.CancelAsync();
        await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Says the last words and closes with a code of Pusher's.</summary>
    /// <param name="words">The words.</param>
    /// <param name="code">The code.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task RefuseAsync(string words, int code, CancellationToken cancellation)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(words), WebSocketMessageType.Text, endOfMessage: true, cancellation);
        await socket.CloseOutputAsync((WebSocketCloseStatus)code, null, cancellation);
    }

    private async Task ReceiveAllAsync(CancellationToken cancellation)
    {
        var buffer = new byte[MaxMessageBytes];
        while (true)
        {
            var length = 0;
            ValueWebSocketReceiveResult result;
            do
            {
                if (length == buffer.Length) return;
                result = await socket.ReceiveAsync(buffer.AsMemory(length), cancellation);
                if (result.MessageType == WebSocketMessageType.Close) return;
                length += result.Count;
            }
            while (!result.EndOfMessage);
            Volatile.Write(ref _heardAt, time.GetTimestamp());
            if (dialog.Answer(Encoding.UTF8.GetString(buffer, 0, length)) is { } answer) Send(answer);
        }
    }

    private async Task SendAllAsync(CancellationToken cancellation)
    {
        await foreach (var message in _waiting.Reader.ReadAllAsync(cancellation))
            await socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, cancellation);
    }

    private async Task DropWhenSilentAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var silent = time.GetElapsedTime(Volatile.Read(ref _heardAt));
            if (silent >= activityTimeout)
            {
                var asked = Volatile.Read(ref _heardAt);
                Send("""{"event":"pusher:ping","data":"{}"}""");
                await Task.Delay(activityTimeout / 2, time, cancellation);
                if (Volatile.Read(ref _heardAt) != asked) continue;
                Send(PusherDialog.Error(4201, "Pong reply not received in time"));
                await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancellation); // the last words go out first
                return;
            }
            await Task.Delay(activityTimeout - silent, time, cancellation);
        }
    }
}
