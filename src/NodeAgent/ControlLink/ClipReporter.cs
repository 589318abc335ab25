using System.Threading.Channels;
using StreamClips.NodeAgent.Host;
using StreamClips.NodeAgent.Shipping;
using StreamClips.Shared.Contracts.V1;

namespace StreamClips.NodeAgent.ControlLink;

/// <summary>Reports clips and renditions that are in storage, once a session and again where no acknowledgement comes.</summary>
public sealed class ClipReporter(LinkOptions options, ClipShipper clips, RenditionShipper renditions, WakeSignals signals, TimeProvider clock)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Writes into the outbox until cancelled.</summary>
    public async Task RunAsync(ChannelWriter<AgentMessage> outbox, CancellationToken cancellation)
    {
        var reported = new Dictionary<(Guid Clip, string Kind), DateTimeOffset>();
        while (true)
        {
            var now = clock.GetUtcNow();
            var waiting = clips.Unreported.Select(s => (Id: (s.Clip.Sidecar.ClipId, ""), Message: new AgentMessage { ClipReport = LinkContracts.ToReport(s) }))
                .Concat(renditions.Unreported.Select(s => (Id: (s.Sidecar.ClipId, s.Sidecar.Kind), Message: new AgentMessage { RenditionReport = LinkContracts.ToReport(s) })))
                .ToList();
            foreach (var gone in reported.Keys.Except(waiting.Select(w => w.Id)).ToList()) reported.Remove(gone);
            foreach (var (id, message) in waiting)
            {
                if (reported.TryGetValue(id, out var at) && now - at < options.AckTimeout) continue;
                await outbox.WriteAsync(message, cancellation);
                reported[id] = now;
            }

            await signals.Reports.WaitAsync(Interval, clock, cancellation);
        }
    }
}
