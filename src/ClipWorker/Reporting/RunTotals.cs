using StreamClips.Shared.Journal;

namespace StreamClips.ClipWorker.Reporting;

/// <summary>
/// Lets what a status counts since the start go on where the process begins another session for other settings: each session counts from 0.
/// Safe for several threads.
/// </summary>
/// <param name="report">Where it goes.</param>
internal sealed class RunTotals(IWorkerReport report) : IWorkerReport
{
    private readonly Lock _lock = new();
    private StatusEntry? _before;
    private StatusEntry? _last;

    /// <summary>From now on another session counts.</summary>
    public void NextSession()
    {
        lock (_lock) _before = _last;
    }

    /// <inheritdoc/>
    public void Append(JournalEntry entry)
    {
        if (entry is not StatusEntry status)
        {
            report.Append(entry);
            return;
        }

        // Written in the same order as counted.
        lock (_lock)
        {
            _last = _before is not { } before ? status : status with
            {
                ChatMessages = before.ChatMessages + status.ChatMessages,
                Segments = before.Segments + status.Segments,
                Bytes = before.Bytes + status.Bytes,
                Clips = before.Clips + status.Clips,
                NotClipped = before.NotClipped + status.NotClipped,
            };
            report.Append(_last);
        }
    }
}
