using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Notifications;

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
        routes.MapPost("/nodes/{id}/drain", (string id, HttpContext context, NodeStore nodes, ChangeSignal signal) => DrainAsync(id, draining: true, context, nodes, signal)).For(Role.Operator);
        routes.MapPost("/nodes/{id}/undrain", (string id, HttpContext context, NodeStore nodes, ChangeSignal signal) => DrainAsync(id, draining: false, context, nodes, signal)).For(Role.Operator);
        return routes;
    }

    /// <summary>The assignments follow within a moment; <c>drained</c> of the node says when all is done.</summary>
    private static async Task<IResult> DrainAsync(string id, bool draining, HttpContext context, NodeStore nodes, ChangeSignal signal)
    {
        if (!await nodes.SetDrainingAsync(id, draining, context.RequestAborted)) return Problems.NotFound("node", id);
        signal.Set(Topic.Planning);
        return Results.Ok(await nodes.GetAsync(id, context.RequestAborted));
    }

    private static async Task<IResult> ExcludeAsync(string id, string state, HttpContext context, NodeTrustStore trust, NodeStore nodes)
    {
        if (!await trust.ExcludeAsync(id, state, context.User.Identity!.Name!, context.RequestAborted)) return Problems.NotFound("node", id);
        // One that was only enrolled, and never connected, has no row to show.
        return await nodes.GetAsync(id, context.RequestAborted) is { } node ? Results.Ok(node) : Results.Ok(new { id, state });
    }
}
