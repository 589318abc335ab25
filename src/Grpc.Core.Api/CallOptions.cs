using System.Diagnostics.CodeAnalysis;

namespace Grpc.Core;

/// <summary>Everything about a call but its method and messages.</summary>
[SuppressMessage("Performance", "CA1815:Override equals and operator equals on value types", Justification = "Nobody compares options.")]
public readonly struct CallOptions
{
    /// <summary>Options of a call.</summary>
    /// <param name="headers">Metadata to send before the first request.</param>
    /// <param name="deadline">When to stop waiting, in UTC; null: never.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <param name="writeOptions">How requests are sent.</param>
    public CallOptions(
        Metadata? headers = null,
        DateTime? deadline = null,
        CancellationToken cancellationToken = default,
        WriteOptions? writeOptions = null)
    {
        Headers = headers;
        Deadline = deadline;
        CancellationToken = cancellationToken;
        WriteOptions = writeOptions;
    }

    /// <summary>Metadata to send before the first request.</summary>
    public Metadata? Headers { get; private init; }

    /// <summary>When to stop waiting, in UTC; null: never.</summary>
    public DateTime? Deadline { get; private init; }

    /// <summary>Gives the call up.</summary>
    public CancellationToken CancellationToken { get; private init; }

    /// <summary>How requests are sent.</summary>
    public WriteOptions? WriteOptions { get; private init; }

    /// <summary>Adds its own metadata to the call.</summary>
    public CallCredentials? Credentials { get; private init; }

    /// <summary>Whether the call waits for a connection instead of failing without one.</summary>
    public bool IsWaitForReady { get; private init; }

    /// <summary>The same with other metadata.</summary>
    /// <param name="headers">The metadata.</param>
    public CallOptions WithHeaders(Metadata headers) => this with { Headers = headers };

    /// <summary>The same with another deadline.</summary>
    /// <param name="deadline">When to stop waiting, in UTC.</param>
    public CallOptions WithDeadline(DateTime deadline) => this with { Deadline = deadline };

    /// <summary>The same with another token.</summary>
    /// <param name="cancellationToken">Gives the call up.</param>
    public CallOptions WithCancellationToken(CancellationToken cancellationToken) => this with { CancellationToken = cancellationToken };

    /// <summary>The same with other write options.</summary>
    /// <param name="writeOptions">How requests are sent.</param>
    public CallOptions WithWriteOptions(WriteOptions writeOptions) => this with { WriteOptions = writeOptions };

    /// <summary>The same with other credentials.</summary>
    /// <param name="credentials">Adds its own metadata to the call.</param>
    public CallOptions WithCredentials(CallCredentials credentials) => this with { Credentials = credentials };

    /// <summary>The same, waiting for a connection or not.</summary>
    /// <param name="waitForReady">Whether the call waits.</param>
    public CallOptions WithWaitForReady(bool waitForReady = true) => this with { IsWaitForReady = waitForReady };
}
