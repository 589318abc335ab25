using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Accounts;

/// <summary>How a try to sign in went.</summary>
/// <param name="Session">The session that began; null where it failed.</param>
/// <param name="RetryAfter">How long to wait after too many tries; null otherwise.</param>
public sealed record SignInResult(Session? Session, TimeSpan? RetryAfter);

/// <summary>Signs people in and out: password check, throttle, session token in a cookie.</summary>
public sealed partial class SignIn(AccountStore accounts, SessionStore sessions, LoginThrottle throttle, TimeProvider clock, ILogger<SignIn> log)
{
    /// <summary>What a wrong name and a wrong password are both told.</summary>
    public const string WrongMessage = "the user name or the password is wrong";

    /// <summary>Most characters of a user name.</summary>
    public const int LongestName = 64;

    private const int LongestUserAgent = 200;

    /// <summary>Checks the password and, where it is right, begins a session and sets its cookie on the answer.</summary>
    public async Task<SignInResult> SignInAsync(HttpContext context, string username, string password)
    {
        var (account, wait) = await CheckAsync(context, username, password);
        if (account is null) return new(null, wait);
        var now = clock.GetUtcNow();
        var (secret, hash) = Secret.Make();
        var session = new Session
        {
            Id = Guid.CreateVersion7(now), AccountId = account.Id, Username = account.Username, Role = account.Role, Address = Address(context),
            UserAgent = Plain(context.Request.Headers.UserAgent.ToString()), CreatedAt = now, LastSeenAt = now, ExpiresAt = now + Session.Lifetime,
        };
        Acting.As(new Actor { Kind = Caller.Session, Name = account.Username, AccountId = account.Id, Address = Address(context), Via = $"{context.Request.Method} {context.Request.Path}" });
        await sessions.AddAsync(session, hash, context.RequestAborted);
        SetCookie(context, secret, session.ExpiresAt);
        SignedIn(account.Username, session.Address);
        return new(session, null);
    }

    /// <summary>Checks a password, as often as the throttle allows.</summary>
    /// <returns>The account; null where it is wrong, or with how long to wait.</returns>
    public async Task<(Account? Account, TimeSpan? RetryAfter)> CheckAsync(HttpContext context, string username, string password)
    {
        var (cancellation, from, name) = (context.RequestAborted, context.Connection.RemoteIpAddress, username.Trim());
        // No account is like that; and what an attacker chooses the length of is neither kept, logged nor hashed.
        if (name.Length is 0 or > LongestName || name.Any(c => char.IsControl(c) || char.IsSurrogate(c)) || password.Length > Passwords.Longest)
            return (null, await throttle.TakeAsync(from, null, cancellation));
        if (await throttle.TakeAsync(from, name, cancellation) is { } wait)
        {
            Throttled(name, Address(context));
            return (null, wait);
        }

        var account = await accounts.FindAsync(name, cancellation);
        var verdict = Passwords.Verify(account, password);
        if (account is null || verdict == PasswordVerificationResult.Failed)
        {
            Refused(name, Address(context));
            return (null, null);
        }

        if (verdict == PasswordVerificationResult.SuccessRehashNeeded) await accounts.RehashAsync(account.Id, Passwords.Hash(password), cancellation);
        await throttle.ResetAsync(from, name, cancellation);
        return (account, null);
    }

    /// <summary>Ends the request's session, if it has one, and takes its cookie back.</summary>
    public async Task SignOutAsync(HttpContext context)
    {
        if (Caller.Of(context.User) is { Kind: Caller.Session } caller) await sessions.EndAsync(caller.CredentialId, caller.AccountId, context.RequestAborted);
        SetCookie(context, "", DateTimeOffset.UnixEpoch);
    }

    /// <summary>The request's session; null where it has none that is valid.</summary>
    public async Task<Session?> SessionAsync(HttpContext context) =>
        Secret.HashOf(context.Request.Cookies[CookieName(context)]) is { } hash ? await sessions.UseAsync(hash, clock.GetUtcNow(), context.RequestAborted) : null;

    /// <summary>Adds the first admin where there is no account yet.</summary>
    /// <param name="password">Their password; null: one is made.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The password that was made; null where none was.</returns>
    public async Task<string?> AddFirstAdminAsync(string? password, CancellationToken cancellation)
    {
        if (await accounts.AnyAsync(cancellation)) return null;
        var made = password ?? Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(15));
        var admin = new Account { Id = Guid.CreateVersion7(), Username = "admin", Role = Role.Admin, PasswordHash = Passwords.Hash(made) };
        var added = await accounts.AddFirstAsync(admin, clock.GetUtcNow(), cancellation);
        return added && password is null ? made : null;
    }

    /// <summary>Where a request comes from, for people and for the trail.</summary>
    public static string Address(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "unknown";

    /// <summary>
    /// Browsers keep cookies by host and not by port: two control planes on one machine need two names. Over TLS the
    /// name also says that no other host and no plain connection may have set it (RFC 6265bis section 4.1.3.2).
    /// </summary>
    private static string CookieName(HttpContext context) =>
        $"{(context.Request.IsHttps ? "__Host-" : "")}streamclips_{(context.Request.Host.Port ?? 0).ToString(CultureInfo.InvariantCulture)}";

    /// <summary>
    /// Strict, so that no page elsewhere can make a browser send it, not even by a link: whoever follows one signs in
    /// again or reloads, which for pages of control is the better side to err on.
    /// </summary>
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

    private static string Plain(string text) => new([.. text.Where(c => c is >= ' ' and <= '~').Take(LongestUserAgent)]);

    [LoggerMessage(1101, LogLevel.Information, "account.signed_in: '{Username}' from {Address}")]
    private partial void SignedIn(string username, string address);

    [LoggerMessage(1102, LogLevel.Warning, "account.refused: wrong name or password for '{Username}' from {Address}")]
    private partial void Refused(string username, string address);

    [LoggerMessage(1103, LogLevel.Warning, "account.throttled: too many tries for '{Username}' from {Address}")]
    private partial void Throttled(string username, string address);
}
