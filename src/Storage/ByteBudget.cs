namespace StreamClips.Storage;

/// <summary>
/// A limit of bytes a second over all uploads of a program: a token bucket that holds at most one second's worth. Who takes more than is
/// there waits until his debt would be filled up, so that large takes are as fair as small ones.
/// </summary>
/// <param name="bytesPerSecond">The limit; 0: none.</param>
/// <param name="clock">The clock.</param>
public sealed class ByteBudget(long bytesPerSecond, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private double _tokens = bytesPerSecond;
    private long _at = clock.GetTimestamp();

    /// <summary>No limit.</summary>
    public static ByteBudget Unlimited { get; } = new(0, TimeProvider.System);

    /// <summary>Whether there is a limit.</summary>
    public bool IsLimited => bytesPerSecond > 0;

    /// <summary>As much as is best taken at once, so that something goes several times a second also at a low limit: a server gives up who is silent for long.</summary>
    public int PieceBytes => IsLimited ? (int)Math.Clamp(bytesPerSecond / 8, 1 << 10, 64 << 10) : 64 << 10;

    /// <summary>How long so many bytes take where nobody else sends; zero without a limit.</summary>
    public TimeSpan TimeOf(long bytes) => IsLimited ? TimeSpan.FromSeconds((double)bytes / bytesPerSecond) : TimeSpan.Zero;

    /// <summary>Takes bytes, and waits until they may be sent.</summary>
    public Task TakeAsync(int bytes, CancellationToken cancellation)
    {
        if (bytesPerSecond <= 0) return Task.CompletedTask;
        TimeSpan wait;
        lock (_lock)
        {
            var now = clock.GetTimestamp();
            _tokens = Math.Min(bytesPerSecond, _tokens + (clock.GetElapsedTime(_at, now).TotalSeconds * bytesPerSecond)) - bytes;
            _at = now;
            if (_tokens >= 0) return Task.CompletedTask;
            wait = TimeSpan.FromSeconds(-_tokens / bytesPerSecond);
        }

        return Task.Delay(wait, clock, cancellation);
    }
}
