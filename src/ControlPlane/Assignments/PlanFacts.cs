using StreamClips.ControlPlane.Liveness;
using StreamClips.ControlPlane.Nodes;
using StreamClips.ControlPlane.Processes;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Assignments;

/// <summary>What a worker is told to watch, and how. Two that are equal need no restart.</summary>
public sealed record WorkOrder(string Streamer, string Url, string? ChatUrl, ClipSettings Settings)
{
    /// <summary>The whole address, sealed, where <see cref="Url"/> hides its key; null otherwise.</summary>
    public string? SealedUrl { get; init; }

    /// <summary>Whether another one is of the same channel, by whatever settings: then a worker that runs can take those up.</summary>
    public bool IsSameChannel(WorkOrder other) => this with { Settings = other.Settings } == other;
}

/// <summary>A streamer as the planner sees it.</summary>
/// <param name="Id">The row.</param>
/// <param name="Wanted">Whether it shall run.</param>
/// <param name="Order">What its worker would be told now; null: its settings cannot be read.</param>
/// <param name="Waiting">Why it was left waiting the last time, in words; empty: it was not.</param>
/// <param name="Last">Its newest process that is not live; null: none.</param>
public sealed record PlannedStreamer(Guid Id, bool Wanted, WorkOrder? Order, string Waiting, LastRun? Last)
{
    /// <summary>Which settings its order has: the version of the defaults, a point, and that of its own.</summary>
    public string SettingsVersion { get; init; } = "";

    /// <summary>What its platform says; null: nothing is kept of that, and it is taken to be live.</summary>
    public LiveStatus? Status { get; init; }
}

/// <summary>How a streamer's last process came to its end.</summary>
/// <param name="State">Its state.</param>
/// <param name="StartedAt">When it was assigned.</param>
/// <param name="EndedAt">When it was over; null: not yet.</param>
public sealed record LastRun(string State, DateTimeOffset StartedAt, DateTimeOffset? EndedAt);

/// <summary>What a node is good for.</summary>
public enum NodeUse
{
    /// <summary>It runs what it has and takes more.</summary>
    Takes,

    /// <summary>It runs what it has until that is elsewhere, and takes nothing.</summary>
    Drains,

    /// <summary>It is silent: what it had is to run elsewhere.</summary>
    Lost,

    /// <summary>It is let in no more: what it had is to run elsewhere.</summary>
    Gone,
}

/// <summary>How a node's host is; zero: not told.</summary>
/// <param name="MemoryTotalBytes">Its memory.</param>
/// <param name="MemoryAvailableBytes">What of it is free for use.</param>
/// <param name="DiskTotalBytes">The disk of the workers.</param>
/// <param name="DiskFreeBytes">What of it is free.</param>
public sealed record NodeHealth(long MemoryTotalBytes, long MemoryAvailableBytes, long DiskTotalBytes, long DiskFreeBytes)
{
    /// <summary>With less memory than this, or than a twentieth of a smaller machine's, a node takes nothing more.</summary>
    public const long MemoryFloorBytes = 256L << 20;

    /// <summary>With less disk than this, or than a twentieth of a smaller disk, a node takes nothing more.</summary>
    public const long DiskFloorBytes = 1L << 30;

    /// <summary>Nothing is known of it.</summary>
    public static NodeHealth Unknown { get; } = new(0, 0, 0, 0);

    /// <summary>Whether its workers make no new clips at present.</summary>
    public bool RecordingPaused { get; init; }

    /// <summary>Why the node takes nothing more, in words that do not change with every byte; null: it does.</summary>
    public string? Pressure =>
        RecordingPaused ? "it makes no new clips at present" :
        Below(DiskFreeBytes, DiskTotalBytes, DiskFloorBytes) ? "its disk is nearly full" :
        Below(MemoryAvailableBytes, MemoryTotalBytes, MemoryFloorBytes) ? "its memory is nearly used up" : null;

    private static bool Below(long free, long total, long floor) => total > 0 && free < Math.Min(floor, total / 20);
}

/// <summary>A node as the planner sees it.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Use">What it is good for.</param>
/// <param name="State">The same in one word for people, as <c>lost</c>.</param>
/// <param name="Capacity">Workers it takes, 1 or more.</param>
/// <param name="Health">How its host is.</param>
/// <param name="JoinedAt">When it became ready, the last time it was not.</param>
public sealed record PlannedNode(string Id, NodeUse Use, string State, int Capacity, NodeHealth Health, DateTimeOffset JoinedAt)
{
    /// <summary>What a state in the database means to the planner. One that it does not know is one to be left.</summary>
    public static NodeUse UseOf(string state) => state switch
    {
        NodeState.Ready => NodeUse.Takes,
        "draining" => NodeUse.Drains,
        "retired" or "revoked" => NodeUse.Gone,
        _ => NodeUse.Lost,
    };
}

/// <summary>A live assignment.</summary>
/// <param name="ProcessId">Its process.</param>
/// <param name="StreamerId">Of this streamer.</param>
/// <param name="NodeId">On this node.</param>
/// <param name="Order">What its worker was told; null: it cannot be read any more.</param>
/// <param name="State">State of the process.</param>
/// <param name="Phase">What the worker does; null: it has not said.</param>
/// <param name="Since">When it was assigned.</param>
public sealed record LiveAssignment(Guid ProcessId, Guid StreamerId, string NodeId, WorkOrder? Order, string State, string? Phase, DateTimeOffset Since)
{
    /// <summary>When it was last told other settings than it began with; null: never.</summary>
    public DateTimeOffset? ToldAt { get; init; }

    /// <summary>Whether its worker is yet to begin anew with what it was told.</summary>
    public bool IsRenewing { get; init; }

    /// <summary>Whether its worker crashed too often, or cannot work.</summary>
    public bool HasFailed => State == ProcessState.Failed;

    /// <summary>Whether a clip is being made.</summary>
    public bool IsClipping => Phase == WorkerPhase.Clipping;

    /// <summary>Whether nothing would be missed by a move: the channel is offline.</summary>
    public bool IsIdle => Phase == WorkerPhase.Waiting;
}

/// <summary>A node failed a streamer: its worker there failed, or the node was lost.</summary>
public sealed record PastFailure(Guid StreamerId, string NodeId, DateTimeOffset At);

/// <summary>Where the evening out of the load stands.</summary>
/// <param name="AskedAt">When somebody last asked for it; null: nobody ever did.</param>
/// <param name="AskedBy">Who.</param>
/// <param name="BalancedAt">When it was last found done; null: never.</param>
/// <param name="MovedAt">When anything was last moved without need; null: never.</param>
public sealed record Balance(DateTimeOffset? AskedAt, string AskedBy, DateTimeOffset? BalancedAt, DateTimeOffset? MovedAt)
{
    /// <summary>Nobody asked, nothing moved.</summary>
    public static Balance None { get; } = new(null, "", null, null);
}

/// <summary>All that a plan is made from. The order of the lists does not matter.</summary>
/// <param name="Streamers">All that are wanted, run or wait.</param>
/// <param name="Nodes">All of them.</param>
/// <param name="Live">All live assignments; at most one a streamer.</param>
/// <param name="Failures">Those that are younger than <see cref="FailureMemory.Kept"/>.</param>
/// <param name="Balance">Where the evening out stands.</param>
public sealed record PlanFacts(
    IReadOnlyList<PlannedStreamer> Streamers, IReadOnlyList<PlannedNode> Nodes, IReadOnlyList<LiveAssignment> Live,
    IReadOnlyList<PastFailure> Failures, Balance Balance);
