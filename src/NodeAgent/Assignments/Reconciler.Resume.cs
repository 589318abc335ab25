using StreamClips.NodeAgent.Workers;

namespace StreamClips.NodeAgent.Assignments;

/// <summary>The workers that an agent before this one left.</summary>
public sealed partial class Reconciler
{
    private async Task ResumeAsync(string directory)
    {
        try
        {
            if (directory.EndsWith(WorkerDirectories.Removing, StringComparison.Ordinal)) WorkerDirectories.Delete(directory);
            else if (await Worker.ResumeAsync(context, directory) is { } worker) TakeUp(worker);
            else if (_strangers.Add(directory)) LogNotAWorker(logger, directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The others are not to suffer for it, nor what runs there.
            if (Guid.TryParse(Path.GetFileName(directory), out var id)) _unread[id] = _unread.GetValueOrDefault(id) + 1;
            LogUnreadable(logger, directory, e.Message);
        }
    }

    private void TakeUp(Worker worker)
    {
        _unread.Remove(worker.Spec.ProcessId);
        fleet.Add(worker);
    }

    /// <summary>The worker of a directory that could not be read, where it can be now; null where it cannot for good: it is then started afresh.</summary>
    /// <exception cref="IOException">Not yet.</exception>
    private async Task<Worker?> ReadAgainAsync(Guid id)
    {
        var directory = Path.Combine(context.Options.Directory, id.ToString());
        if (Directory.Exists(directory)) await ResumeAsync(directory);
        if (fleet.Find(id) is { } worker) return worker;
        if (Directory.Exists(directory) && _unread[id] < MostReads) throw new IOException("its directory cannot be read, and a worker may run there");
        _unread.Remove(id);
        return null;
    }
}
