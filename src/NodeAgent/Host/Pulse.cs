using StreamClips.Shared.Hosting;

namespace StreamClips.NodeAgent.Host;

/// <summary>The loops without which an agent only looks alive.</summary>
public enum AgentLoop
{
    /// <summary>Starts and ends workers.</summary>
    Reconcile,

    /// <summary>Sends heartbeats, or else tries to reach the control plane.</summary>
    ControlLink,

    /// <summary>Reads journals.</summary>
    Journals,

    /// <summary>Ships clips.</summary>
    Shipping,
}

/// <summary>Whether the agent's loops go round.</summary>
public sealed class Pulse(TimeProvider clock) : LoopPulse<AgentLoop>(clock);
