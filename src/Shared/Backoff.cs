namespace StreamClips.Shared;

/// <summary>
/// Exponential backoff with full jitter: the n-th wait is drawn evenly from 0 to min(cap, first × 2ⁿ). Full jitter keeps
/// many clients that failed together from coming back together ("Exponential Backoff and Jitter", AWS Architecture Blog, 2015).
/// </summary>
/// <param name="First">Upper bound of the first wait.</param>
/// <param name="Cap">Upper bound of any wait.</param>
/// <param name="Floor">Lower bound of any wait.</param>
public sealed record Backoff(TimeSpan First, TimeSpan Cap, TimeSpan Floor = default)
{
    /// <summary>The wait before the next try.</summary>
    /// <param name="failures">Tries that failed in a row, from 1.</param>
    /// <param name="random">Source of the jitter.</param>
    public TimeSpan Delay(int failures, Random random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(failures, 1);
        var bound = Math.Min(Cap.TotalMilliseconds, First.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, 30)));
        return TimeSpan.FromMilliseconds(Math.Max(Floor.TotalMilliseconds, bound * random.NextDouble()));
    }
}
