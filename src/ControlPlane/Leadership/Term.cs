namespace StreamClips.ControlPlane.Leadership;

/// <summary>A leader's work was refused: its term is over. It is a cancellation, as what ends work with the term is.</summary>
public sealed class TermOverException(long term) : OperationCanceledException($"term {term} is over: another replica may lead, and nothing of this was changed");

/// <summary>
/// One time of leading: from the lease's taking until it could not be renewed, was taken by another, or is given back. Once over it
/// stays so; the same replica may lead again with another term.
/// </summary>
public sealed class Term : IDisposable
{
    private readonly CancellationTokenSource _over = new();
    private readonly TimeProvider _clock;
    private readonly ITimer _end;
    private readonly Lock _lock = new();
    private long _askedAt;

    /// <summary>Begins a term.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="askedAt">When the lease was asked for that was got, by the clock's timestamp.</param>
    /// <param name="clock">The monotonic clock that it ends by.</param>
    public Term(long number, long askedAt, TimeProvider clock)
    {
        (Number, _askedAt, _clock) = (number, askedAt, clock);
        _end = clock.CreateTimer(_ => _over.Cancel(), null, Left, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Its number: greater than that of every term before it.</summary>
    public long Number { get; }

    /// <summary>Ends with it.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>Whether it lasts, as far as this replica knows.</summary>
    public bool Lasts => !Over.IsCancellationRequested && Left > TimeSpan.Zero;

    /// <summary>How long it still lasts where it is not renewed; by the clock alone, so it tells the truth also where timers come late.</summary>
    private TimeSpan Left
    {
        get
        {
            var left = LeasePlan.LeadsFor - _clock.GetElapsedTime(_askedAt);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>The lease was renewed.</summary>
    /// <param name="askedAt">When that was asked for.</param>
    public void Renewed(long askedAt)
    {
        lock (_lock)
        {
            _askedAt = askedAt;
            if (!Over.IsCancellationRequested) _end.Change(Left, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Ends it.</summary>
    public Task EndAsync() => _over.CancelAsync();

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.Dispose();
        _over.Dispose();
    }
}
