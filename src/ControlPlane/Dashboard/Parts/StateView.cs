using StreamClips.Shared.Journal;

namespace StreamClips.ControlPlane.Dashboard.Parts;

/// <summary>How a state is shown.</summary>
/// <param name="Tone">live, surge, wait, busy, warn, bad or off: chooses colour and shape.</param>
/// <param name="Word">What it is called.</param>
/// <param name="Meaning">What that means, in a sentence.</param>
public sealed record StateView(string Tone, string Word, string Meaning)
{
    /// <summary>A process.</summary>
    /// <param name="state">Its state, as the node agent tells it.</param>
    /// <param name="phase">What its worker says of itself; null before its first word.</param>
    public static StateView OfProcess(string state, string? phase) => state switch
    {
        "running" => OfPhase(phase),
        "assigned" => new("busy", "Assigned", "A node was chosen; it has not yet begun."),
        "starting" => new("busy", "Starting", "The node starts the worker."),
        "backing_off" => new("warn", "Restarting", "The worker crashed; it starts again in a moment."),
        "stopping" => new("busy", "Stopping", "The worker finishes its clip and stops."),
        "stopped" => new("off", "Stopped", "Stopped as wished."),
        "ended" => new("off", "Ended", "The stream ended."),
        "failed" => new("bad", "Failed", "The worker crashed too often, or cannot work; it is tried again from time to time."),
        "lost" => new("bad", "Lost", "The node does not answer; the channel moves to another."),
        _ => new("off", state, "A state that this version does not know."),
    };

    /// <summary>A channel that has no process.</summary>
    /// <param name="active">Whether it is wanted.</param>
    /// <param name="live">Whether its platform says that it is live; null: it says nothing.</param>
    public static StateView OfIdle(bool active, bool? live) => (active, live) switch
    {
        (false, _) => new("off", "Not active", "Nobody watches this channel until it is activated."),
        (true, false) => new("wait", "Offline", "The channel is not live and takes no place on a node; its platform is asked again and again."),
        (true, _) => new("wait", "Waiting", "Wanted, and not yet on a node."),
    };

    /// <summary>A node.</summary>
    /// <param name="node">The node.</param>
    public static StateView OfNode(ControlPlane.Nodes.Node node) => node switch
    {
        { State: ControlPlane.Nodes.NodeState.Ready, Drained: true } => new("off", "Drained", "Nothing runs there any more, and every clip is in storage: the server may be taken away."),
        { State: ControlPlane.Nodes.NodeState.Ready, Draining: true } => new("busy", "Draining", "It takes no channel; clips that are being made are finished and shipped."),
        _ => OfNode(node.State),
    };

    private static StateView OfNode(string state) => state switch
    {
        "ready" => new("live", "Ready", "The node answers and takes channels."),
        "revoked" => new("off", "Revoked", "The node's certificates were revoked: it is not let in until it enrols again with a join token for it."),
        "retired" => new("off", "Retired", "The node was taken out of service: it is not let in until it enrols again with a join token for it."),
        _ => new("bad", "Lost", "The node has not answered for 15 seconds; its channels move to others."),
    };

    private static StateView OfPhase(string? phase) => phase switch
    {
        null or WorkerPhase.Resolving => new("busy", "Finding stream", "Looks for the stream behind the address."),
        WorkerPhase.Waiting => new("wait", "Offline", "The channel is not live; it is looked at again and again."),
        WorkerPhase.Watching => new("live", "Watching", "Reads the video and the chat."),
        WorkerPhase.Clipping => new("surge", "Clipping", "The chat surged: a clip is being made, and watching goes on."),
        WorkerPhase.Ended => new("off", "Ended", "The stream ended."),
        WorkerPhase.Failed => new("bad", "Failed", "The worker cannot go on."),
        _ => new("busy", phase, "A phase that this version does not know."),
    };
}
