namespace StreamClips.ControlPlane.Accounts;

/// <summary>
/// Slows guessing down: so many tries at once, then one in a while, for each key (an account from an address, or an
/// address). The owner of an account elsewhere is not locked out by it. Remembers a bounded number of keys; those that
/// have rested longest are forgotten first.
/// </summary>
/// <param name="clock">The clock.</param>
/// <param name="burst">Tries at once.</param>
/// <param name="refill">Time for one more try.</param>
/// <param name="mostKeys">Keys remembered.</param>
public sealed class LoginThrottle(TimeProvider clock, int burst, TimeSpan refill, int mostKeys = 10_000)
{
    private readonly Lock _lock = new();

    // When the key will have all its tries again (a leaky bucket as one time, as in the generic cell rate algorithm).
    private readonly Dictionary<string, DateTimeOffset> _full = [];

    /// <summary>Takes a try.</summary>
    /// <returns>Null where it may be made, otherwise how long to wait.</returns>
    public TimeSpan? Take(string key)
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            var full = _full.TryGetValue(key, out var at) && at > now ? at : now;
            var wait = full + refill - now - (burst * refill);
            if (wait > TimeSpan.Zero) return wait;
            if (_full.Count >= mostKeys) Forget(now);
            _full[key] = full + refill;
            return null;
        }
    }

    /// <summary>Gives the tries back after a success.</summary>
    public void Reset(string key)
    {
        lock (_lock) _full.Remove(key);
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var key in _full.Where(f => f.Value <= now).Select(f => f.Key).ToList()) _full.Remove(key);
        if (_full.Count < mostKeys) return;
        foreach (var key in _full.OrderBy(f => f.Value).Take(mostKeys / 10).Select(f => f.Key).ToList()) _full.Remove(key);
    }
}
