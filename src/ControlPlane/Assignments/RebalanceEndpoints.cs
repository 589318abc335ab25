using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Assignments;

/// <summary>That the load will be evened out.</summary>
/// <param name="AskedAt">When it was asked for.</param>
/// <param name="AskedBy">By whom.</param>
/// <param name="Meaning">What follows, in a sentence.</param>
public sealed record RebalanceView(DateTimeOffset AskedAt, string AskedBy, string Meaning);

/// <summary>Asking for the load of the nodes to be evened out.</summary>
public static class RebalanceEndpoints
{
    /// <summary>What follows, in a sentence.</summary>
    public static string Meaning { get; } =
        $"At most {PlannedMoves.Most} channels move every {PlannedMoves.Pause.TotalSeconds:0} s, none while a clip of it is made, and none that was placed in the last {PlannedMoves.Cooldown.TotalMinutes:0} min.";

    /// <summary>Adds <c>POST /nodes/rebalance</c>.</summary>
    public static IEndpointRouteBuilder MapRebalance(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/nodes/rebalance", async (HttpContext context, AssignmentStore assignments, TimeProvider clock) =>
        {
            var (at, by) = (clock.GetUtcNow(), context.User.Identity!.Name!);
            await assignments.AskToBalanceAsync(by, at, context.RequestAborted);
            return Results.Accepted("/nodes", new RebalanceView(at, by, Meaning));
        }).For(Role.Operator).Doc("rebalance", "Evens out the load of the nodes, by small steps").Answers(202, new RebalanceView(DateTimeOffset.Parse("2026-01-31T12:00:00Z"), "ada", Meaning), "It is asked for; `nodes.balanced` of `/events` tells when it is done.");
        return routes;
    }
}
