namespace StreamClips.ControlPlane.Assignments;

/// <summary>A plan while it is made, with the room that its steps leave.</summary>
internal sealed class PlanDraft(PlanFacts facts, DateTimeOffset now)
{
    private readonly List<Decision> _plan = [];

    public IReadOnlyList<Decision> Plan => _plan;

    public NodeRoom Room { get; } = new(facts.Nodes, facts.Live);

    public FailureMemory Failures { get; } = new(facts.Failures, now);

    public NodeUse Use(LiveAssignment held) => Room.Find(held.NodeId).Node.Use;

    /// <summary>Why it is to leave its node, in words.</summary>
    public string Left(LiveAssignment held) => $"{held.NodeId} is {Room.Find(held.NodeId).Node.State}";

    /// <summary>Whether it has to leave its node now, though there be no other for it: a node that is emptied first finishes the clip that is being made.</summary>
    public bool MustLeave(LiveAssignment held) => Use(held) switch
    {
        NodeUse.Gone => true,
        NodeUse.Drains => !held.IsClipping || held.HasFailed,
        _ => false,
    };

    public void Start(PlannedStreamer streamer, string node, string reason, bool isMove = false)
    {
        Room.Take(node);
        _plan.Add(new Decision.Start(streamer.Id, streamer.Order!, node, isMove, reason) { SettingsVersion = streamer.SettingsVersion });
    }

    public void Retell(PlannedStreamer streamer, LiveAssignment held, bool restarts, string change) =>
        _plan.Add(new Decision.Retell(held.ProcessId, streamer.Id, held.NodeId, streamer.Order!, streamer.SettingsVersion, restarts, change));

    public void End(LiveAssignment held, string reason)
    {
        Room.Free(held.NodeId);
        var use = Use(held);
        _plan.Add(new Decision.End(held.ProcessId, held.StreamerId, held.NodeId, use is NodeUse.Lost or NodeUse.Gone, use == NodeUse.Lost || held.HasFailed, reason));
    }

    public void Move(PlannedStreamer streamer, LiveAssignment held, string node, string reason, string placement)
    {
        End(held, $"{reason}: moved to {node}");
        Start(streamer, node, placement, isMove: true);
    }

    public void Wait(PlannedStreamer streamer, string reason)
    {
        if (streamer.Waiting != reason) _plan.Add(new Decision.Wait(streamer.Id, reason));
    }

    public void Balanced(DateTimeOffset at, string reason) => _plan.Add(new Decision.Balanced(at, reason));
}
