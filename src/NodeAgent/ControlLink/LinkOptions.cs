using StreamClips.Shared;

namespace StreamClips.NodeAgent.ControlLink;

/// <summary>How the agent reaches its control plane, and who it says it is.</summary>
public sealed record LinkOptions
{
    /// <summary>The gRPC addresses of the control plane's replicas, https, one or more: CONTROL_PLANE_URL.</summary>
    public required IReadOnlyList<Uri> ControlPlanes { get; init; }

    /// <summary>The file with the join token, read whenever the node has no certificate that is let in, so that it may come later: JOIN_TOKEN_FILE.</summary>
    public string? JoinTokenFile { get; init; }

    /// <summary>That file is deleted once the control plane has let this node in: JOIN_TOKEN_REMOVE.</summary>
    public bool RemoveJoinToken { get; init; }

    /// <summary>The node's name: INSTANCE_ID.</summary>
    public required string NodeId { get; init; }

    /// <summary>Workers that this node takes: NODE_CAPACITY.</summary>
    public required int Capacity { get; init; }

    /// <summary>From the call to its first answer.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long the connection may be silent before a ping is sent; without an answer for twice as long it counts as lost.
    /// Together that is three heartbeats.
    /// </summary>
    public TimeSpan PingAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the control plane may take no message, though it answers pings, before the session is given up.</summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Waits between two connects.</summary>
    public Backoff Retry { get; init; } = new(TimeSpan.FromMilliseconds(400), TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(200));

    /// <summary>Wait after a refusal that trying again does not mend.</summary>
    public TimeSpan RefusedRetry { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long another agent must have this node's place before the workers end: one that has just died is forgotten in 15 s.</summary>
    public TimeSpan OustedAfter { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>From a change of a worker's state to its report; changes in between go with it.</summary>
    public TimeSpan Debounce { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>A batch that is not acknowledged for so long is sent again.</summary>
    public TimeSpan AckTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Journal batches that may be on their way, of all workers together.</summary>
    public int MostBatches { get; init; } = 8;
}
