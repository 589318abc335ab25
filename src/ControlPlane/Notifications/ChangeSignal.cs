using System.Collections.Concurrent;

namespace StreamClips.ControlPlane.Notifications;

/// <summary>What may change.</summary>
public static class Topic
{
    /// <summary>There is a new event.</summary>
    public const string Events = "events";

    /// <summary>There are new log lines; said at most some times a second, however many there are.</summary>
    public const string Logs = "logs";

    /// <summary>Streamers, nodes or settings changed: assignments may have to.</summary>
    public const string Planning = "planning";

    /// <summary>What nodes shall run changed.</summary>
    public const string Desired = "desired";

    /// <summary>A session or a token ended: whoever follows something asks whether they still may.</summary>
    public const string Access = "access";

    /// <summary>The leader gave the lease back: another may lead.</summary>
    public const string Leadership = "leadership";

    /// <summary>Nodes were revoked, retired or enrolled anew: open sessions may have to end.</summary>
    public const string Trust = "trust";

    /// <summary>Clips are to be removed, or files that are no clip's.</summary>
    public const string Removal = "removal";
}

/// <summary>
/// Wakes those who wait for a change, wherever it was made: the database announces it (NOTIFY), the listener sets the
/// signal. A signal says that something changed, never what; who is woken reads the database, and polls besides.
/// </summary>
public sealed class ChangeSignal
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _waiters = new();

    /// <summary>Completes at the next change. Take it before reading what may change.</summary>
    public Task NextAsync(string topic) => _waiters.GetOrAdd(topic, _ => Fresh()).Task;

    /// <summary>Wakes everybody who waits.</summary>
    public void Set(string topic)
    {
        if (_waiters.TryRemove(topic, out var waiter)) waiter.TrySetResult();
    }

    /// <summary>Wakes everybody on every topic: what was missed is not known.</summary>
    public void SetAll()
    {
        foreach (var topic in _waiters.Keys) Set(topic);
    }

    private static TaskCompletionSource Fresh() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>Waiting for a change or a time, whichever is first.</summary>
public static class ChangeWait
{
    /// <summary>Waits for a change taken from <see cref="ChangeSignal.NextAsync"/>.</summary>
    /// <returns>Whether it came; false: the time is up.</returns>
    public static async Task<bool> OrAfterAsync(this Task change, TimeSpan limit, TimeProvider clock, CancellationToken cancellation)
    {
        try
        {
            await change.WaitAsync(limit, clock, cancellation);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
