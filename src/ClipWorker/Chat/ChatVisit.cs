using System.Text;

namespace StreamClips.ClipWorker.Chat;

/// <summary>What a visit to any chat over a connection needs: sends one message at a time, and watches that it was let in and that the server is there.</summary>
/// <param name="connection">The connection; stays the caller's.</param>
/// <param name="place">What is joined, for people.</param>
/// <param name="clock">The time.</param>
internal sealed class ChatVisit(IChatConnection connection, string place, TimeProvider clock) : IDisposable
{
    private readonly SemaphoreSlim _sending = new(1);
    private int _pongs;
    private bool _joined;

    /// <summary>The connection.</summary>
    public IChatConnection Connection => connection;

    /// <summary>Whether the server has let us in.</summary>
    public bool Joined => Volatile.Read(ref _joined);

    /// <summary>Opens a connection, and closes it after the visit.</summary>
    /// <param name="server">The server's address.</param>
    /// <param name="place">What is joined, for people.</param>
    /// <param name="clock">The time.</param>
    /// <param name="run">The visit: what watches it and what reads; the first that ends ends both.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task<VisitEnd> RunAsync(Uri server, string place, TimeProvider clock, Func<ChatVisit, (Func<CancellationToken, Task<VisitEnd>> Watch, Func<CancellationToken, Task<VisitEnd>> Read)> run, CancellationToken ct)
    {
        if (await ChatLoop.OpenAsync(server, clock, ct) is not { } connection) return new("the chat did not answer in time");
        await using var closing = connection;
        using var visit = new ChatVisit(connection, place, clock);
        var (watch, read) = run(visit);
        return await ChatLoop.FirstOfAsync(watch, read, ct);
    }

    /// <summary>The server has let us in; more than once is no news.</summary>
    /// <param name="channel">The channel, for people.</param>
    /// <param name="inbox">Is told that what is silent is silence from now on.</param>
    /// <param name="events">Are told once.</param>
    public void NoteJoined(string channel, ChatInbox inbox, IChatEvents events)
    {
        if (Joined) return;
        Volatile.Write(ref _joined, true);
        inbox.Listening = true;
        events.ChatConnected(channel);
    }

    /// <summary>The server has answered a ping.</summary>
    public void NotePong() => Interlocked.Increment(ref _pongs);

    /// <summary>Sends a message, after those that are being sent.</summary>
    public async Task SendAsync(string message, CancellationToken ct)
    {
        await _sending.WaitAsync(ct);
        try
        {
            await connection.SendAsync(Encoding.UTF8.GetBytes(message), ct);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Ends where the server does not let us in, or leaves a ping without an answer, each for <see cref="ChatLoop.Patience"/>.</summary>
    /// <param name="ping">What it is asked with.</param>
    /// <param name="pause">The time from one answer to the next ping.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<VisitEnd> WatchAsync(string ping, TimeSpan pause, CancellationToken ct)
    {
        await Task.Delay(ChatLoop.Patience, clock, ct);
        if (!Joined) return new($"the server did not let us join {place} in {ChatLoop.Patience.TotalSeconds} s");
        while (true)
        {
            await Task.Delay(pause, clock, ct);
            var pongs = Volatile.Read(ref _pongs);
            await SendAsync(ping, ct);
            await Task.Delay(ChatLoop.Patience, clock, ct);
            if (Volatile.Read(ref _pongs) == pongs) return new($"no answer to a ping in {ChatLoop.Patience.TotalSeconds} s");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _sending.Dispose();
}
