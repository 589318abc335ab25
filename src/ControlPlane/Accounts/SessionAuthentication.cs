using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Accounts;

/// <summary>Knows a request by the session token in its cookie.</summary>
public sealed class SessionAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, SignIn signIn)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    /// <summary>Name of the scheme.</summary>
    public const string SchemeName = "session";

    /// <summary>Where pages send those who are not signed in; <c>?return=</c> names the page they wanted.</summary>
    public const string SignInPage = "/app/sign-in";

    /// <inheritdoc/>
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        // Health is told without the database, most of all where that is away.
        if (Request.Path.StartsWithSegments("/health")) return AuthenticateResult.NoResult();
        if (await signIn.SessionAsync(Context) is not { } session) return AuthenticateResult.NoResult();
        var identity = new ClaimsIdentity(
            [new Claim(ClaimTypes.Name, session.Username), new Claim(ClaimTypes.NameIdentifier, session.AccountId.ToString())], SchemeName);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }

    /// <inheritdoc/>
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (!Request.Path.StartsWithSegments("/app")) return Problems.Of(401, "sign in first", "POST /auth/login with username and password").ExecuteAsync(Context);
        Response.Redirect($"{SignInPage}?return={Uri.EscapeDataString(Request.Path + Request.QueryString)}");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Problems.Of(403, "your account may not do this").ExecuteAsync(Context);
}
