using StreamClips.NodeAgent.Assignments;

namespace StreamClips.NodeAgent.Workers;

/// <summary>How a worker looks from outside.</summary>
public static class WorkerViews
{
    /// <summary>The view of a worker.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="step">What was last planned for it; null: nothing.</param>
    /// <param name="wanted">It is assigned to this node.</param>
    public static WorkerView Of(Worker worker, Step? step, bool wanted)
    {
        var (run, live) = (worker.Run, worker.Live);
        var (state, reason, nextStartAt) = (live, run.Verdict) switch
        {
            ({ }, _) when run.StopAskedAt is not null => (WorkerState.Stopping, step?.Reason ?? "", null),
            ({ }, _) => (worker.Tail.LastStatus?.At >= run.StartedAt ? WorkerState.Running : WorkerState.Starting, "", null),
            (_, _) when step is { Kind: StepKind.Refuse } => (WorkerState.Failed, step.Reason, null),
            (_, _) when !wanted => (WorkerState.Stopped, "it is no longer assigned to this node", null),
            (_, _) when step is { Kind: StepKind.Hold } => (WorkerState.Starting, step.Reason, null),
            (_, { } verdict) => (verdict.State, verdict.Reason, verdict.NextStartAt),
            _ => (WorkerState.Starting, step?.Reason ?? "", (DateTimeOffset?)null),
        };
        return new(worker.Spec.ProcessId, worker.Spec.Epoch, state, reason, live?.Identity.Pid ?? 0, live is null ? null : run.StartedAt, run.Restarts, nextStartAt) { Endings = run.Endings };
    }

    /// <summary>The view of a worker that is wanted but has no directory.</summary>
    public static WorkerView OfNone(Step step) => new(
        step.Spec.ProcessId, step.Spec.Epoch, step.Kind == StepKind.Refuse ? WorkerState.Failed : WorkerState.Starting, step.Reason, 0, null, 0, null);
}
