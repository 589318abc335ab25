namespace StreamClips.NodeAgent.Host;

/// <summary>
/// Wakes one loop. Setting it many times before the loop looks is one wake-up; setting it while the loop works is another
/// one. Not for several waiters.
/// </summary>
public sealed class Signal
{
    private TaskCompletionSource _set = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Wakes the loop, now or when it next waits.</summary>
    public void Set() => Volatile.Read(ref _set).TrySetResult();

    /// <summary>Waits until it is set, at most so long, and unsets it.</summary>
    public async Task WaitAsync(TimeSpan atMost, TimeProvider clock, CancellationToken cancellation)
    {
        var set = Volatile.Read(ref _set);
        if (!set.Task.IsCompleted)
        {
            // Time and cancellation set it too: so there is one way to wake up, and no step more on it.
            await using var timer = clock.CreateTimer(Complete, set, atMost < TimeSpan.Zero ? TimeSpan.Zero : atMost, Timeout.InfiniteTimeSpan);
            await using var ends = cancellation.UnsafeRegister(Complete, set);
            await set.Task;
            cancellation.ThrowIfCancellationRequested();
        }

        // Unset before the loop looks at the state, so that no change behind its look is missed.
        if (set.Task.IsCompleted)
            Interlocked.CompareExchange(ref _set, new(TaskCreationOptions.RunContinuationsAsynchronously), set);
    }

    private static void Complete(object? set) => ((TaskCompletionSource)set!).TrySetResult();
}
