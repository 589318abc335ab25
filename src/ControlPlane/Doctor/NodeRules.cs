using StreamClips.ControlPlane.Nodes;

namespace StreamClips.ControlPlane.Doctor;

/// <summary>What facts of the nodes mean: a finding a subject over all of them. Pure.</summary>
public static class NodeRules
{
    private const long LittleDiskBytes = 2L << 30;
    private static readonly TimeSpan ClockAside = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan OldUnshipped = TimeSpan.FromMinutes(15);

    /// <summary>All findings.</summary>
    /// <param name="nodes">Those that are in service.</param>
    /// <param name="version">The control plane's version.</param>
    /// <param name="certificateLife">How long a node's certificate lives.</param>
    /// <param name="now">The time.</param>
    public static IReadOnlyList<Finding> Of(IReadOnlyList<NodeFacts> nodes, string version, TimeSpan certificateLife, DateTimeOffset now) => nodes.Count == 0
        ? [Finding.Warn("nodes", "no node has ever connected", "streamclips nodes token create makes a join token: start an agent with it")]
        : [State(nodes), Version(nodes, version), Disk(nodes), Clock(nodes), Certificates(nodes, certificateLife, now), Shipping(nodes, now)];

    private static Finding State(IReadOnlyList<NodeFacts> nodes)
    {
        var lost = Names(nodes, n => n.State == NodeState.Lost);
        if (lost.Count == 0) return Finding.Ok("nodes", $"all {nodes.Count} are heard");
        var remedy = "see that the agent runs there and reaches this control plane; retire a node that does not come back";
        return lost.Count == nodes.Count ? Finding.Fail("nodes", $"none of {nodes.Count} is heard", remedy) : Finding.Warn("nodes", $"{lost.Count} of {nodes.Count} are lost: {Words.Some(lost)}", remedy);
    }

    private static Finding Version(IReadOnlyList<NodeFacts> nodes, string version)
    {
        var others = Names(nodes, n => n.AgentVersion.Length > 0 && n.AgentVersion != version);
        return others.Count == 0
            ? Finding.Ok("agents", "of this control plane's version")
            : Finding.Warn("agents", $"{others.Count} of another version than {version}: {Words.Some(others)}", "run the installer there again: it restarts the agent alone, its workers go on");
    }

    private static Finding Disk(IReadOnlyList<NodeFacts> nodes)
    {
        var little = Names(nodes, n => n.State == NodeState.Ready && n.DiskTotalBytes > 0 && n.DiskFreeBytes < Math.Min(LittleDiskBytes, n.DiskTotalBytes / 10));
        return little.Count == 0
            ? Finding.Ok("nodes' disks", "none is nearly full")
            : Finding.Warn("nodes' disks", $"little is free on {Words.Some(little)}", "free some space there, or see why clips are not shipped: a full disk makes no clips");
    }

    private static Finding Clock(IReadOnlyList<NodeFacts> nodes)
    {
        var aside = nodes.Where(n => n.State == NodeState.Ready && Math.Abs(n.ClockOffsetS ?? 0) > ClockAside.TotalSeconds).Select(n => $"{n.Id} ({Words.Aside(TimeSpan.FromSeconds(n.ClockOffsetS!.Value))} the database's)").ToList();
        return aside.Count == 0
            ? Finding.Ok("nodes' clocks", $"within {ClockAside.TotalSeconds:0} s of the database's")
            : Finding.Warn("nodes' clocks", Words.Some(aside), "have them keep time by NTP: clips and logs carry their times, and certificates go by them");
    }

    private static Finding Certificates(IReadOnlyList<NodeFacts> nodes, TimeSpan life, DateTimeOffset now)
    {
        // Agents renew when a third is left: one with less than a quarter could not.
        var soon = Names(nodes, n => n.State == NodeState.Ready && n.CertificateExpiresAt is { } until && until - now < life / 4);
        return soon.Count == 0
            ? Finding.Ok("nodes' certificates", "all are renewed in time")
            : Finding.Warn("nodes' certificates", $"end soon, and were not renewed: {Words.Some(soon)}", "see the agent's log there for why it cannot renew; with a join token for the node it enrols anew");
    }

    private static Finding Shipping(IReadOnlyList<NodeFacts> nodes, DateTimeOffset now)
    {
        var stuck = nodes.Where(n => n.ShippingFault.Length > 0 || n.RecordingPaused.Length > 0).ToList();
        if (stuck.Count > 0)
        {
            var first = stuck[0].RecordingPaused.Length > 0 ? $"makes no new clips: {stuck[0].RecordingPaused}" : stuck[0].ShippingFault;
            return Finding.Fail("shipping", $"{Words.Some([.. stuck.Select(n => n.Id)])}: {first}", "mend the storage, or the way to it; the clips wait on the nodes");
        }

        var old = nodes.Where(n => n.UnshippedClips > 0 && n.OldestUnshippedAt is { } at && now - at > OldUnshipped).ToList();
        return old.Count == 0
            ? Finding.Ok("shipping", "no clip waits for long")
            : Finding.Warn("shipping", $"clips wait for up to {Words.Length(now - old.Min(n => n.OldestUnshippedAt!.Value))} on {Words.Some([.. old.Select(n => n.Id)])}", "see whether the nodes are connected and the way to the storage is fast enough");
    }

    private static List<string> Names(IReadOnlyList<NodeFacts> nodes, Func<NodeFacts, bool> which) => [.. nodes.Where(which).Select(n => n.Id)];
}
