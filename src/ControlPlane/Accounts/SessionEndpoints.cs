using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Accounts;

/// <summary>Sign-ins over HTTP: one's own, and an admin's view of all.</summary>
public static class SessionEndpoints
{
    private static readonly Listing<Session> Listing = new()
    {
        Sorts = [SortKey.Time<Session>("last_seen_at", "s.last_seen_at", s => s.LastSeenAt), SortKey.Time<Session>("created_at", "s.created_at", s => s.CreatedAt), SortKey.Text<Session>("user", "a.username", s => s.Username)],
        Falling = true, Id = SortKey.Id<Session>("id", "s.id", s => s.Id), Filters = [QueryParameter.Flag("all", "Those of all users; for admins.")], Item = typeof(SessionView),
    };

    /// <summary>Adds <c>/sessions</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/sessions").For(Role.Viewer);
        group.MapGet("", ListAsync).Doc("listSessions", "Lists sign-ins that have not ended: one's own, or for an admin all").Lists(Listing, SessionView.Example);
        group.MapGet("{id:guid}", GetAsync).Doc("getSession", "Gets a sign-in that has not ended: one's own, or for an admin any").Answers(200, SessionView.Example, "The session.").Tagged();
        group.MapDelete("{id:guid}", EndAsync).Doc("endSession", "Ends a session").Answers(204, "It is ended.").Tagged();
    }

    private static async Task<IResult> ListAsync(HttpContext context, SessionStore sessions, TimeProvider clock, CancellationToken cancellation)
    {
        var (list, caller) = (Listing.Read(context.Request), Caller.Of(context.User)!);
        var all = list.Query.Flag("all") == true;
        if (!list.Query.Faults.None) return Problems.Invalid(list.Query.Faults);
        if (all && caller.Role < Role.Admin) return Problems.Of(403, "only an admin sees the sessions of all users", "leave all=true out");
        var rows = await sessions.ListAsync(all ? null : caller.AccountId, clock.GetUtcNow(), cancellation);
        return list.AnswerOf(rows, s => SessionView.Of(s, caller));
    }

    private static async Task<IResult> GetAsync(Guid id, HttpContext context, SessionStore sessions, TimeProvider clock, CancellationToken cancellation)
    {
        var caller = Caller.Of(context.User)!;
        return await sessions.GetAsync(id, Whose(caller), clock.GetUtcNow(), cancellation) is { } session
            ? EntityTag.Answer(SessionView.Of(session, caller), Session.Version)
            : Problems.NotFound("session", id);
    }

    private static async Task<IResult> EndAsync(Guid id, HttpContext context, SessionStore sessions, TimeProvider clock, CancellationToken cancellation)
    {
        var caller = Caller.Of(context.User)!;
        if (caller.Kind == Caller.Token && caller.Role < Role.Admin) return Problems.Of(403, "this token may not end sessions", "sign in with user name and password");
        if (await sessions.GetAsync(id, Whose(caller), clock.GetUtcNow(), cancellation) is null) return Problems.NotFound("session", id);
        if (EntityTag.Refusal(context.Request, Session.Version, out _) is { } refusal) return refusal;
        return await sessions.EndAsync(id, Whose(caller), cancellation) ? Results.NoContent() : Problems.NotFound("session", id);
    }

    /// <summary>Whose sessions the caller sees; null: everybody's.</summary>
    private static Guid? Whose(Caller caller) => caller.Role == Role.Admin ? null : caller.AccountId;
}
