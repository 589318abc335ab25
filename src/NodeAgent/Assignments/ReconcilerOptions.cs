namespace StreamClips.NodeAgent.Assignments;

/// <summary>What the reconciler is told.</summary>
/// <param name="KeptDirectory">Where damaged and refused clips go when their worker's directory is removed.</param>
/// <param name="StopWorkersOnExit">Workers end with the agent: STOP_WORKERS_ON_EXIT.</param>
public sealed record ReconcilerOptions(string KeptDirectory, bool StopWorkersOnExit);
