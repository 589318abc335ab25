using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace StreamClips.ControlPlane.Accounts;

/// <summary>So many tries at once, then one in a while.</summary>
/// <param name="Name">What is counted; part of the key.</param>
/// <param name="Burst">Tries at once.</param>
/// <param name="Refill">Time for one more try.</param>
public sealed record TryLimit(string Name, int Burst, TimeSpan Refill);

/// <summary>
/// Slows guessing down, over all replicas: by address, by account from one address, and by account from addresses that
/// nobody is signed in to it from. So neither one guesser nor many lock an owner out who is signed in somewhere near.
/// </summary>
/// <remarks>
/// A hash a try costs us as much as the guesser, so that the tries of an address are bounded whatever name they give.
/// The third limit is for guessers with many addresses (OWASP Authentication Cheat Sheet, "Account Lockout").
/// </remarks>
public sealed class LoginThrottle(ThrottleStore store, AccountStore accounts, TimeProvider clock)
{
    private static readonly TryLimit ByAddress = new("address", 30, TimeSpan.FromSeconds(2));
    private static readonly TryLimit ByAccountHere = new("account-here", 5, TimeSpan.FromSeconds(30));
    private static readonly TryLimit ByAccount = new("account", 100, TimeSpan.FromSeconds(10));

    /// <summary>Takes a try.</summary>
    /// <param name="address">Where it comes from.</param>
    /// <param name="name">The account that is tried; null: no account can be like that.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Null where it may be made, otherwise how long to wait.</returns>
    public async Task<TimeSpan?> TakeAsync(IPAddress? address, string? name, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var from = Network(address);
        if (await store.TakeAsync(ByAddress, Key(ByAddress, from), now, cancellation) is { } wait) return wait;
        if (name is null) return null;
        if (await store.TakeAsync(ByAccountHere, Key(ByAccountHere, from, name), now, cancellation) is { } here) return here;
        if (await accounts.IsSignedInFromAsync(name, address?.ToString() ?? "", now, cancellation)) return null;
        return await store.TakeAsync(ByAccount, Key(ByAccount, name), now, cancellation);
    }

    /// <summary>Gives the tries of an account from this address back after a success.</summary>
    public Task ResetAsync(IPAddress? address, string name, CancellationToken cancellation) =>
        store.ResetAsync(Key(ByAccountHere, Network(address), name), cancellation);

    /// <summary>What one guesser has for certain: an IPv4 address, or 64 bits of an IPv6 one (RFC 6177: a site gets at least so many).</summary>
    public static string Network(IPAddress? address)
    {
        if (address is null) return "unknown";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address.ToString();
    }

    /// <summary>Only a hash is kept: people type passwords into the wrong field.</summary>
    private static byte[] Key(TryLimit limit, params string[] parts) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"{limit.Name} {string.Join(' ', parts).ToLowerInvariant()}"));
}
