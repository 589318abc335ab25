using StreamClips.ControlPlane.Database;

namespace StreamClips.ControlPlane.Accounts;

/// <summary>
/// Tries in the database, so that they count over all replicas: a leaky bucket as one time, as in the generic cell rate
/// algorithm (ITU-T I.371 annex A). Rows that are full again are removed in passing.
/// </summary>
public sealed class ThrottleStore(Postgres postgres)
{
    /// <summary>Takes a try.</summary>
    /// <returns>Null where there was one, otherwise how long to wait.</returns>
    public async Task<TimeSpan?> TakeAsync(TryLimit limit, byte[] key, DateTimeOffset now, CancellationToken cancellation)
    {
        var longest = limit.Burst * limit.Refill;
        var taken = await postgres.ExecuteAsync(
            """
            insert into sign_in_throttle as t (key_hash, full_at) values (@key, @now + @Refill)
            on conflict (key_hash) do update set full_at = greatest(t.full_at, @now) + @Refill
            where greatest(t.full_at, @now) + @Refill <= @now + @longest
            """, new { key, now, limit.Refill, longest }, cancellation);
        if (taken == 1) return null;
        var full = await postgres.FirstAsync<DateTimeOffset?>("select full_at from sign_in_throttle where key_hash = @key", new { key }, cancellation) ?? now;
        var wait = full + limit.Refill - now - longest;
        return wait > TimeSpan.Zero ? wait : TimeSpan.FromSeconds(1);
    }

    /// <summary>Gives all tries back.</summary>
    public Task ResetAsync(byte[] key, CancellationToken cancellation) =>
        postgres.ExecuteAsync("delete from sign_in_throttle where key_hash = @key", new { key }, cancellation);

    /// <summary>Forgets the keys that have all their tries again.</summary>
    public Task<int> TrimAsync(DateTimeOffset now, CancellationToken cancellation) =>
        postgres.ExecuteAsync("delete from sign_in_throttle where full_at <= @now", new { now }, cancellation);
}
