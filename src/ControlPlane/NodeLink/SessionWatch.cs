using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Notifications;

namespace StreamClips.ControlPlane.NodeLink;

/// <summary>
/// Looks for all sessions of this replica together, in one query, whether a node is to be told something or is trusted no longer, and wakes the sessions of those
/// nodes alone. Two thousand sessions that each asked for themselves, all of them at each change of any node, kept both the database and the API waiting.
/// </summary>
public sealed partial class SessionWatch(NodeSessionStore store, ChangeSignal signal, TimeProvider clock, ILogger<SessionWatch> log) : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly HashSet<WatchedSession> _sessions = [];

    /// <summary>Looks for a session from now on; dispose what is returned when it ends.</summary>
    /// <param name="node">Its node.</param>
    /// <param name="serial">The certificate that it came with.</param>
    public WatchedSession Add(string node, string serial)
    {
        var session = new WatchedSession(node, serial, clock, Remove);
        lock (_lock) _sessions.Add(session);
        return session;
    }

    /// <summary>Looks once.</summary>
    /// <returns>How many sessions were woken.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancellation)
    {
        var sessions = All();
        if (sessions.Length == 0) return 0;
        var found = await store.ChangedAsync(sessions, cancellation);
        foreach (var one in found)
        {
            if (one.Desired) sessions[one.Place - 1].Desired.Set();
            if (one.Trust) sessions[one.Place - 1].Trust.Set();
        }

        return found.Count;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        while (true)
        {
            var change = Task.WhenAny(signal.NextAsync(Topic.Desired), signal.NextAsync(Topic.Trust));
            try
            {
                await RunOnceAsync(stoppingToken);
                failures = 0;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (!DatabaseFault.IsUnavailable(e)) Failed(e);
                failures++;
            }

            // One failure may be a busy moment, which thousands of questions more would lengthen. After another one each asks for itself, and ends where the
            // database does not answer it either: its agent then dials another replica.
            if (failures > 1)
                foreach (var session in All()) session.SetAll();

            await change.OrAfterAsync(failures == 1 ? Soon : Poll, clock, stoppingToken);
        }
    }

    private WatchedSession[] All()
    {
        lock (_lock) return [.. _sessions];
    }

    private void Remove(WatchedSession session)
    {
        lock (_lock) _sessions.Remove(session);
    }

    [LoggerMessage(1420, LogLevel.Error, "sessions.failed: what nodes are to be told could not be looked for; trying again")]
    private partial void Failed(Exception exception);
}

/// <summary>One session as the watch sees it.</summary>
/// <param name="node">Its node.</param>
/// <param name="serial">The certificate that it came with.</param>
/// <param name="clock">The clock.</param>
/// <param name="remove">What is done when it ends.</param>
public sealed class WatchedSession(string node, string serial, TimeProvider clock, Action<WatchedSession> remove) : IDisposable
{
    // Less than the watch's poll, so that each poll repeats what is not applied, and a burst of changes to others does not.
    private static readonly TimeSpan RepeatAfter = TimeSpan.FromSeconds(4);

    private volatile Telling _told = new(0, clock.GetTimestamp());

    /// <summary>Its node.</summary>
    public string Node => node;

    /// <summary>The certificate that it came with.</summary>
    public string Serial => serial;

    /// <summary>There is, or may be, something to tell.</summary>
    public Waker Desired { get; } = new();

    /// <summary>It is, or may be, trusted no longer.</summary>
    public Waker Trust { get; } = new();

    /// <summary>The revision that its node was told last; 0: none yet.</summary>
    public long Told => _told.Revision;

    /// <summary>Whether it is time to say the same again where the node has not applied it (its disk may have been full).</summary>
    public bool Repeats => clock.GetElapsedTime(_told.At) > RepeatAfter;

    /// <summary>The node was told this revision now.</summary>
    public void Tell(long revision) => _told = new(revision, clock.GetTimestamp());

    /// <summary>Wakes all that waits in it.</summary>
    public void SetAll()
    {
        Desired.Set();
        Trust.Set();
    }

    /// <inheritdoc/>
    public void Dispose() => remove(this);

    private sealed record Telling(long Revision, long At);
}

/// <summary>Wakes one that waits.</summary>
public sealed class Waker
{
    private TaskCompletionSource _next = Fresh();

    /// <summary>Completes when it is woken next. Take it before reading what it is woken for.</summary>
    public Task NextAsync() => Volatile.Read(ref _next).Task;

    /// <summary>Wakes it.</summary>
    public void Set() => Interlocked.Exchange(ref _next, Fresh()).TrySetResult();

    private static TaskCompletionSource Fresh() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
