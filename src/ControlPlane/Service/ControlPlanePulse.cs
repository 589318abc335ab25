using StreamClips.Shared.Hosting;

namespace StreamClips.ControlPlane.Service;

/// <summary>What a control plane does not work without.</summary>
public enum ControlPlaneLoop
{
    /// <summary>Takes the lease, renews it, or finds that the database is away.</summary>
    Lease,

    /// <summary>Requests are answered.</summary>
    Requests,
}

/// <summary>Whether the control plane's loops go round. A database that is away stops none of them.</summary>
public sealed class ControlPlanePulse(TimeProvider clock) : LoopPulse<ControlPlaneLoop>(clock);
