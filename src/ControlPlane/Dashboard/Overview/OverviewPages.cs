using Microsoft.AspNetCore.Http.HttpResults;

namespace StreamClips.ControlPlane.Dashboard.Overview;

/// <summary>The first page: what is watched, and what came of it.</summary>
public static class OverviewPages
{
    /// <summary>Adds <c>/app</c> and the part of it that renews itself.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/app", async (OverviewReader overview, CancellationToken cancellation) =>
            new RazorComponentResult<OverviewPage>(new { Model = await overview.ReadAsync(cancellation) }));
        routes.MapGet("/app/live", async (OverviewReader overview, CancellationToken cancellation) =>
            new RazorComponentResult<OverviewParts>(new { Model = await overview.ReadAsync(cancellation) }));
    }
}
