using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using StreamClips.Shared;

namespace StreamClips.ClipWorker.Chat;

/// <summary>How one connection to a chat ended.</summary>
/// <param name="Why">What happened, for people.</param>
/// <param name="Then">What the server wants of us next.</param>
internal sealed record VisitEnd(string Why, ChatRetry Then = ChatRetry.Later);

/// <summary>When a chat is connected to again.</summary>
internal enum ChatRetry
{
    /// <summary>After a wait that grows from try to try.</summary>
    Later,

    /// <summary>At once, but for a jitter; after a visit that did not last it is later all the same.</summary>
    AtOnce,

    /// <summary>Not for minutes: the same connection would be refused again. What refuses may still pass, as a quota does.</summary>
    MuchLater,
}

/// <summary>
/// Visits a chat again and again until it is cancelled. The waits between visits grow and have jitter; only a visit that
/// lasted ends the growth, for a server that lets us join and then sends us away gets as many JOINs as one that does not.
/// </summary>
/// <param name="channel">Whose chat it is, for people.</param>
/// <param name="clock">The time.</param>
/// <param name="random">The source of jitter.</param>
internal sealed class ChatLoop(string channel, TimeProvider clock, Random random)
{
    /// <summary>How long it may take to connect, to join, or to answer a PING.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>A visit that joined and was not shorter than this was a good one.</summary>
    public static readonly TimeSpan Lasting = TimeSpan.FromSeconds(60);

    /// <summary>About when a server that refused is asked again; up to a fifth sooner or later.</summary>
    public static readonly TimeSpan RefusedWait = TimeSpan.FromMinutes(10);

    // The jitter spreads the JOINs of many workers that start, or lose their server, at the same instant.
    private static readonly TimeSpan FirstJitter = TimeSpan.FromSeconds(1);
    private static readonly Backoff Retry = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(200));

    /// <summary>Runs until it is cancelled.</summary>
    /// <param name="visitAsync">One connection, from its opening to its end; sets <see cref="ChatInbox.Listening"/> when it is joined.</param>
    /// <param name="inbox">The inbox.</param>
    /// <param name="events">What the chat tells of itself.</param>
    /// <param name="ct">Ends it.</param>
    public async Task RunAsync(Func<CancellationToken, Task<VisitEnd>> visitAsync, ChatInbox inbox, IChatEvents events, CancellationToken ct)
    {
        var failures = 0;
        inbox.State = ChatState.Connecting;
        await Task.Delay(FirstJitter * random.NextDouble(), clock, ct);
        while (true)
        {
            var began = clock.GetTimestamp();
            var (end, joined) = await VisitAsync(visitAsync, inbox, ct);
            var lasted = joined && clock.GetElapsedTime(began) >= Lasting;
            if (lasted) failures = 0;
            await Task.Delay(Tell(end, lasted, ++failures, inbox, events), clock, ct);
        }
    }

    /// <returns>How long to wait before the next visit.</returns>
    private TimeSpan Tell(VisitEnd end, bool lasted, int failures, ChatInbox inbox, IChatEvents events)
    {
        if (end.Then == ChatRetry.MuchLater)
        {
            var minutes = RefusedWait * (0.8 + 0.4 * random.NextDouble());
            (inbox.State, inbox.Closed) = (ChatState.Refused, end.Why);
            events.ChatRefused(channel, end.Why, minutes);
            return minutes;
        }

        var wait = end.Then == ChatRetry.AtOnce && lasted ? FirstJitter * random.NextDouble() : Retry.Delay(failures, random);
        (inbox.State, inbox.Closed) = (ChatState.Reconnecting, "");
        events.ChatDisconnected(channel, end.Why, wait);
        return wait;
    }

    private static async Task<(VisitEnd End, bool Joined)> VisitAsync(Func<CancellationToken, Task<VisitEnd>> visitAsync, ChatInbox inbox, CancellationToken ct)
    {
        try
        {
            var end = await visitAsync(ct);
            return (end, inbox.Listening);
        }
        catch (Exception e) when (e is IOException or WebSocketException or SocketException or AuthenticationException)
        {
            return (new(e.Message), inbox.Listening);
        }
        finally
        {
            if (inbox.Listening) inbox.State = ChatState.Reconnecting;
        }
    }

    /// <summary>Runs the two halves of a visit, what reads and what watches over the connection, until one of them says why it is over.</summary>
    public static async Task<VisitEnd> FirstOfAsync(Func<CancellationToken, Task<VisitEnd>> watchAsync, Func<CancellationToken, Task<VisitEnd>> readAsync, CancellationToken ct)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var watch = watchAsync(end.Token);
        var read = readAsync(end.Token);
        var first = await Task.WhenAny(watch, read);
        await end.CancelAsync();
        await ((Task)Task.WhenAll(watch, read)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ct.ThrowIfCancellationRequested();
        return await first;
    }

    /// <summary>Opens a connection; null where the server took too long.</summary>
    public static async Task<IChatConnection?> OpenAsync(Uri server, TimeProvider clock, CancellationToken ct)
    {
        using var deadline = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, ct);
        try
        {
            return await ChatConnection.OpenAsync(server, either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return null;
        }
    }
}
