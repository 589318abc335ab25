using Microsoft.AspNetCore.Http.HttpResults;
using StreamClips.ControlPlane.Nodes;

namespace StreamClips.ControlPlane.Dashboard.Nodes;

/// <summary>The servers with an agent.</summary>
public static class NodePages
{
    /// <summary>Adds <c>/app/nodes</c> and the part of it that renews itself.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/app/nodes", async (NodeStore nodes, CancellationToken cancellation) =>
            new RazorComponentResult<NodesPage>(new { Nodes = await nodes.ListAsync(cancellation) }));
        routes.MapGet("/app/nodes/live", async (NodeStore nodes, CancellationToken cancellation) =>
            new RazorComponentResult<NodesParts>(new { Nodes = await nodes.ListAsync(cancellation) }));
    }
}
