using Microsoft.Extensions.Logging;

namespace StreamClips.NodeAgent.Workers;

/// <summary>The workers' cgroups where they can be had; where not, everything here does nothing.</summary>
public sealed partial class WorkerCgroups
{
    private readonly CgroupTree? _tree;

    /// <summary>Looks whether they can be had, and says what is kept within limits.</summary>
    public WorkerCgroups(WorkerOptions options, ILogger<WorkerCgroups> logger)
    {
        (_tree, var reason) = options.Cgroups ? CgroupPlace.Prepare(options.Directory, options.Limits) : (null, "WORKER_CGROUPS is false");
        if (_tree is not null) LogPlace(logger, _tree.Directory, _tree.Controllers.Count == 0 ? "none" : string.Join(", ", _tree.Controllers));
        else LogNone(logger, reason);
    }

    /// <inheritdoc cref="CgroupTree.Make"/>
    public string? Make(Guid processId) => _tree?.Make(processId);

    /// <inheritdoc cref="CgroupTree.Kill"/>
    public void Kill(Guid processId) => _tree?.Kill(processId);

    /// <inheritdoc cref="CgroupTree.OomKills"/>
    public long OomKills(Guid processId) => _tree?.OomKills(processId) ?? 0;

    /// <inheritdoc cref="CgroupTree.Remove"/>
    public void Remove(Guid processId) => _tree?.Remove(processId);

    /// <inheritdoc cref="CgroupTree.RemoveUnknown"/>
    public void RemoveUnknown(IReadOnlySet<Guid> known) => _tree?.RemoveUnknown(known);

    [LoggerMessage(221, LogLevel.Information, "Workers run in cgroups below {Directory}; what these can bound: {Controllers}.", EventName = "cgroups.ready")]
    private static partial void LogPlace(ILogger logger, string directory, string controllers);

    [LoggerMessage(222, LogLevel.Information, "Workers run without cgroups ({Reason}): each of their processes is bound by resource limits alone.", EventName = "cgroups.none")]
    private static partial void LogNone(ILogger logger, string reason);
}
