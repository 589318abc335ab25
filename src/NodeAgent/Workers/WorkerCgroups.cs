using Microsoft.Extensions.Logging;

namespace StreamClips.NodeAgent.Workers;

/// <summary>The workers' cgroups where they can be had; where not, everything here does nothing.</summary>
public sealed partial class WorkerCgroups : IDisposable
{
    private readonly CgroupTree? _tree;

    /// <summary>Looks whether they can be had, and says what is kept within limits.</summary>
    public WorkerCgroups(WorkerOptions options, ILogger<WorkerCgroups> logger)
    {
        (_tree, var reason) = options.Cgroups ? CgroupPlace.Prepare(options.Directory, options.Limits) : (null, "WORKER_CGROUPS is false");
        if (_tree is not null) LogPlace(logger, _tree.Directory, _tree.Controllers.Count == 0 ? "none" : string.Join(", ", _tree.Controllers));
        else LogNone(logger, reason);
    }

    /// <summary>Those of a tree that is there.</summary>
    public WorkerCgroups(CgroupTree tree) => _tree = tree;

    /// <inheritdoc cref="CgroupTree.Make"/>
    public string? Make(Guid processId) => _tree?.Make(processId);

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

    [LoggerMessage(221, LogLevel.Information, "Workers run in cgroups below {Directory}; what these can bound: {Controllers}.", EventName = "cgroups.ready")]
    private static partial void LogPlace(ILogger logger, string directory, string controllers);

    [LoggerMessage(222, LogLevel.Information, "Workers run without cgroups ({Reason}): each of their processes is bound by resource limits alone.", EventName = "cgroups.none")]
    private static partial void LogNone(ILogger logger, string reason);
}
