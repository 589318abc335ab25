using System.Collections.Concurrent;
using System.Collections.Immutable;
using StreamClips.Shared.Journal;

namespace StreamClips.NodeAgent.Workers;

/// <summary>The workers of this node, and how they were when the reconciler last looked. Safe for several threads.</summary>
public sealed class WorkerFleet
{
    private readonly ConcurrentDictionary<Guid, Worker> _workers = new();
    private ImmutableArray<WorkerView> _views = [];

    /// <summary>Every worker that has a directory.</summary>
    public ICollection<Worker> All => _workers.Values;

    /// <summary>How they were, and those that are wanted but cannot have a directory.</summary>
    public ImmutableArray<WorkerView> Views => _views;

    /// <summary>The worker of this run; null where there is none.</summary>
    public Worker? Find(Guid processId) => _workers.GetValueOrDefault(processId);

    /// <summary>Adds a worker.</summary>
    public void Add(Worker worker) => _workers[worker.Spec.ProcessId] = worker;

    /// <summary>Forgets a worker whose directory is gone.</summary>
    public void Remove(Worker worker) => _workers.TryRemove(worker.Spec.ProcessId, out _);

    /// <summary>Replaces the views.</summary>
    /// <returns>Whether anything but the workers' own figures changed.</returns>
    public bool Publish(ImmutableArray<WorkerView> views)
    {
        var changed = !views.AsSpan().SequenceEqual(_views.AsSpan());
        ImmutableInterlocked.InterlockedExchange(ref _views, views);
        return changed;
    }

    /// <summary>The newest status line of a worker; null where it wrote none in this run.</summary>
    public StatusEntry? StatusOf(Guid processId) => Find(processId)?.Tail.LastStatus;
}

/// <summary>How a worker is.</summary>
/// <param name="ProcessId">The run.</param>
/// <param name="Epoch">The assignment's number.</param>
/// <param name="State">Its state.</param>
/// <param name="Reason">Why, for people; empty where the state says all.</param>
/// <param name="Pid">Its process; 0: none.</param>
/// <param name="StartedAt">When the present run began.</param>
/// <param name="Restarts">Starts after the first one.</param>
/// <param name="NextStartAt">When it is started again.</param>
public sealed record WorkerView(
    Guid ProcessId, long Epoch, WorkerState State, string Reason, int Pid, DateTimeOffset? StartedAt, int Restarts, DateTimeOffset? NextStartAt)
{
    /// <summary>The ends of its runs that nobody wished and the control plane does not have yet, oldest first.</summary>
    public IReadOnlyList<Ending> Endings { get; init; } = [];
}
