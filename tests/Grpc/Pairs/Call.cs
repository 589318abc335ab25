using Grpc.Core;

namespace StreamClips.Grpc.Tests.Pairs;

/// <summary>The method to call.</summary>
public enum Kind
{
    /// <summary>Unary.</summary>
    Ask,

    /// <summary>Client streaming.</summary>
    Gather,

    /// <summary>Server streaming.</summary>
    Scatter,

    /// <summary>Duplex streaming.</summary>
    Talk,

    /// <summary>Unary, of a service that nobody serves.</summary>
    Absent,
}

/// <summary>An entry of metadata; the bytes of a <c>-bin</c> key in base64.</summary>
public sealed record Pair(string Key, string Value);

/// <summary>One request; what it asks for is told in probe.proto.</summary>
public sealed record Message(string Text = "")
{
    public int PayloadBytes { get; init; }

    public int Replies { get; init; }

    public int ReplyPayloadBytes { get; init; }

    public Failing? Failure { get; init; }

    public bool Wait { get; init; }
}

/// <summary>How the service is to end the call.</summary>
public sealed record Failing(StatusCode Code, string Detail)
{
    public byte[] StatusDetails { get; init; } = [];
}

/// <summary>One call, for either client.</summary>
public sealed record Call(Kind Kind, params Message[] Requests)
{
    public IReadOnlyList<Pair> Metadata { get; init; } = [];

    public TimeSpan? Deadline { get; init; }

    /// <summary>Say that no more requests follow.</summary>
    public bool Ends { get; init; } = true;

    /// <summary>Compress the requests.</summary>
    public bool Gzip { get; init; }

    public static IReadOnlyList<Kind> Kinds { get; } = [Kind.Ask, Kind.Gather, Kind.Scatter, Kind.Talk];
}

/// <summary>One reply.</summary>
public sealed record Answer(string Text, int Number, int PayloadBytes, int ReceivedPayloadBytes);

/// <summary>All that a client learned from a call.</summary>
public sealed record Outcome(
    StatusCode Code,
    string Detail,
    IReadOnlyList<Pair> Headers,
    IReadOnlyList<Pair> Trailers,
    IReadOnlyList<Answer> Replies);

/// <summary>A client of the probe service.</summary>
public interface IProbeClient : IAsyncDisposable
{
    /// <summary>Makes a call and tells how it went; never throws for a status, nor when it is cancelled.</summary>
    Task<Outcome> CallAsync(Uri server, Call call, CancellationToken cancellationToken);
}

/// <summary>A server of the probe service.</summary>
public interface IProbeServer : IAsyncDisposable
{
    Uri Address { get; }

    /// <summary>The calls that were told to wait.</summary>
    WaitingCalls Waiting { get; }
}
