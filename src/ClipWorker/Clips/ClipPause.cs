using StreamClips.ClipWorker.Reporting;

namespace StreamClips.ClipWorker.Clips;

/// <summary>
/// Whether the node has room for new clips. While it has none there is a file with the reason, and moments are counted instead of
/// clipped. Clips that were decided before are made. Safe for several threads.
/// </summary>
/// <param name="file">The file; null: nobody ever pauses this worker.</param>
/// <param name="events">Where it is told.</param>
internal sealed class ClipPause(string? file, WorkerEvents events)
{
    private const int MaxReason = 2000;
    private readonly Lock _lock = new();
    private bool _paused;
    private int _missed;
    private int _missedBefore;

    /// <summary>Moments that were not clipped since the start.</summary>
    public int Missed => Volatile.Read(ref _missed);

    /// <summary>Whether there is no room just now. Told when it changes.</summary>
    public bool Look()
    {
        if (file is null) return false;
        lock (_lock)
        {
            var paused = File.Exists(file);
            if (paused == _paused) return paused;
            _paused = paused;
            if (paused) events.ClipsPaused(Reason());
            else events.ClipsResumed(_missed - _missedBefore);
            _missedBefore = _missed;
            return paused;
        }
    }

    /// <summary>Whether a moment cannot be clipped now; it is counted and told then.</summary>
    /// <param name="moment">Why it would have been, for people.</param>
    public bool Refuses(string moment)
    {
        if (!Look()) return false;
        Interlocked.Increment(ref _missed);
        events.NotClipped(moment);
        return true;
    }

    private string Reason()
    {
        try
        {
            var text = string.Join("; ", File.ReadLines(file!).Take(8)).Trim();
            return text.Length > MaxReason ? text[..MaxReason] : text;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has just gone, which the next look tells.
            return e.Message;
        }
    }
}
