using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Dashboard.Layout;

/// <summary>Who looks at the page, for its frame.</summary>
/// <param name="context">The request.</param>
public sealed class SignedIn(IHttpContextAccessor context)
{
    /// <summary>The user's name; null: nobody is signed in.</summary>
    public string? Name => context.HttpContext?.User.Identity is { IsAuthenticated: true } identity ? identity.Name : null;

    /// <summary>Whether they may do what a role may.</summary>
    public bool May(Role role) => context.HttpContext is { } http && Caller.Of(http.User)?.Role >= role;
}
