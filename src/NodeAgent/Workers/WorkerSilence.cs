using StreamClips.Shared.Journal;
using StreamClips.Shared.Workers;

namespace StreamClips.NodeAgent.Workers;

/// <summary>
/// How long a worker has said nothing although it could. By the agent's own looks: an agent that stood still itself, or has just
/// adopted the worker, begins anew. A journal at its bound takes no status lines, and then silence says nothing.
/// </summary>
public sealed class WorkerSilence
{
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(5);
    private long _heard = -1;
    private DateTimeOffset _since;
    private DateTimeOffset _lookedAt;

    /// <summary>Begins anew: another process runs.</summary>
    public void Reset() => _heard = -1;

    /// <summary>Looks once.</summary>
    /// <param name="statuses">Status lines that were seen.</param>
    /// <param name="directory">The worker's directory.</param>
    /// <param name="now">The time.</param>
    /// <returns>How long it has been silent.</returns>
    public TimeSpan Look(long statuses, WorkerDirectory directory, DateTimeOffset now)
    {
        var stoodStill = now - _lookedAt > LongestLook || now < _lookedAt;
        _lookedAt = now;
        if (statuses != _heard || stoodStill) (_heard, _since) = (statuses, now);
        if (now - _since > LongestLook && directory.JournalFiles().Count >= JournalWriter.MaxFiles) _since = now;
        return now - _since;
    }
}
