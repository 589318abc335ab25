using StreamClips.ControlPlane.Nodes;
using StreamClips.ControlPlane.Processes;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Assignments;

/// <summary>What a worker is told to watch, and how. Two that are equal need no restart.</summary>
public sealed record WorkOrder(string Streamer, string Url, string? ChatUrl, ClipSettings Settings);

/// <summary>A streamer as the planner sees it.</summary>
/// <param name="Id">The row.</param>
/// <param name="Wanted">Whether it shall run.</param>
/// <param name="Order">What its worker would be told now; null: its settings cannot be read.</param>
/// <param name="Waiting">Why it was left waiting the last time, in words; empty: it was not.</param>
/// <param name="Last">Its newest process that is not live; null: none.</param>
public sealed record PlannedStreamer(Guid Id, bool Wanted, WorkOrder? Order, string Waiting, LastRun? Last);

/// <summary>How a streamer's last process came to its end.</summary>
/// <param name="State">Its state.</param>
/// <param name="StartedAt">When it was assigned.</param>
/// <param name="EndedAt">When it was over; null: not yet.</param>
public sealed record LastRun(string State, DateTimeOffset StartedAt, DateTimeOffset? EndedAt);

/// <summary>A node as the planner sees it.</summary>
public sealed record PlannedNode(string Id, string State, int Capacity);

/// <summary>A live assignment.</summary>
/// <param name="ProcessId">Its process.</param>
/// <param name="StreamerId">Of this streamer.</param>
/// <param name="NodeId">On this node.</param>
/// <param name="Order">What its worker was told; null: it cannot be read any more.</param>
public sealed record LiveAssignment(Guid ProcessId, Guid StreamerId, string NodeId, WorkOrder? Order);

/// <summary>One step of a plan.</summary>
public abstract record Decision
{
    /// <summary>Ends an assignment.</summary>
    /// <param name="ProcessId">Its process.</param>
    /// <param name="NodeId">Its node.</param>
    /// <param name="Lost">Whether the node is lost and nobody will say how it ended.</param>
    /// <param name="Reason">Why, in words.</param>
    public sealed record End(Guid ProcessId, string NodeId, bool Lost, string Reason) : Decision;

    /// <summary>Gives a streamer to a node.</summary>
    /// <param name="StreamerId">The streamer.</param>
    /// <param name="Order">What its worker is told.</param>
    /// <param name="NodeId">The node.</param>
    /// <param name="Reason">Why there, in words.</param>
    public sealed record Start(Guid StreamerId, WorkOrder Order, string NodeId, string Reason) : Decision;

    /// <summary>Leaves a wanted streamer where it is: nowhere.</summary>
    /// <param name="StreamerId">The streamer.</param>
    /// <param name="Reason">Why, in words; empty: it waits no longer.</param>
    public sealed record Wait(Guid StreamerId, string Reason) : Decision;
}

/// <summary>
/// Decides which streamer runs on which node. Pure: the same facts give the same plan, and a plan that was carried out
/// leaves nothing to decide. It moves nothing without need.
/// </summary>
public static class AssignmentPlanner
{
    /// <summary>Why a streamer waits whose settings were written by another build.</summary>
    public const string UnreadableSettings = "its settings cannot be read: save them again";

    /// <summary>How long a stream that ended is left alone before it is looked at again.</summary>
    public static readonly TimeSpan RestAfterEnd = TimeSpan.FromMinutes(1);

    /// <summary>The same for a run that was <see cref="ShortRun">short</see>: most likely the stream had ended before it.</summary>
    public static readonly TimeSpan RestAfterShortRun = TimeSpan.FromMinutes(10);

    /// <summary>A run of less than this found nothing to do.</summary>
    public static readonly TimeSpan ShortRun = TimeSpan.FromMinutes(2);

    /// <summary>Makes the plan, in the order in which it is to be carried out.</summary>
    /// <param name="streamers">All of them.</param>
    /// <param name="nodes">All of them.</param>
    /// <param name="live">All live assignments; at most one a streamer.</param>
    /// <param name="now">The time.</param>
    public static IReadOnlyList<Decision> Plan(
        IReadOnlyList<PlannedStreamer> streamers, IReadOnlyList<PlannedNode> nodes, IReadOnlyList<LiveAssignment> live, DateTimeOffset now)
    {
        var making = new Making(new Room(nodes, live), now);
        var byStreamer = live.ToDictionary(l => l.StreamerId);
        var unplaced = new List<(PlannedStreamer Streamer, LiveAssignment? Held)>();
        foreach (var streamer in streamers.OrderBy(s => s.Id))
        {
            var held = byStreamer.GetValueOrDefault(streamer.Id);
            if (!making.Settle(streamer, held)) unplaced.Add((streamer, held));
        }

        // Those that have no place come after all that free one.
        foreach (var (streamer, held) in unplaced) making.Place(streamer, held);
        return making.Plan;
    }

    /// <summary>A plan while it is made.</summary>
    private sealed class Making(Room room, DateTimeOffset now)
    {
        public List<Decision> Plan { get; } = [];

        /// <summary>Decides what needs no choice of a node.</summary>
        /// <returns>Whether that was all; false: a node is to be found.</returns>
        public bool Settle(PlannedStreamer streamer, LiveAssignment? held)
        {
            if (!streamer.Wanted)
            {
                if (held is not null) End(held, "stopped by request");
                else Wait(streamer, "");
                return true;
            }

            if (streamer.Order is not { } order)
            {
                // What runs runs on: nobody asked for its end.
                Wait(streamer, UnreadableSettings);
                return true;
            }

            if (held is null || room.IsLost(held.NodeId)) return false;
            if (held.Order == order)
            {
                Wait(streamer, "");
                return true;
            }

            // On its own node there is room for it: it leaves a place behind.
            End(held, "restarted with what was changed");
            Start(streamer.Id, order, held.NodeId, $"stays on {held.NodeId}: restarted with what was changed");
            return true;
        }

        public void Place(PlannedStreamer streamer, LiveAssignment? held)
        {
            if (held is null && streamer.Last is { State: ProcessState.Ended, EndedAt: { } ended } last)
            {
                var rest = ended - last.StartedAt < ShortRun ? RestAfterShortRun : RestAfterEnd;
                if (now < ended + rest)
                {
                    Wait(streamer, $"the stream ended: looks again {rest.TotalSeconds:0} s after that");
                    return;
                }
            }

            var (node, reason) = room.Best();
            if (node is null)
            {
                // A lost node keeps its assignments while nobody else can have them: it may come back with all of them running.
                Wait(streamer, held is null ? reason : $"{held.NodeId} is lost, and {reason}");
                return;
            }

            if (held is not null) End(held, $"{held.NodeId} is lost: moved to {node}");
            Start(streamer.Id, streamer.Order!, node, reason);
        }

        private void Start(Guid streamer, WorkOrder order, string node, string reason)
        {
            room.Take(node);
            Plan.Add(new Decision.Start(streamer, order, node, reason));
        }

        private void End(LiveAssignment held, string reason)
        {
            room.Free(held.NodeId);
            Plan.Add(new Decision.End(held.ProcessId, held.NodeId, room.IsLost(held.NodeId), reason));
        }

        private void Wait(PlannedStreamer streamer, string reason)
        {
            if (streamer.Waiting != reason) Plan.Add(new Decision.Wait(streamer.Id, reason));
        }
    }

    /// <summary>The room on the nodes while a plan is made.</summary>
    private sealed class Room
    {
        private readonly Dictionary<string, PlannedNode> _nodes;
        private readonly Dictionary<string, int> _load;

        public Room(IReadOnlyList<PlannedNode> nodes, IReadOnlyList<LiveAssignment> live)
        {
            _nodes = nodes.ToDictionary(n => n.Id);
            _load = nodes.ToDictionary(n => n.Id, _ => 0);
            foreach (var assignment in live) Take(assignment.NodeId);
        }

        public bool IsLost(string node) => !_nodes.TryGetValue(node, out var known) || known.State != NodeState.Ready;

        public void Take(string node) => _load[node] = _load.GetValueOrDefault(node) + 1;

        public void Free(string node) => _load[node] = _load.GetValueOrDefault(node) - 1;

        public (string? Node, string Reason) Best()
        {
            var ready = _nodes.Values.Where(n => n.State == NodeState.Ready).ToList();
            var open = ready.Where(n => _load[n.Id] < n.Capacity).ToList();
            if (open.Count > 0)
            {
                var best = open.OrderBy(n => (double)_load[n.Id] / n.Capacity).ThenBy(n => n.Id, StringComparer.Ordinal).First();
                return (best.Id, $"on {best.Id}: least loaded of {open.Count} with room");
            }

            if (ready.Count > 0) return (null, $"every ready node is full ({string.Join(", ", ready.Take(3).Select(n => $"{n.Id}: {_load[n.Id]} of {n.Capacity}"))})");
            return (null, _nodes.Count == 0 ? "no node has ever connected" : $"no node is ready ({_nodes.Count} lost)");
        }
    }
}
