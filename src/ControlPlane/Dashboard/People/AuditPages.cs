using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using StreamClips.ControlPlane.Audit;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Dashboard.People;

/// <summary>Who changed what, for admins.</summary>
public static class AuditPages
{
    private const int PageSize = 100;
    private const int LongestText = 200;

    /// <summary>Adds <c>/app/audit</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/app/audit", ShowAsync).For(Role.Admin);

    /// <summary>What is not understood in the address is as if it were not there.</summary>
    private static async Task<IResult> ShowAsync(HttpRequest request, AuditStore audit, CancellationToken cancellation)
    {
        var query = request.Query;
        var filter = new AuditFilter
        {
            Actor = Text("actor"), SubjectId = Text("subject_id"),
            Subject = AuditStore.Subjects.FirstOrDefault(s => s == query["subject"]), Action = AuditStore.Actions.FirstOrDefault(a => a == query["action"]),
        };
        var before = PageCursor.TryParse(query["cursor"].ToString()) is { } place && long.TryParse(place.Id, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : (long?)null;
        var rows = await audit.ListAsync(filter, new(before is null ? "true" : "id < @SortId", "id desc", null, before), PageSize + 1, cancellation);
        var page = Page.Of(rows, PageSize, e => new PageCursor(e.At, e.Id.ToString(CultureInfo.InvariantCulture)));
        return new RazorComponentResult<AuditPage>(new { Entries = page.Items, page.Next, Filter = filter, IsLater = before is not null });

        string? Text(string name) => query[name].ToString().Trim() is { Length: > 0 and <= LongestText } text ? text : null;
    }
}
