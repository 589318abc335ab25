using Microsoft.Extensions.Logging;

namespace StreamClips.NodeAgent.Workers;

/// <summary>
/// Ends what nobody answers for: processes of workers whose directory is gone or that do not run any more, and cgroups of none.
/// A process is only ended that works below the workers' directory and carries the mark of a worker.
/// </summary>
public sealed partial class Leftovers(WorkerFleet fleet, WorkerContext context, ILogger<Leftovers> logger)
{
    /// <summary>From one sweep to the next.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>Sweeps once. In the reconciler's turn: nothing is being started meanwhile.</summary>
    /// <param name="unread">Workers whose directory cannot be read just now: what runs there may be a healthy one.</param>
    /// <exception cref="IOException">A process may well be there but cannot be held.</exception>
    public void Sweep(IReadOnlyCollection<Guid> unread)
    {
        foreach (var (process, mark) in ProcFileSystem.FindBelow(context.Options.Directory, WorkerLauncher.Marker))
        {
            if (!Guid.TryParse(mark, out var id) || fleet.Find(id) is { Live: not null } || unread.Contains(id)) continue;
            LogEnded(logger, process.Identity.Pid, id);
            LiveProcess.KillNow(process.Identity);
        }

        context.Cgroups.RemoveUnknown(fleet.All.Select(w => w.Spec.ProcessId).Concat(unread).ToHashSet());
    }

    [LoggerMessage(231, LogLevel.Warning, "Process {Pid} is left of worker {ProcessId}, which does not run, and is killed.", EventName = "leftover.killed")]
    private static partial void LogEnded(ILogger logger, int pid, Guid processId);
}
