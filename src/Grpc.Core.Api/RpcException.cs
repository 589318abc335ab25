namespace Grpc.Core;

/// <summary>A call that ended with a status other than OK: thrown to a caller, or by a service method to say so to its caller.</summary>
public class RpcException : Exception
{
    /// <summary>A failure without trailers.</summary>
    /// <param name="status">The outcome.</param>
    public RpcException(Status status)
        : this(status, Metadata.Empty)
    {
    }

    /// <summary>A failure with a message of its own.</summary>
    /// <param name="status">The outcome.</param>
    /// <param name="message">The exception's message.</param>
    public RpcException(Status status, string message)
        : this(status, Metadata.Empty, message)
    {
    }

    /// <summary>A failure with trailers.</summary>
    /// <param name="status">The outcome.</param>
    /// <param name="trailers">Metadata sent or received after the last message.</param>
    public RpcException(Status status, Metadata trailers)
        : this(status, trailers, status.ToString())
    {
    }

    /// <summary>A failure with trailers and a message of its own.</summary>
    /// <param name="status">The outcome.</param>
    /// <param name="trailers">Metadata sent or received after the last message.</param>
    /// <param name="message">The exception's message.</param>
    public RpcException(Status status, Metadata trailers, string message)
        : base(message, status.DebugException)
    {
        Status = status;
        Trailers = trailers;
    }

    /// <summary>The outcome.</summary>
    public Status Status { get; }

    /// <summary>The outcome's code.</summary>
    public StatusCode StatusCode => Status.StatusCode;

    /// <summary>Metadata that came or goes with the status; empty when there is none.</summary>
    public Metadata Trailers { get; }
}
