using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Accounts;

/// <summary>Sign-ins over HTTP: one's own, and an admin's view of all.</summary>
public static class SessionEndpoints
{
    /// <summary>Adds <c>/sessions</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/sessions").For(Role.Viewer);
        group.MapGet("", ListAsync);
        group.MapDelete("{id:guid}", EndAsync);
    }

    private static async Task<IResult> ListAsync(HttpContext context, SessionStore sessions, TimeProvider clock, CancellationToken cancellation)
    {
        var (faults, caller) = (new Faults(), Caller.Of(context.User)!);
        var all = PageQuery.Flag(context.Request.Query, "all", faults);
        if (!faults.None) return Problems.Invalid(faults);
        if (all && caller.Role < Role.Admin) return Problems.Of(403, "only an admin sees the sessions of all users", "leave all=true out");
        var rows = await sessions.ListAsync(all ? null : caller.AccountId, clock.GetUtcNow(), cancellation);
        return Results.Ok(new Page<object>([.. rows.Select(s => new
        {
            s.Id,
            User = s.Username,
            s.Address,
            s.UserAgent,
            s.CreatedAt,
            s.LastSeenAt,
            s.ExpiresAt,
            Current = s.Id == caller.CredentialId,
        })], null));
    }

    private static async Task<IResult> EndAsync(Guid id, HttpContext context, SessionStore sessions, CancellationToken cancellation)
    {
        var caller = Caller.Of(context.User)!;
        if (caller.Kind == Caller.Token && caller.Role < Role.Admin) return Problems.Of(403, "this token may not end sessions", "sign in with user name and password");
        return await sessions.EndAsync(id, caller.Role == Role.Admin ? null : caller.AccountId, cancellation) ? Results.NoContent() : Problems.NotFound("session", id);
    }
}
