using Microsoft.AspNetCore.Http.HttpResults;
using StreamClips.ControlPlane.Assignments;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Nodes;

namespace StreamClips.ControlPlane.Dashboard.Nodes;

/// <summary>The servers with an agent.</summary>
public static class NodePages
{
    /// <summary>Adds <c>/app/nodes</c> and the part of it that renews itself.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/app/nodes", async (NodeStore nodes, AssignmentStore assignments, CancellationToken cancellation) =>
            new RazorComponentResult<NodesPage>(new { Nodes = await nodes.ListAsync(cancellation), Wish = await assignments.WishAsync(cancellation) }));
        routes.MapGet("/app/nodes/live", async (NodeStore nodes, AssignmentStore assignments, CancellationToken cancellation) =>
            new RazorComponentResult<NodesParts>(new { Nodes = await nodes.ListAsync(cancellation), Wish = await assignments.WishAsync(cancellation) }));
        routes.MapPost("/app/nodes/{id}/drain", (string id, NodeStore nodes, CancellationToken cancellation) => DrainAsync(id, draining: true, nodes, cancellation));
        routes.MapPost("/app/nodes/{id}/undrain", (string id, NodeStore nodes, CancellationToken cancellation) => DrainAsync(id, draining: false, nodes, cancellation));
        routes.MapPost("/app/nodes/rebalance", async (HttpContext context, AssignmentStore assignments, TimeProvider clock) =>
        {
            await assignments.AskToBalanceAsync(context.User.Identity!.Name!, clock.GetUtcNow(), context.RequestAborted);
            return Results.Redirect("/app/nodes");
        });
    }

    private static async Task<IResult> DrainAsync(string id, bool draining, NodeStore nodes, CancellationToken cancellation)
    {
        if (await nodes.SetDrainingAsync(id, draining, expected: null, cancellation) is NodeChange.NotFound) return Problems.Of(404, "There is no such node", "It was never enrolled under this name.");
        return Results.Redirect("/app/nodes");
    }
}
