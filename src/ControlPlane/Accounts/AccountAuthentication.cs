using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Accounts;

/// <summary>
/// Knows a request by the token in its <c>Authorization: Bearer</c> (RFC 6750 section 2.1) or by the session in its
/// cookie. Where both came the token counts: somebody meant it.
/// </summary>
public sealed class AccountAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, SignIn signIn, TokenStore tokens, TimeProvider clock)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    /// <summary>Name of the scheme.</summary>
    public const string SchemeName = "account";

    /// <summary>Where pages send those who are not signed in; <c>?return=</c> names the page they wanted.</summary>
    public const string SignInPage = "/app/sign-in";

    private const string Bearer = "Bearer ";

    /// <inheritdoc/>
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        // Health is told without the database, most of all where that is away.
        if (Request.Path.StartsWithSegments("/health")) return AuthenticateResult.NoResult();
        var header = Request.Headers.Authorization.ToString();
        var caller = header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? await OfTokenAsync(header[Bearer.Length..].Trim()) : await OfSessionAsync();
        return caller is null ? AuthenticateResult.NoResult() : AuthenticateResult.Success(new AuthenticationTicket(caller.ToPrincipal(), SchemeName));
    }

    /// <inheritdoc/>
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (Request.Path.StartsWithSegments("/app"))
        {
            Response.Redirect($"{SignInPage}?return={Uri.EscapeDataString(Request.Path + Request.QueryString)}");
            return Task.CompletedTask;
        }

        Response.Headers.WWWAuthenticate = "Bearer";
        return Request.Headers.ContainsKey("Authorization")
            ? Problems.Of(401, "the token is unknown, expired or revoked", "make another at /app/access, or with POST /tokens").ExecuteAsync(Context)
            : Problems.Of(401, "sign in first", "POST /auth/login with username and password, or give a token as Authorization: Bearer").ExecuteAsync(Context);
    }

    /// <inheritdoc/>
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        var (title, detail) = Access.Refusal(Context);
        return Problems.Of(403, title, detail).ExecuteAsync(Context);
    }

    private async Task<Caller?> OfSessionAsync() => await signIn.SessionAsync(Context) is { } session
        ? new Caller { Kind = Caller.Session, AccountId = session.AccountId, Username = session.Username, Role = session.Role, CredentialId = session.Id }
        : null;

    private async Task<Caller?> OfTokenAsync(string text)
    {
        if (!text.StartsWith(ApiToken.Mark, StringComparison.Ordinal) || Secret.HashOf(text[ApiToken.Mark.Length..]) is not { } hash) return null;
        return await tokens.UseAsync(hash, SignIn.Address(Context), clock.GetUtcNow(), Context.RequestAborted) is { } token
            ? new Caller { Kind = Caller.Token, AccountId = token.AccountId, Username = token.Username, Role = token.Reaches, CredentialId = token.Id }
            : null;
    }
}

/// <summary>Whether somebody who was let in still would be; for answers that go on for long.</summary>
public sealed class StillOpen(SessionStore sessions, TokenStore tokens, TimeProvider clock)
{
    /// <summary>Asks the database.</summary>
    public Task<bool> IsAsync(Caller caller, CancellationToken cancellation) => caller.Kind == Caller.Session
        ? sessions.IsOpenAsync(caller.CredentialId, clock.GetUtcNow(), cancellation)
        : tokens.IsOpenAsync(caller.CredentialId, clock.GetUtcNow(), cancellation);
}
