using System.Text.Json.Serialization;

namespace StreamClips.NodeAgent.Workers;

/// <summary>How a worker is, as the control plane sees it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<WorkerState>))]
public enum WorkerState
{
    /// <summary>About to be started, or started and not heard of yet.</summary>
    Starting,

    /// <summary>Alive, and has said how it is.</summary>
    Running,

    /// <summary>Crashed; waits for its next start.</summary>
    BackingOff,

    /// <summary>Asked to stop, not gone yet.</summary>
    Stopping,

    /// <summary>Stopped as wished.</summary>
    Stopped,

    /// <summary>Ended by itself: the stream ended.</summary>
    Ended,

    /// <summary>Failed or crashed too often; retried slowly.</summary>
    Failed,
}
