using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Identity;

namespace StreamClips.ControlPlane.Accounts;

/// <summary>How a try to sign in went.</summary>
/// <param name="Session">The session that began; null where it failed.</param>
/// <param name="RetryAfter">How long to wait after too many tries; null otherwise.</param>
public sealed record SignInResult(Session? Session, TimeSpan? RetryAfter);

/// <summary>Signs people in and out: password check, throttle, session token in a cookie.</summary>
public sealed partial class SignIn(AccountStore accounts, TimeProvider clock, ILogger<SignIn> log)
{
    /// <summary>What a wrong name and a wrong password are both told.</summary>
    public const string WrongMessage = "the user name or the password is wrong";

    /// <summary>Most characters of a user name.</summary>
    public const int LongestName = 64;

    /// <summary>Most characters of a password.</summary>
    public const int LongestPassword = 200;

    private const int TokenBytes = 32;
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);
    private static readonly PasswordHasher<Account> Hasher = new();

    // Verified where there is no such account, so that a wrong name takes as long as a wrong password.
    private static readonly string NobodysHash = Hasher.HashPassword(null!, "nobody has this password");

    private readonly LoginThrottle _byAccount = new(clock, burst: 5, TimeSpan.FromSeconds(30));
    private readonly LoginThrottle _byAddress = new(clock, burst: 30, TimeSpan.FromSeconds(2));

    /// <summary>Checks the password and, where it is right, begins a session and sets its cookie on the answer.</summary>
    public async Task<SignInResult> SignInAsync(HttpContext context, string username, string password)
    {
        var address = Address(context);
        var name = username.Trim();
        // No account is like that; and what an attacker chooses the length of is neither kept, logged nor hashed.
        if (name.Length is 0 or > LongestName || name.Any(c => char.IsControl(c) || char.IsSurrogate(c)) || password.Length > LongestPassword)
            return _byAddress.Take(address) is { } pause ? new(null, pause) : new(null, null);
        var key = $"{address} {name.ToLowerInvariant()}";
        if ((_byAddress.Take(address) ?? _byAccount.Take(key)) is { } wait)
        {
            Throttled(name, address);
            return new(null, wait);
        }

        var cancellation = context.RequestAborted;
        var account = await accounts.FindAsync(name, cancellation);
        var verdict = Hasher.VerifyHashedPassword(account!, account?.PasswordHash ?? NobodysHash, password);
        if (account is null || verdict == PasswordVerificationResult.Failed)
        {
            Refused(name, address);
            return new(null, null);
        }

        if (verdict == PasswordVerificationResult.SuccessRehashNeeded)
            await accounts.RehashAsync(account.Id, Hasher.HashPassword(account, password), cancellation);
        _byAccount.Reset(key);
        var now = clock.GetUtcNow();
        var token = RandomNumberGenerator.GetBytes(TokenBytes);
        await accounts.AddSessionAsync(SHA256.HashData(token), account.Id, address, now, now + Lifetime, cancellation);
        SetCookie(context, Base64Url.EncodeToString(token), now + Lifetime);
        SignedIn(account.Username, address);
        return new(new Session { AccountId = account.Id, Username = account.Username, ExpiresAt = now + Lifetime }, null);
    }

    /// <summary>Ends the request's session, if it has one, and takes its cookie back.</summary>
    public async Task SignOutAsync(HttpContext context)
    {
        if (TokenHash(context) is { } hash) await accounts.RemoveSessionAsync(hash, context.RequestAborted);
        SetCookie(context, "", DateTimeOffset.UnixEpoch);
    }

    /// <summary>The request's session; null where it has none that is valid.</summary>
    public async Task<Session?> SessionAsync(HttpContext context) =>
        TokenHash(context) is { } hash ? await accounts.FindSessionAsync(hash, clock.GetUtcNow(), context.RequestAborted) : null;

    /// <summary>Adds the first admin where there is no account yet.</summary>
    /// <param name="password">Their password; null: one is made.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The password that was made; null where none was.</returns>
    public async Task<string?> AddFirstAdminAsync(string? password, CancellationToken cancellation)
    {
        if (await accounts.AnyAsync(cancellation)) return null;
        var made = password ?? Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(15));
        var admin = new Account { Id = Guid.CreateVersion7(), Username = "admin", PasswordHash = Hasher.HashPassword(null!, made) };
        var added = await accounts.AddFirstAsync(admin, clock.GetUtcNow(), cancellation);
        return added && password is null ? made : null;
    }

    private static byte[]? TokenHash(HttpContext context)
    {
        var text = context.Request.Cookies[CookieName(context)];
        if (text is not { Length: 43 }) return null;
        var token = new byte[TokenBytes];
        return Base64Url.TryDecodeFromUtf8(Encoding.ASCII.GetBytes(text), token, out var length) && length == TokenBytes ? SHA256.HashData(token) : null;
    }

    /// <summary>Browsers keep cookies by host and not by port: two control planes on one machine need two names.</summary>
    private static string CookieName(HttpContext context) =>
        $"streamclips_{(context.Request.Host.Port ?? 0).ToString(CultureInfo.InvariantCulture)}";

    private static void SetCookie(HttpContext context, string value, DateTimeOffset expires) =>
        context.Response.Cookies.Append(CookieName(context), value, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = context.Request.IsHttps,
            Path = "/",
            Expires = expires,
            IsEssential = true,
        });

    private static string Address(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "unknown";

    [LoggerMessage(1101, LogLevel.Information, "account.signed_in: '{Username}' from {Address}")]
    private partial void SignedIn(string username, string address);

    [LoggerMessage(1102, LogLevel.Warning, "account.refused: wrong name or password for '{Username}' from {Address}")]
    private partial void Refused(string username, string address);

    [LoggerMessage(1103, LogLevel.Warning, "account.throttled: too many tries for '{Username}' from {Address}")]
    private partial void Throttled(string username, string address);
}
