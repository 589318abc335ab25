using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace StreamClips.NodeAgent.Workers;

/// <summary>The workers' cgroups where they can be had; where not, everything here does nothing.</summary>
public sealed partial class WorkerCgroups : IDisposable
{
    private readonly CgroupTree? _tree;
    private readonly ILogger _logger = NullLogger.Instance;
    private readonly Lock _lock = new();
    private Task _entering = Task.CompletedTask;

    /// <summary>Looks whether they can be had, and says what is kept within limits.</summary>
    public WorkerCgroups(WorkerOptions options, ILogger<WorkerCgroups> logger)
    {
        _logger = logger;
        (_tree, var reason) = options.Cgroups ? CgroupPlace.Prepare(options.Directory, options.Limits) : (null, "WORKER_CGROUPS is false");
        if (_tree is not null) LogPlace(logger, _tree.Directory, _tree.Controllers.Count == 0 ? "none" : string.Join(", ", _tree.Controllers));
        else LogNone(logger, reason);
    }

    /// <summary>Those of a tree that is there.</summary>
    public WorkerCgroups(CgroupTree tree) => _tree = tree;

    /// <summary>
    /// Puts a worker that was just started into a cgroup of its own, in the background and one after the other: for each move the kernel waits until all
    /// processors have passed a quiet point (cgroup_threadgroup_rwsem), which takes longer than the start itself. Until then, some 10 ms, its
    /// resource limits alone hold; so they do for one whose agent dies in that time.
    /// </summary>
    public void Enter(Guid processId, ChildProcess child)
    {
        if (_tree is null) return;
        lock (_lock) _entering = _entering.ContinueWith(_ => Put(_tree, processId, child), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <inheritdoc cref="CgroupTree.Kill"/>
    public void Kill(Guid processId) => _tree?.Kill(processId);

    /// <inheritdoc cref="CgroupTree.OomKills"/>
    public long OomKills(Guid processId) => _tree?.OomKills(processId) ?? 0;

    /// <inheritdoc cref="CgroupTree.Remove"/>
    public void Remove(Guid processId) => _tree?.Remove(processId);

    /// <summary>Removes the cgroups of workers that nobody knows with all that runs in them, and the empty places of agents that are gone.</summary>
    /// <param name="known">Those that are known.</param>
    /// <exception cref="IOException">They cannot be listed.</exception>
    public void RemoveUnknown(IReadOnlySet<Guid> known)
    {
        if (_tree is null) return;
        _tree.RemoveUnknown(known);
        CgroupPlace.RemoveOthers(_tree.Directory);
    }

    /// <summary>Removes the place of the cgroups, unless workers run in it.</summary>
    public void Dispose()
    {
        if (_tree is not null) CgroupPlace.Leave(_tree.Directory, Environment.ProcessId);
    }

    private void Put(CgroupTree tree, Guid processId, ChildProcess child)
    {
        try
        {
            if (tree.Make(processId) is { } procs) child.Enter(procs);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Mostly it has ended already.
            LogNotEntered(_logger, processId, e.Message);
        }
    }

    [LoggerMessage(223, LogLevel.Information, "Worker {ProcessId} is not in a cgroup, its resource limits alone hold: {Reason}", EventName = "cgroups.not_entered")]
    private static partial void LogNotEntered(ILogger logger, Guid processId, string reason);

    [LoggerMessage(221, LogLevel.Information, "Workers run in cgroups below {Directory}; what these can bound: {Controllers}.", EventName = "cgroups.ready")]
    private static partial void LogPlace(ILogger logger, string directory, string controllers);

    [LoggerMessage(222, LogLevel.Information, "Workers run without cgroups ({Reason}): each of their processes is bound by resource limits alone.", EventName = "cgroups.none")]
    private static partial void LogNone(ILogger logger, string reason);
}
