using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Nodes;

/// <summary>Nodes over HTTP.</summary>
public static class NodeEndpoints
{
    private static readonly Listing<Node> Listing = new()
    {
        Sorts = [SortKey.Text<Node>("id", "n.id", n => n.Id), SortKey.Time<Node>("last_seen_at", "n.last_seen_at", n => n.LastSeenAt), SortKey.Time<Node>("first_seen_at", "n.first_seen_at", n => n.FirstSeenAt)],
        Id = SortKey.Text<Node>("id", "n.id", n => n.Id),
        Filters =
        [
            QueryParameter.Word("state", "Only those in this state.", [NodeState.Ready, NodeState.Lost, NodeState.Revoked, NodeState.Retired]),
            QueryParameter.Flag("draining", "Only those that are being drained, or only the others."), QueryParameter.Text("q", "Only those whose name or host holds this text, in any case.", "node-1", 63),
        ],
        Item = typeof(Node),
    };

    /// <summary>Adds <c>/nodes</c>.</summary>
    public static IEndpointRouteBuilder MapNodes(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/nodes", ListAsync).For(Role.Viewer).Doc("listNodes", "Lists nodes").Lists(Listing, Node.Example);
        routes.MapGet("/nodes/{id}", async (string id, NodeStore nodes, CancellationToken cancellation) =>
            await nodes.GetAsync(id, cancellation) is { } node ? EntityTag.Answer(node, node.Version) : Problems.NotFound("node", id)).For(Role.Viewer)
            .Doc("getNode", "Gets a node").Answers(200, Node.Example, "The node.").Tagged();
        routes.MapPost("/nodes/{id}/revoke", (string id, HttpContext context, NodeTrustStore trust, NodeStore nodes) => ExcludeAsync(id, NodeState.Revoked, context, trust, nodes)).For(Role.Admin)
            .Doc("revokeNode", "Revokes a node's certificates: it is let in no more, and its channels go elsewhere").Answers(200, Node.Example with { State = NodeState.Revoked }, "It is revoked.").Tagged();
        routes.MapPost("/nodes/{id}/retire", (string id, HttpContext context, NodeTrustStore trust, NodeStore nodes) => ExcludeAsync(id, NodeState.Retired, context, trust, nodes)).For(Role.Admin)
            .Doc("retireNode", "Takes a node out of service").Answers(200, Node.Example with { State = NodeState.Retired }, "It is retired.").Tagged();
        routes.MapPost("/nodes/{id}/drain", (string id, HttpContext context, NodeStore nodes) => DrainAsync(id, draining: true, context, nodes)).For(Role.Operator)
            .Doc("drainNode", "Lets a node give away what it runs and take nothing new", "`drained` says when all is done.").Answers(200, Node.Example with { Draining = true }, "It is being drained.").Tagged();
        routes.MapPost("/nodes/{id}/undrain", (string id, HttpContext context, NodeStore nodes) => DrainAsync(id, draining: false, context, nodes)).For(Role.Operator)
            .Doc("undrainNode", "Lets a node take channels again").Answers(200, Node.Example, "It takes channels.").Tagged();
        return routes;
    }

    private static async Task<IResult> ListAsync(HttpRequest request, NodeStore nodes, CancellationToken cancellation)
    {
        var list = Listing.Read(request);
        var (state, draining, text) = (list.Query.Word("state"), list.Query.Flag("draining"), list.Query.Text("q"));
        if (!list.Query.Faults.None) return Problems.Invalid(list.Query.Faults);
        var all = (await nodes.ListAsync(cancellation)).Where(n => (state is null || n.State == state) && (draining is null || n.Draining == draining)
            && (text is null || n.Id.Contains(text, StringComparison.OrdinalIgnoreCase) || n.HostName.Contains(text, StringComparison.OrdinalIgnoreCase)));
        return list.AnswerOf(all, n => n);
    }

    /// <summary>The assignments follow within a moment; <c>drained</c> of the node says when all is done.</summary>
    private static async Task<IResult> DrainAsync(string id, bool draining, HttpContext context, NodeStore nodes)
    {
        if (await nodes.GetAsync(id, context.RequestAborted) is not { } before) return Problems.NotFound("node", id);
        if (EntityTag.Refusal(context.Request, before.Version, out var expected) is { } refusal) return refusal;
        return Refusal(id, await nodes.SetDrainingAsync(id, draining, expected, context.RequestAborted))
            ?? (await nodes.GetAsync(id, context.RequestAborted) is { } node ? EntityTag.Answer(node, node.Version) : Problems.NotFound("node", id));
    }

    private static async Task<IResult> ExcludeAsync(string id, string state, HttpContext context, NodeTrustStore trust, NodeStore nodes)
    {
        // One that was only enrolled, and never connected, has no row to show, and no version.
        var before = await nodes.GetAsync(id, context.RequestAborted);
        if (EntityTag.Refusal(context.Request, before?.Version ?? 0, out var expected) is { } refusal) return refusal;
        if (Refusal(id, await trust.ExcludeAsync(id, state, context.User.Identity!.Name!, expected, context.RequestAborted)) is { } told) return told;
        return await nodes.GetAsync(id, context.RequestAborted) is { } node ? EntityTag.Answer(node, node.Version) : Results.Ok(new { id, state });
    }

    /// <summary>The words for a change that was not made; null where it was.</summary>
    private static IResult? Refusal(string id, NodeChange outcome) => outcome switch
    {
        NodeChange.Done => null,
        NodeChange.Stale => EntityTag.Stale(null),
        _ => Problems.NotFound("node", id),
    };
}
