using System.Net;
using StreamClips.ControlPlane.Accounts;

namespace StreamClips.ControlPlane.Enrollment;

/// <summary>
/// Slows down who asks to be enrolled: 60 tries at once from an address, then one a second (a leaky bucket as one time, as in
/// <see cref="ThrottleStore"/>). In memory, so that a try costs the database nothing; each replica counts for itself.
/// </summary>
public sealed class EnrollmentThrottle(TimeProvider clock)
{
    /// <summary>Tries at once.</summary>
    public const int Burst = 60;

    private const int MostAddresses = 10_000;
    private static readonly TimeSpan Refill = TimeSpan.FromSeconds(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, DateTimeOffset> _fullAt = [];

    /// <summary>Takes a try.</summary>
    /// <returns>Null where there was one, otherwise how long to wait.</returns>
    public TimeSpan? Take(IPAddress? address)
    {
        var now = clock.GetUtcNow();
        var from = LoginThrottle.Network(address);
        lock (_lock)
        {
            if (_fullAt.Count >= MostAddresses && !_fullAt.ContainsKey(from))
            {
                foreach (var (full, at) in _fullAt.ToList())
                    if (at <= now) _fullAt.Remove(full);
                if (_fullAt.Count >= MostAddresses) return Refill;
            }

            var fullAt = _fullAt.GetValueOrDefault(from);
            fullAt = (fullAt > now ? fullAt : now) + Refill;
            var wait = fullAt - now - (Burst * Refill);
            if (wait > TimeSpan.Zero) return wait;
            _fullAt[from] = fullAt;
            return null;
        }
    }
}
