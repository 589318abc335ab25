namespace StreamClips.NodeAgent.ControlLink;

/// <summary>Who has said that this agent's workers are not to run.</summary>
public enum PutOutBy
{
    /// <summary>Nobody.</summary>
    Nobody,

    /// <summary>The node was revoked or retired, or its certificate superseded.</summary>
    ControlPlane,

    /// <summary>Another agent is connected as this node; that may be one that has just died.</summary>
    OtherAgent,
}

/// <summary>Whether this agent's workers are to end, from how its sessions do.</summary>
/// <param name="ousted">How long another agent must have the node's place, with no session of this one in between: one that has just died is forgotten in 15 s.</param>
/// <param name="clock">The time.</param>
public sealed class PutOutJudge(TimeSpan ousted, TimeProvider clock)
{
    private long? _since;
    private long _last;

    /// <summary>Takes the end of a session, or of a try to have one.</summary>
    /// <param name="by">Who said so.</param>
    /// <param name="wasOpen">This agent had a session.</param>
    /// <returns>Whether the workers are to end.</returns>
    public bool IsOut(PutOutBy by, bool wasOpen = false)
    {
        // A try in between that reached nobody, as at the address of a replica that is away, says nothing; for long, what was before it is forgotten.
        if (wasOpen || (_since is not null && clock.GetElapsedTime(_last) > 2 * ousted)) _since = null;
        if (by != PutOutBy.OtherAgent) return by == PutOutBy.ControlPlane;
        _last = clock.GetTimestamp();
        _since ??= _last;
        return clock.GetElapsedTime(_since.Value) >= ousted;
    }
}
