namespace StreamClips.Testing;

/// <summary>Waits on state, with a deadline, instead of on time.</summary>
public static class Eventually
{
    // Long, since it costs nothing where the condition comes true, and a busy machine may stand still for many seconds.
    private const double Patience = 90;

    /// <summary>Asks again every 20 ms until the answer is yes.</summary>
    /// <param name="condition">What must come true.</param>
    /// <param name="what">What it is, for the message.</param>
    /// <param name="seconds">The deadline.</param>
    /// <exception cref="TimeoutException">It did not come true in time; the message says what.</exception>
    public static Task TrueAsync(Func<bool> condition, string what, double seconds = Patience) =>
        TrueAsync(() => Task.FromResult(condition()), what, seconds);

    /// <inheritdoc cref="TrueAsync(Func{bool}, string, double)"/>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what, double seconds = Patience) =>
        await ValueAsync(async () => await condition() ? new object() : null, what, seconds);

    /// <summary>Asks again every 20 ms until the answer is not null, and returns it.</summary>
    /// <inheritdoc cref="TrueAsync(Func{bool}, string, double)"/>
    public static async Task<T> ValueAsync<T>(Func<Task<T?>> probe, string what, double seconds = Patience)
        where T : class
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (await probe() is { } value) return value;
            if (TimeProvider.System.GetElapsedTime(started).TotalSeconds > seconds)
                throw new TimeoutException($"not within {seconds} s: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
