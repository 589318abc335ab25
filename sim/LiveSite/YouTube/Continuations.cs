using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using StreamClips.LiveSite.Channels;

namespace StreamClips.LiveSite.YouTube;

/// <summary>Where a reader of a chat has come to.</summary>
/// <param name="Channel">The channel's name.</param>
/// <param name="Broadcast">The broadcast's number.</param>
/// <param name="Kind"><c>all</c> or <c>top</c>.</param>
/// <param name="FromMs">What was said before is known; milliseconds since the Unix epoch. 0: nothing was read yet.</param>
/// <param name="IssuedMs">When it was given out.</param>
public sealed record Continuation(string Channel, long Broadcast, string Kind, long FromMs, long IssuedMs);

/// <summary>Gives continuations and reads them. They are signed, and stale after <see cref="Lifetime"/>.</summary>
/// <param name="time">The clock.</param>
public sealed class Continuations(TimeProvider time)
{
    /// <summary>How long a continuation can be used.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    private const int SignatureBytes = 16;
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <summary>The continuation of a page, with which reading begins.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="broadcast">The broadcast.</param>
    /// <param name="kind"><c>all</c> or <c>top</c>.</param>
    public string First(Channel channel, Broadcast broadcast, string kind) => Issue(new(channel.Name, broadcast.Id, kind, 0, 0));

    /// <summary>Gives a continuation out now.</summary>
    /// <param name="continuation">What it says.</param>
    public string Issue(Continuation continuation)
    {
        var value = Encoding.UTF8.GetBytes($"{continuation.Channel} {continuation.Broadcast} {continuation.Kind} {continuation.FromMs} {time.GetUtcNow().ToUnixTimeMilliseconds()}");
        return Base64Url.EncodeToString([.. Sign(value), .. value]);
    }

    /// <summary>Reads a continuation; null: forged, or stale.</summary>
    /// <param name="text">The continuation.</param>
    public Continuation? Read(string text)
    {
        if (!Base64Url.IsValid(text)) return null;
        var bytes = Base64Url.DecodeFromChars(text);
        if (bytes.Length <= SignatureBytes || !CryptographicOperations.FixedTimeEquals(bytes.AsSpan(0, SignatureBytes), Sign(bytes.AsSpan(SignatureBytes)))) return null;
        var parts = Encoding.UTF8.GetString(bytes.AsSpan(SignatureBytes)).Split(' ');
        var continuation = new Continuation(parts[0], long.Parse(parts[1]), parts[2], long.Parse(parts[3]), long.Parse(parts[4]));
        return DateTimeOffset.FromUnixTimeMilliseconds(continuation.IssuedMs) + Lifetime > time.GetUtcNow() ? continuation : null;
    }

    private ReadOnlySpan<byte> Sign(ReadOnlySpan<byte> value) => HMACSHA256.HashData(_key, value).AsSpan(0, SignatureBytes);
}
