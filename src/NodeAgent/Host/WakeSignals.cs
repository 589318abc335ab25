namespace StreamClips.NodeAgent.Host;

/// <summary>The wake-ups between the agent's loops.</summary>
public sealed class WakeSignals
{
    /// <summary>A worker ended, or other ones are wanted.</summary>
    public Signal Reconcile { get; } = new();

    /// <summary>The state of a worker changed: tell the control plane soon.</summary>
    public Signal Status { get; } = new();

    /// <summary>A journal grew or a batch was acknowledged.</summary>
    public Signal Journals { get; } = new();

    /// <summary>A clip was stored and is to be reported.</summary>
    public Signal Reports { get; } = new();
}
