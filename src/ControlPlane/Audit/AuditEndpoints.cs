using StreamClips.ControlPlane.Accounts;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Audit;

/// <summary>The audit trail over HTTP, and who each request acts for.</summary>
public static class AuditEndpoints
{
    private static readonly Listing<AuditEntry> Listing = new()
    {
        Sorts = [SortKey.Number<AuditEntry>("id", "id", e => e.Id)], Falling = true, Id = SortKey.Number<AuditEntry>("id", "id", e => e.Id),
        Filters =
        [
            QueryParameter.Text("actor", "Only changes of this user.", "ada"), QueryParameter.Word("subject", "Only of things of this kind.", AuditStore.Subjects),
            QueryParameter.Text("subject_id", "Only of this thing.", "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"), QueryParameter.Word("action", "Only changes of this kind.", AuditStore.Actions),
            QueryParameter.Time("since", "Only at this time or later."), QueryParameter.Time("until", "Only before this time."),
            QueryParameter.Time("from", "The same as `since`."), QueryParameter.Time("to", "The same as `until`."),
        ],
        Item = typeof(AuditView),
    };

    /// <summary>Tells every transaction of a request whom it acts for. Stands after the authorization.</summary>
    public static IApplicationBuilder UseActor(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (Caller.Of(context.User) is { } caller)
        {
            Acting.As(new Actor
            {
                Kind = caller.Kind, Name = caller.Username, AccountId = caller.AccountId, CredentialId = caller.CredentialId,
                Address = SignIn.Address(context), Via = $"{context.Request.Method} {context.Request.Path}",
            });
        }

        await next(context);
    });

    /// <summary>Adds <c>/audit</c>.</summary>
    public static IEndpointRouteBuilder MapAudit(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/audit", ListAsync).For(Role.Admin).Doc("listAudit", "Lists who changed what, when and from where").Lists(Listing, AuditView.Example);
        return routes;
    }

    private static async Task<IResult> ListAsync(HttpRequest request, AuditStore audit, CancellationToken cancellation)
    {
        var list = Listing.Read(request);
        var query = list.Query;
        var filter = new AuditFilter
        {
            Actor = query.Text("actor"), SubjectId = query.Text("subject_id"), Subject = query.Word("subject"), Action = query.Word("action"),
            From = query.Time("since") ?? query.Time("from"), To = query.Time("until") ?? query.Time("to"),
        };
        if (!query.Faults.None) return Problems.Invalid(query.Faults);
        return list.Answer(await audit.ListAsync(filter, list.Order, list.Limit + 1, cancellation), AuditView.Of);
    }
}
