namespace StreamClips.NodeAgent.ControlLink;

/// <summary>
/// The addresses of the control plane's replicas, or the one of a balancer before them. One is dialled at a time, the first one by lot, so that the agents of a
/// fleet spread; from one that does not serve this node it goes on to the next, round and round. Nothing is remembered of any: one that was away
/// is as good as the others when its turn comes. Safe for several threads.
/// </summary>
public sealed class ControlPlaneAddresses(LinkOptions options, Random random)
{
    private int _at = random.Next(options.ControlPlanes.Count);

    /// <summary>How many there are, 1 or more.</summary>
    public int Count => options.ControlPlanes.Count;

    /// <summary>The one to dial.</summary>
    public Uri Current => options.ControlPlanes[Volatile.Read(ref _at)];

    /// <summary>That one does not serve this node: the next one is to be dialled. Called by the link alone.</summary>
    public void MoveOn() => Volatile.Write(ref _at, (_at + 1) % Count);
}
