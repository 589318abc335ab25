namespace StreamClips.ControlPlane.Liveness;

/// <summary>How many questions a platform may be asked: a bucket that fills evenly and holds what is due in two seconds.</summary>
/// <param name="perS">Questions a second.</param>
/// <param name="clock">The clock.</param>
public sealed class CallBudget(double perS, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly double _most = Math.Max(1, perS * 2);
    private double _left = Math.Max(1, perS * 2);
    private long _at = clock.GetTimestamp();

    /// <summary>Takes a question out; where there is none, waits for it. Those who wait go in turn.</summary>
    public async Task TakeAsync(CancellationToken cancellation)
    {
        TimeSpan wait;
        lock (_lock)
        {
            var now = clock.GetTimestamp();
            _left = Math.Min(_most, _left + clock.GetElapsedTime(_at, now).TotalSeconds * perS) - 1;
            _at = now;
            wait = _left >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_left / perS);
        }

        if (wait > TimeSpan.Zero) await Task.Delay(wait, clock, cancellation);
    }
}
