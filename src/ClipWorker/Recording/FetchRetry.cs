using StreamClips.Shared;

namespace StreamClips.ClipWorker.Recording;

/// <summary>Whether a fetch that failed is tried again. Pure.</summary>
internal static class FetchRetry
{
    /// <summary>The most tries for a segment, however long it lives.</summary>
    public const int MaxAttempts = 10;

    /// <summary>The most tries where the origin sends all that it has, and that is not usable: it will hardly become so.</summary>
    public const int MaxBadAnswers = 3;

    private static readonly Backoff Pause = new(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(8), TimeSpan.FromMilliseconds(50));

    /// <summary>The pause before the next try; null: there is none.</summary>
    /// <param name="order">The try that failed.</param>
    /// <param name="result">How it failed.</param>
    /// <param name="took">How long it took.</param>
    /// <param name="random">The source of jitter.</param>
    /// <remarks>A segment that dies before its pause would be over is tried just before: a dead one never.</remarks>
    public static TimeSpan? After(FetchOrder order, DownloadResult result, TimeSpan took, Random random)
    {
        var left = order.AliveFor - took;
        if (result.Final || order.Attempt >= MaxAttempts || left <= TimeSpan.Zero || (result.Bad && order.BadAnswers + 1 >= MaxBadAnswers)) return null;
        var pause = Pause.Delay(order.Attempt, random);
        return pause < left ? pause : left / 2;
    }

    /// <summary>Whether none follows this try, if its answer is not usable.</summary>
    public static bool IsLast(FetchOrder order) =>
        order.Attempt >= MaxAttempts || order.AliveFor <= TimeSpan.Zero || order.BadAnswers + 1 >= MaxBadAnswers;
}
