using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Assignments;

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
            return Results.Accepted("/nodes", new { AskedAt = at, AskedBy = by, Meaning });
        }).For(Role.Operator);
        return routes;
    }
}
