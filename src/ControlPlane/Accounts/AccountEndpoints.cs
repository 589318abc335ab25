using System.Xml.Linq;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Accounts;

/// <summary>Signing in and out; every other route is closed to those who have not.</summary>
public static class AccountEndpoints
{
    /// <summary>Adds sessions, and the rule that a route without a rule of its own wants a session.</summary>
    public static IServiceCollection AddAccounts(this IServiceCollection services)
    {
        services.AddSingleton<AccountStore>().AddSingleton<SignIn>();
        // Sessions live in the database; nothing here is protected by keys of the framework's, so none are written to disk.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.Configure<KeyManagementOptions>(keys => keys.XmlRepository = new NoKeyFiles());
        services.AddAuthentication(SessionAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, SessionAuthentication>(SessionAuthentication.SchemeName, null);
        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        return services;
    }

    /// <summary>Adds <c>/auth/login</c> and <c>/auth/logout</c>.</summary>
    public static IEndpointRouteBuilder MapAccounts(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/auth/login", LogInAsync).AllowAnonymous();
        routes.MapPost("/auth/logout", async (HttpContext context, SignIn signIn) =>
        {
            await signIn.SignOutAsync(context);
            return Results.NoContent();
        });
        return routes;
    }

    private static async Task<IResult> LogInAsync(HttpContext context, SignIn signIn)
    {
        var (username, password, problem) = await CredentialsAsync(context.Request);
        if (problem is not null) return problem;
        var result = await signIn.SignInAsync(context, username!, password!);
        if (result.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = $"{Math.Ceiling(wait.TotalSeconds)}";
            return Problems.Of(429, "too many tries to sign in", $"try again in {Math.Ceiling(wait.TotalSeconds)} s");
        }

        return result.Session is { } session
            ? Results.Ok(new { username = session.Username, expires_at = session.ExpiresAt })
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
        var password = body.Text("password", SignIn.LongestPassword, required: true, trim: false);
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
