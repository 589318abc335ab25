using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace StreamClips.LiveSite.Twitch;

/// <summary>The application that the public API knows, its tokens, and how much it may still ask.</summary>
/// <param name="time">The clock.</param>
public sealed class HelixState(TimeProvider time)
{
    /// <summary>The application's id.</summary>
    public const string ClientId = "simulatedclientid0000000000000";

    /// <summary>The application's secret; of the simulator, and no secret at all.</summary>
    public const string ClientSecret = "simulatedclientsecret000000000";

    /// <summary>Points of the bucket, which a minute fills: a request costs one (Twitch API guide, rate limits).</summary>
    public const int UsualLimit = 800;

    private static readonly TimeSpan TokenLife = TimeSpan.FromDays(60);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _tokens = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private double _points = UsualLimit;
    private DateTimeOffset _at = time.GetUtcNow();

    /// <summary>Points of the bucket now.</summary>
    public int Limit { get; private set; } = UsualLimit;

    /// <summary>Whether it names nobody, whoever is live.</summary>
    public bool Lies { get; private set; }

    /// <summary>Changes how it behaves.</summary>
    /// <param name="limit">Points of the bucket; it is full.</param>
    /// <param name="revokes">Whether the tokens that were given out are refused from now on.</param>
    /// <param name="lies">Whether it names nobody.</param>
    public void Set(int limit, bool revokes, bool lies)
    {
        lock (_lock) (Limit, _points, _at, Lies) = (limit, limit, time.GetUtcNow(), lies);
        if (revokes) _tokens.Clear();
    }

    /// <summary>Gives out a token.</summary>
    /// <returns>The token and its life in seconds.</returns>
    public (string Token, long Seconds) Issue()
    {
        var token = RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz0123456789", 30);
        _tokens[token] = time.GetUtcNow() + TokenLife;
        return (token, (long)TokenLife.TotalSeconds);
    }

    /// <summary>Whether a token is good.</summary>
    /// <param name="token">The token.</param>
    public bool Knows(string token) => _tokens.TryGetValue(token, out var until) && until > time.GetUtcNow();

    /// <summary>Takes a point out of the bucket.</summary>
    /// <returns>Whether there was one, how many are left, and when the bucket is full, in seconds since 1970.</returns>
    public (bool Allowed, int Left, long FullAt) Take()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            _points = Math.Min(Limit, _points + (now - _at).TotalMinutes * Limit);
            _at = now;
            var allowed = _points >= 1;
            if (allowed) _points--;
            return (allowed, (int)_points, (now + TimeSpan.FromMinutes((Limit - _points) / Math.Max(1, Limit))).ToUnixTimeSeconds() + 1);
        }
    }
}
