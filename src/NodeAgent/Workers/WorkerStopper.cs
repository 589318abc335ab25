using Microsoft.Extensions.Logging;
using StreamClips.NodeAgent.Host;

namespace StreamClips.NodeAgent.Workers;

/// <summary>Ends all workers with the agent: SIGTERM to all at once, SIGKILL at the end of the grace, then a little time to ship.</summary>
public sealed partial class WorkerStopper(WorkerFleet fleet, WorkerContext context, WakeSignals signals)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    /// <summary>Stops them all.</summary>
    /// <param name="drained">Whether all that a worker wrote has arrived.</param>
    public async Task StopAllAsync(Func<Worker, bool> drained)
    {
        var latest = context.Clock.GetUtcNow() + context.Options.ExitTime;
        var running = fleet.All.Where(w => w.Live is not null).ToList();
        foreach (var worker in running.Where(w => w.Run.StopAskedAt is null)) worker.AskToStop("the agent is ending");
        Publish();
        var ended = Task.WhenAll(running.Select(w => w.Live!.Exited));
        await Task.WhenAny(ended, Task.Delay(context.Options.ExitGrace, context.Clock));
        foreach (var worker in running.Where(w => !w.Live!.Exited.IsCompleted)) worker.Kill();
        await Task.WhenAny(ended, Task.Delay(TimeSpan.FromSeconds(1), context.Clock));
        foreach (var worker in running) Observe(worker);
        Publish();

        var shipped = context.Clock.GetUtcNow() + context.Options.ExitShipping;
        var until = shipped < latest ? shipped : latest;
        while (context.Clock.GetUtcNow() < until && !fleet.All.All(drained)) await Task.Delay(Step, context.Clock);
    }

    private void Observe(Worker worker)
    {
        try
        {
            worker.Observe();
            worker.Settle();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Its files cannot be read: the others' last clips are shipped all the same, and the next agent looks again.
            LogNotObserved(context.Logger, worker.Spec.ProcessId, e.Message);
        }
    }

    private void Publish()
    {
        if (fleet.Publish([.. fleet.All.OrderBy(w => w.Spec.ProcessId).Select(w => WorkerViews.Of(w, null, wanted: true))])) signals.Status.Set();
    }

    [LoggerMessage(208, LogLevel.Error, "The files of worker {ProcessId} cannot be read at its end: {Reason}", EventName = "worker.end_not_observed")]
    private static partial void LogNotObserved(ILogger logger, Guid processId, string reason);
}
