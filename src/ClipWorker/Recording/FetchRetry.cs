using StreamClips.Shared;

namespace StreamClips.ClipWorker.Recording;

/// <summary>Whether a fetch that failed is tried again. Pure.</summary>
internal static class FetchRetry
{
    /// <summary>The most tries for a segment, however long it lives.</summary>
    public const int MaxAttempts = 10;

    private static readonly Backoff Pause = new(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(8), TimeSpan.FromMilliseconds(50));

    /// <summary>The pause before the next try; null: there is none.</summary>
    /// <param name="order">The try that failed.</param>
    /// <param name="final">Whether another one can change nothing.</param>
    /// <param name="took">How long it took.</param>
    /// <param name="random">The source of jitter.</param>
    /// <remarks>A segment that dies before its pause would be over is tried just before: a dead one never.</remarks>
    public static TimeSpan? After(FetchOrder order, bool final, TimeSpan took, Random random)
    {
        var left = order.AliveFor - took;
        if (final || order.Attempt >= MaxAttempts || left <= TimeSpan.Zero) return null;
        var pause = Pause.Delay(order.Attempt, random);
        return pause < left ? pause : left / 2;
    }
}
