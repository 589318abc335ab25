namespace StreamClips.ClipWorker.Recording;

/// <summary>
/// Tells everybody who waits that something changed. Who waits takes <see cref="Next"/> first, then looks at the state, then
/// waits: so no change is missed, and nobody looks again and again. Safe for several threads.
/// </summary>
internal sealed class Pulse
{
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends with the next change.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Something changed.</summary>
    public void Beat() => Interlocked.Exchange(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    /// <summary>Waits for a change, but no longer than this.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task WaitAsync(Task next, TimeSpan atMost, TimeProvider clock, CancellationToken ct)
    {
        if (atMost > TimeSpan.Zero || atMost == Timeout.InfiniteTimeSpan)
            await next.WaitAsync(atMost, clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ct.ThrowIfCancellationRequested();
    }
}

/// <summary>The time since this was made, by a clock that nobody sets: what lives and dies is measured by it.</summary>
internal sealed class Uptime(TimeProvider clock)
{
    private readonly long _began = clock.GetTimestamp();

    /// <summary>The time since the beginning.</summary>
    public TimeSpan Now => clock.GetElapsedTime(_began);
}
