using StreamClips.Shared.Journal;
using StreamClips.Shared.Workers;

namespace StreamClips.NodeAgent.Workers;

/// <summary>
/// How long a worker has said nothing although it could. By the agent's own looks: an agent that stood still itself, or has just
/// adopted the worker, begins anew. A journal at its bound and a full disk take no status lines, and then silence says nothing.
/// </summary>
/// <param name="freeBytes">Free bytes of the file system with a directory; null: asks the system.</param>
public sealed class WorkerSilence(Func<string, long>? freeBytes = null)
{
    /// <summary>With less than this a disk counts as full: of the last blocks not every file gets one.</summary>
    public const long LeastFreeBytes = 16 << 20;

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
        if (now - _since > LongestLook && CannotSpeak(directory)) _since = now;
        return now - _since;
    }

    private bool CannotSpeak(WorkerDirectory directory) =>
        directory.JournalFiles().Count >= JournalWriter.MaxFiles || (freeBytes ?? FreeBytes)(directory.Path) < LeastFreeBytes;

    private static long FreeBytes(string directory)
    {
        try
        {
            return new DriveInfo(directory).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A disk that cannot be asked takes no lines either.
            return 0;
        }
    }
}
