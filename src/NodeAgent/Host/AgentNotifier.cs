using System.Globalization;
using Microsoft.Extensions.Logging;
using StreamClips.NodeAgent.ControlLink;
using StreamClips.NodeAgent.Shipping;
using StreamClips.NodeAgent.Workers;
using StreamClips.Shared.Hosting;

namespace StreamClips.NodeAgent.Host;

/// <summary>
/// Tells systemd how the agent is. It is ready once the workers that were there are taken up. Where a loop hangs it is killed and started
/// again, which costs no worker anything; an outage of the control plane is no hanging.
/// </summary>
public sealed class AgentNotifier(
    ServiceManager manager, Pulse pulse, LinkState link, WorkerFleet fleet, ShippingQueue shipping, RecordingGate gate, TimeProvider clock, ILogger<AgentNotifier> logger)
    : ServiceNotifier(manager, pulse, clock, logger)
{
    /// <inheritdoc/>
    protected override string Status
    {
        get
        {
            var workers = fleet.Views;
            var running = workers.Count(w => w.State is WorkerState.Running);
            var paused = gate.Reason is { Length: > 0 } reason ? $"; no new clips: {reason}" : "";
            return string.Create(CultureInfo.InvariantCulture, $"{link.Words}; {running} of {workers.Length} workers run, {shipping.State.Clips} clips wait{paused}");
        }
    }
}
