using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;

namespace StreamClips.ControlPlane.Http;

/// <summary>What a route says of who may use it.</summary>
/// <param name="Role">The least role.</param>
/// <param name="InSession">Whether only somebody who signed in may, and no token.</param>
public sealed record LeastRole(Role Role, bool InSession = false);

/// <summary>
/// Who may use a route: every route names its least role, or is open to all by name. One that does neither is closed to
/// everybody (<see cref="Fallback"/>).
/// </summary>
public static class Access
{
    private static readonly AuthorizationPolicy InSession =
        new AuthorizationPolicyBuilder().RequireAuthenticatedUser().RequireAssertion(c => Caller.Of(c.User) is { Kind: Caller.Session }).Build();

    private static readonly AuthorizationPolicy[] Policies = [.. Enum.GetValues<Role>().Select(least =>
        new AuthorizationPolicyBuilder().RequireAuthenticatedUser().RequireAssertion(c => Caller.Of(c.User)?.Role >= least).Build())];

    /// <summary>Closes a route that names no role. Where there is no route at all, those who are known are told so (404, 405).</summary>
    public static AuthorizationPolicy Fallback { get; } = new AuthorizationPolicyBuilder().RequireAuthenticatedUser()
        .RequireAssertion(c => Caller.Of(c.User) is not null && (c.Resource as HttpContext)?.GetEndpoint() is not RouteEndpoint).Build();

    /// <summary>Opens a route, or the routes of a group, to a role and those above it. The strictest of several counts.</summary>
    /// <param name="builder">The route or the group.</param>
    /// <param name="role">The least role.</param>
    /// <param name="writes">The least role for everything but GET and HEAD; null: the same.</param>
    public static T For<T>(this T builder, Role role, Role? writes = null)
        where T : IEndpointConventionBuilder
    {
        builder.Add(endpoint =>
        {
            var methods = endpoint.Metadata.OfType<IHttpMethodMetadata>().FirstOrDefault()?.HttpMethods ?? [];
            var reads = methods.Count > 0 && methods.All(m => HttpMethods.IsGet(m) || HttpMethods.IsHead(m));
            var least = reads ? role : writes ?? role;
            endpoint.Metadata.Add(new LeastRole(least));
            endpoint.Metadata.Add(Policies[(int)least - 1]);
        });
        return builder;
    }

    /// <summary>Closes a route to tokens: whoever found one must not make another of it, nor a user or a password.</summary>
    public static T OnlyInSession<T>(this T builder)
        where T : IEndpointConventionBuilder
    {
        builder.Add(endpoint =>
        {
            endpoint.Metadata.Add(new LeastRole(Role.Viewer, InSession: true));
            endpoint.Metadata.Add(InSession);
        });
        return builder;
    }

    /// <summary>What the endpoint says, taken together; null where it says nothing.</summary>
    public static LeastRole? Of(Endpoint endpoint) => endpoint.Metadata.GetOrderedMetadata<LeastRole>() is { Count: > 0 } said
        ? new LeastRole(said.Max(s => s.Role), said.Any(s => s.InSession))
        : null;

    /// <summary>Why somebody who is known may not do this, and what to do about it.</summary>
    public static (string Title, string Detail) Refusal(HttpContext context)
    {
        if (Caller.Of(context.User) is not { } caller || context.GetEndpoint() is not { } endpoint || Of(endpoint) is not { } least)
            return ("nobody may do this here", "the route names no role");
        if (least.InSession && caller.Kind != Caller.Session) return ("a token may not do this", "sign in with user name and password");
        return caller.Kind == Caller.Token
            ? ($"this token may not do this: it reaches the role {caller.Role.Name()}, and {least.Role.Name()} is needed", $"make a token of scope {Roles.Scopes[(int)least.Role - 1]} as a user of role {least.Role.Name()}")
            : ($"'{caller.Username}' may not do this: the role is {caller.Role.Name()}, and {least.Role.Name()} is needed", "ask an admin");
    }
}

/// <summary>Who sent a request.</summary>
public sealed record Caller
{
    /// <summary>Known by a cookie that came from a sign-in.</summary>
    public const string Session = "session";

    /// <summary>Known by a token.</summary>
    public const string Token = "token";

    private const string CredentialClaim = "credential";

    /// <summary><see cref="Session"/> or <see cref="Token"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The user's row.</summary>
    public required Guid AccountId { get; init; }

    /// <summary>The user's name.</summary>
    public required string Username { get; init; }

    /// <summary>What they may do; with a token not more than its scope.</summary>
    public required Role Role { get; init; }

    /// <summary>The session's or the token's row.</summary>
    public required Guid CredentialId { get; init; }

    /// <summary>The caller as the framework carries it along.</summary>
    public ClaimsPrincipal ToPrincipal() => new(new ClaimsIdentity(
        [
            new(ClaimTypes.Name, Username), new(ClaimTypes.NameIdentifier, AccountId.ToString()), new(ClaimTypes.Role, Role.Name()),
            new(CredentialClaim, CredentialId.ToString()),
        ], Kind));

    /// <summary>The caller; null where nobody is known, or an agent.</summary>
    public static Caller? Of(ClaimsPrincipal user) =>
        user.Identity is { IsAuthenticated: true, AuthenticationType: Session or Token, Name: { } name } identity
        && Guid.TryParse(user.FindFirstValue(ClaimTypes.NameIdentifier), out var account)
        && Guid.TryParse(user.FindFirstValue(CredentialClaim), out var credential)
        && Roles.Find(user.FindFirstValue(ClaimTypes.Role)) is { } role
            ? new Caller { Kind = identity.AuthenticationType!, AccountId = account, Username = name, Role = role, CredentialId = credential }
            : null;
}
