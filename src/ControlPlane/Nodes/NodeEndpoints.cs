using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Nodes;

/// <summary>Nodes over HTTP.</summary>
public static class NodeEndpoints
{
    /// <summary>Adds <c>/nodes</c>.</summary>
    public static IEndpointRouteBuilder MapNodes(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/nodes", async (NodeStore nodes, CancellationToken cancellation) => new Page<Node>(await nodes.ListAsync(cancellation), null)).For(Role.Viewer);
        routes.MapGet("/nodes/{id}", async (string id, NodeStore nodes, CancellationToken cancellation) =>
            await nodes.GetAsync(id, cancellation) is { } node ? Results.Ok(node) : Problems.NotFound("node", id)).For(Role.Viewer);
        return routes;
    }
}
