namespace Grpc.Core;

/// <summary>The state of a channel (grpc/grpc, doc/connectivity-semantics-and-api.md).</summary>
public enum ConnectivityState
{
    /// <summary>No connection, and none wanted.</summary>
    Idle,

    /// <summary>A connection is being made.</summary>
    Connecting,

    /// <summary>Connected.</summary>
    Ready,

    /// <summary>The last attempt failed; the next one waits.</summary>
    TransientFailure,

    /// <summary>Closed for good.</summary>
    Shutdown,
}
