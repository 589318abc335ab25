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
        routes.MapPost("/nodes/{id}/revoke", (string id, HttpContext context, NodeTrustStore trust, NodeStore nodes) => ExcludeAsync(id, NodeState.Revoked, context, trust, nodes)).For(Role.Admin);
        routes.MapPost("/nodes/{id}/retire", (string id, HttpContext context, NodeTrustStore trust, NodeStore nodes) => ExcludeAsync(id, NodeState.Retired, context, trust, nodes)).For(Role.Admin);
        return routes;
    }

    private static async Task<IResult> ExcludeAsync(string id, string state, HttpContext context, NodeTrustStore trust, NodeStore nodes)
    {
        if (!await trust.ExcludeAsync(id, state, context.User.Identity!.Name!, context.RequestAborted)) return Problems.NotFound("node", id);
        // One that was only enrolled, and never connected, has no row to show.
        return await nodes.GetAsync(id, context.RequestAborted) is { } node ? Results.Ok(node) : Results.Ok(new { id, state });
    }
}
