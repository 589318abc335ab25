using System.Threading.Channels;
using StreamClips.NodeAgent.Host;
using StreamClips.NodeAgent.Shipping;
using StreamClips.Shared.Contracts.V1;

namespace StreamClips.NodeAgent.ControlLink;

/// <summary>Reports clips that are in storage, once a session and again where no acknowledgement comes.</summary>
public sealed class ClipReporter(LinkOptions options, ClipShipper shipper, WakeSignals signals, TimeProvider clock)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Writes into the outbox until cancelled.</summary>
    public async Task RunAsync(ChannelWriter<AgentMessage> outbox, CancellationToken cancellation)
    {
        var reported = new Dictionary<Guid, DateTimeOffset>();
        while (true)
        {
            var now = clock.GetUtcNow();
            var unreported = shipper.Unreported;
            foreach (var gone in reported.Keys.Except(unreported.Select(s => s.Clip.Sidecar.ClipId)).ToList()) reported.Remove(gone);
            foreach (var shipped in unreported)
            {
                var id = shipped.Clip.Sidecar.ClipId;
                if (reported.TryGetValue(id, out var at) && now - at < options.AckTimeout) continue;
                await outbox.WriteAsync(new() { ClipReport = LinkContracts.ToReport(shipped) }, cancellation);
                reported[id] = now;
            }

            await signals.Reports.WaitAsync(Interval, clock, cancellation);
        }
    }
}
