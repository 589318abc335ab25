using StreamClips.Shared.Journal;

namespace StreamClips.ClipWorker.Reporting;

/// <summary>Where a worker says what it does: its journal, or a terminal.</summary>
internal interface IWorkerReport
{
    /// <summary>Takes an entry. Called from several threads; never throws.</summary>
    void Append(JournalEntry entry);
}

/// <summary>Writes the journal.</summary>
internal sealed class JournalReport(JournalWriter journal) : IWorkerReport
{
    /// <inheritdoc/>
    public void Append(JournalEntry entry) => journal.Append(entry);
}
