namespace Grpc.Core;

/// <summary>How a call ended. Numbers and meanings: the gRPC status code table (grpc/grpc, doc/statuscodes.md).</summary>
public enum StatusCode
{
    /// <summary>The call did what was asked.</summary>
    OK = 0,

    /// <summary>The caller gave the call up.</summary>
    Cancelled = 1,

    /// <summary>A failure nobody classified, as an exception that left a service method.</summary>
    Unknown = 2,

    /// <summary>The request is wrong whatever the state of the server.</summary>
    InvalidArgument = 3,

    /// <summary>The deadline passed first. The work may have been done all the same.</summary>
    DeadlineExceeded = 4,

    /// <summary>What the request names does not exist.</summary>
    NotFound = 5,

    /// <summary>What the request would create exists.</summary>
    AlreadyExists = 6,

    /// <summary>The caller is known and may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>A quota or limit is spent, also the limit of a message's size.</summary>
    ResourceExhausted = 8,

    /// <summary>The server's state forbids it until somebody changes that state.</summary>
    FailedPrecondition = 9,

    /// <summary>A conflict with another call; retrying a level higher may help.</summary>
    Aborted = 10,

    /// <summary>Past the end of the valid range.</summary>
    OutOfRange = 11,

    /// <summary>The server knows no such method.</summary>
    Unimplemented = 12,

    /// <summary>An invariant is broken.</summary>
    Internal = 13,

    /// <summary>The server cannot be reached just now; retrying may help.</summary>
    Unavailable = 14,

    /// <summary>Data is lost or corrupt beyond recovery.</summary>
    DataLoss = 15,

    /// <summary>The caller did not prove who it is.</summary>
    Unauthenticated = 16,
}
