namespace StreamClips.ControlPlane.Assignments;

/// <summary>One step of a plan.</summary>
public abstract record Decision
{
    /// <summary>Ends an assignment.</summary>
    /// <param name="ProcessId">Its process.</param>
    /// <param name="StreamerId">Its streamer.</param>
    /// <param name="NodeId">Its node.</param>
    /// <param name="Lost">Whether the node is lost and nobody will say how it ended.</param>
    /// <param name="Failed">Whether the node failed the streamer, which is remembered for a while.</param>
    /// <param name="Reason">Why, in words.</param>
    public sealed record End(Guid ProcessId, Guid StreamerId, string NodeId, bool Lost, bool Failed, string Reason) : Decision;

    /// <summary>Gives a streamer to a node.</summary>
    /// <param name="StreamerId">The streamer.</param>
    /// <param name="Order">What its worker is told.</param>
    /// <param name="NodeId">The node.</param>
    /// <param name="IsMove">Whether it ran elsewhere and could have stayed: such moves are counted and go by small steps.</param>
    /// <param name="Reason">Why there, in words.</param>
    public sealed record Start(Guid StreamerId, WorkOrder Order, string NodeId, bool IsMove, string Reason) : Decision
    {
        /// <summary>Which settings the order has.</summary>
        public string SettingsVersion { get; init; } = "";
    }

    /// <summary>Tells a worker of other settings, where it is.</summary>
    /// <param name="ProcessId">Its process.</param>
    /// <param name="StreamerId">Its streamer.</param>
    /// <param name="NodeId">Its node.</param>
    /// <param name="Order">What it is told.</param>
    /// <param name="SettingsVersion">Which settings these are.</param>
    /// <param name="Restarts">Whether it begins anew for them, between two clips.</param>
    /// <param name="Change">What differs, in words.</param>
    public sealed record Retell(Guid ProcessId, Guid StreamerId, string NodeId, WorkOrder Order, string SettingsVersion, bool Restarts, string Change) : Decision;

    /// <summary>Leaves a wanted streamer where it is: nowhere.</summary>
    /// <param name="StreamerId">The streamer.</param>
    /// <param name="Reason">Why, in words; empty: it waits no longer.</param>
    public sealed record Wait(Guid StreamerId, string Reason) : Decision;

    /// <summary>Finds the load even: no more moves for the sake of that.</summary>
    /// <param name="At">Nodes that joined until then, and requests until then, are dealt with.</param>
    /// <param name="Reason">How even, in words; empty where nobody asked.</param>
    public sealed record Balanced(DateTimeOffset At, string Reason) : Decision;
}
