using System.Threading.Channels;
using StreamClips.NodeAgent.Assignments;
using StreamClips.NodeAgent.Host;
using StreamClips.NodeAgent.Shipping;
using StreamClips.NodeAgent.Workers;
using StreamClips.Shared.Contracts.V1;

namespace StreamClips.NodeAgent.ControlLink;

/// <summary>Tells the control plane how everything on the node is: soon after a change, and with every heartbeat.</summary>
public sealed class StatusReporter(
    LinkOptions options, WorkerFleet fleet, Reconciler reconciler, ShippingQueue shipping, Spool spool, RecordingGate gate, WorkerOptions workers, WakeSignals signals, TimeProvider clock)
{
    /// <summary>Everything, as it is now.</summary>
    public NodeStatus Now()
    {
        var status = new NodeStatus
        {
            SentAtMs = clock.GetUtcNow().ToUnixTimeMilliseconds(),
            AppliedRevision = reconciler.AppliedRevision,
            Health = LinkContracts.ToHealth(MachineHealth.Read(workers.Directory), shipping.State.Clips),
        };
        // Before the first look nothing is known of it, which is not that nothing waits.
        if (spool.State is { } filled) status.Shipping = LinkContracts.ToStatus(shipping.State, filled.LimitBytes, gate.Reason);
        foreach (var view in fleet.Views) status.Processes.Add(LinkContracts.ToStatus(view, fleet.StatusOf(view.ProcessId)));
        return status;
    }

    /// <summary>Writes into the outbox until cancelled.</summary>
    public async Task RunAsync(ChannelWriter<AgentMessage> outbox, TimeSpan heartbeat, CancellationToken cancellation)
    {
        while (true)
        {
            await outbox.WriteAsync(new() { NodeStatus = Now() }, cancellation);
            await Task.Delay(options.Debounce, clock, cancellation);
            await signals.Status.WaitAsync(heartbeat - options.Debounce, clock, cancellation);
        }
    }
}
