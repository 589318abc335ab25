using System.Globalization;
using System.Text.Json;
using StreamClips.ControlPlane.Accounts;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Audit;

/// <summary>The audit trail over HTTP, and who each request acts for.</summary>
public static class AuditEndpoints
{
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
        routes.MapGet("/audit", ListAsync).For(Role.Admin);
        return routes;
    }

    private static async Task<IResult> ListAsync(HttpRequest request, AuditStore audit, CancellationToken cancellation)
    {
        var (query, faults) = (request.Query, new Faults());
        var limit = PageQuery.Limit(query, faults);
        var cursor = PageQuery.Cursor(query, faults, id => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out _));
        var filter = new AuditFilter
        {
            Actor = Text("actor"), SubjectId = Text("subject_id"), Subject = OneOf("subject", AuditStore.Subjects), Action = OneOf("action", AuditStore.Actions),
            From = PageQuery.Time(query, "from", faults), To = PageQuery.Time(query, "to", faults),
        };
        if (!faults.None) return Problems.Invalid(faults);
        var rows = await audit.ListAsync(filter, cursor is null ? null : long.Parse(cursor.Id, CultureInfo.InvariantCulture), limit + 1, cancellation);
        var page = Page.Of(rows, limit, e => new PageCursor(e.At, e.Id.ToString(CultureInfo.InvariantCulture)));
        return Results.Ok(new Page<object>([.. page.Items.Select(View)], page.Next));

        string? Text(string name)
        {
            if (query[name].ToString() is not { Length: > 0 } text) return null;
            if (text.Length <= 200) return text;
            faults.Add(name, $"{name} has {text.Length} characters: give at most 200");
            return null;
        }

        string? OneOf(string name, IReadOnlyList<string> words)
        {
            if (Text(name) is not { } word) return null;
            if (words.Contains(word)) return word;
            faults.Add(name, $"{name} is '{word}': give {string.Join(", ", words)}");
            return null;
        }
    }

    private static object View(AuditEntry e) => new
    {
        e.Id,
        e.At,
        Actor = new { Kind = e.ActorKind, Name = e.Actor, e.CredentialId },
        e.Address,
        e.Via,
        e.Action,
        Subject = new { Kind = e.Subject, Id = e.SubjectId, Name = e.SubjectName },
        Before = e.Before is null ? (JsonElement?)null : JsonSerializer.Deserialize<JsonElement>(e.Before),
        After = e.After is null ? (JsonElement?)null : JsonSerializer.Deserialize<JsonElement>(e.After),
    };
}
