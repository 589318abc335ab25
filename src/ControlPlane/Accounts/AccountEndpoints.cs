using System.Xml.Linq;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Accounts;

/// <summary>Signing in and out; every other route is closed to those who have not.</summary>
public static class AccountEndpoints
{
    /// <summary>Adds users, sessions and tokens, and the rule that a route that does not say who may use it is closed.</summary>
    public static IServiceCollection AddAccounts(this IServiceCollection services)
    {
        services.AddSingleton<AccountStore>().AddSingleton<SessionStore>().AddSingleton<TokenStore>().AddSingleton<UserStore>().AddSingleton<ThrottleStore>();
        services.AddSingleton<LoginThrottle>().AddSingleton<SignIn>().AddSingleton<StillOpen>();
        // Sessions live in the database; nothing here is protected by keys of the framework's, so none are written to disk.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.Configure<KeyManagementOptions>(keys => keys.XmlRepository = new NoKeyFiles());
        services.AddAuthentication(AccountAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, AccountAuthentication>(AccountAuthentication.SchemeName, null);
        services.AddAuthorizationBuilder().SetFallbackPolicy(Access.Fallback);
        return services;
    }

    /// <summary>Adds <c>/auth/login</c>, <c>/auth/logout</c>, <c>/users</c>, <c>/tokens</c> and <c>/sessions</c>.</summary>
    public static IEndpointRouteBuilder MapAccounts(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/auth/login", LogInAsync).AllowAnonymous().Doc("signIn", "Signs in with a password; the session is in the cookie", "A form with the same fields is taken too.")
            .Takes(SignInInput.Example).Answers(200, SignedInView.Example, "Signed in.").Refuses(401, "User name or password is wrong.").Refuses(429, "Too many tries; Retry-After says when to try again.");
        routes.MapPost("/auth/logout", async (HttpContext context, SignIn signIn) =>
        {
            await signIn.SignOutAsync(context);
            return Results.NoContent();
        }).For(Role.Viewer).Doc("signOut", "Ends the session that asks").Answers(204, "Signed out.");
        UserEndpoints.Map(routes);
        TokenEndpoints.Map(routes);
        SessionEndpoints.Map(routes);
        return routes;
    }

    /// <summary>The answer after too many tries.</summary>
    public static IResult TooMany(HttpContext context, TimeSpan wait)
    {
        context.Response.Headers.RetryAfter = $"{Math.Ceiling(wait.TotalSeconds)}";
        return Problems.Of(429, "too many tries to sign in", $"try again in {Math.Ceiling(wait.TotalSeconds)} s");
    }

    private static async Task<IResult> LogInAsync(HttpContext context, SignIn signIn)
    {
        var (username, password, problem) = await CredentialsAsync(context.Request);
        if (problem is not null) return problem;
        var result = await signIn.SignInAsync(context, username!, password!);
        if (result.RetryAfter is { } wait) return TooMany(context, wait);
        return result.Session is { } session
            ? Results.Ok(new SignedInView(session.Username, session.Role, session.ExpiresAt))
            : Problems.Of(401, SignIn.WrongMessage);
    }

    private static async Task<(string? Username, string? Password, IResult? Problem)> CredentialsAsync(HttpRequest request)
    {
        if (request.HasFormContentType)
        {
            try
            {
                var form = await request.ReadFormAsync(request.HttpContext.RequestAborted);
                return (form["username"].ToString(), form["password"].ToString(), null);
            }
            catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
            {
                return (null, null, Problems.Of(400, "the form cannot be read", e.Message));
            }
        }

        var (body, problem) = await RequestBody.ReadAsync(request, request.HttpContext.RequestAborted);
        if (body is null) return (null, null, problem);
        var username = body.Text("username", SignIn.LongestName, required: true);
        var password = body.Text("password", Passwords.Longest, required: true, trim: false);
        body.RefuseUnknown();
        return body.Faults.None ? (username, password, null) : (null, null, Problems.Invalid(body.Faults));
    }

    /// <summary>The framework makes itself a key at start, in the home directory unless told otherwise: it is forgotten here.</summary>
    private sealed class NoKeyFiles : IXmlRepository
    {
        public IReadOnlyCollection<XElement> GetAllElements() => [];

        public void StoreElement(XElement element, string friendlyName)
        {
            // Nobody asks for it again.
        }
    }
}
