namespace Grpc.Core;

/// <summary>The outcome of a call: a code and a sentence for people.</summary>
public readonly struct Status : IEquatable<Status>
{
    /// <summary>Success without a detail.</summary>
    public static readonly Status DefaultSuccess = new(StatusCode.OK, "");

    /// <summary>Cancelled without a detail.</summary>
    public static readonly Status DefaultCancelled = new(StatusCode.Cancelled, "");

    private readonly string? _detail;

    /// <summary>A status as the far side sends it.</summary>
    /// <param name="statusCode">The code.</param>
    /// <param name="detail">Why, for people.</param>
    public Status(StatusCode statusCode, string detail)
        : this(statusCode, detail, debugException: null)
    {
    }

    /// <summary>A status made on this side, with the exception behind it.</summary>
    /// <param name="statusCode">The code.</param>
    /// <param name="detail">Why, for people.</param>
    /// <param name="debugException">The local cause; never sent.</param>
    public Status(StatusCode statusCode, string detail, Exception? debugException)
    {
        StatusCode = statusCode;
        _detail = detail;
        DebugException = debugException;
    }

    /// <summary>The code.</summary>
    public StatusCode StatusCode { get; }

    /// <summary>Why, for people; empty when nothing was said.</summary>
    public string Detail => _detail ?? "";

    /// <summary>The exception that led here, where it happened in this process.</summary>
    public Exception? DebugException { get; }

    /// <summary>Same code, detail and cause.</summary>
    /// <param name="left">One status.</param>
    /// <param name="right">The other.</param>
    public static bool operator ==(Status left, Status right) => left.Equals(right);

    /// <summary>Another code, detail or cause.</summary>
    /// <param name="left">One status.</param>
    /// <param name="right">The other.</param>
    public static bool operator !=(Status left, Status right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(Status other) =>
        StatusCode == other.StatusCode && Detail == other.Detail && Equals(DebugException, other.DebugException);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Status other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(StatusCode, Detail, DebugException);

    /// <summary>Code, detail and, where there is one, the local cause, on one line as far as the cause allows.</summary>
    public override string ToString()
    {
        var cause = DebugException is null ? "" : $", DebugException=\"{DebugException.GetType()}: {DebugException.Message}\"";
        return $"Status(StatusCode=\"{StatusCode}\", Detail=\"{Detail}\"{cause})";
    }
}
