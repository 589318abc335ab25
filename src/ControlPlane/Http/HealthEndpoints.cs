using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Leadership;

namespace StreamClips.ControlPlane.Http;

/// <summary>That a replica lives.</summary>
/// <param name="Status">live.</param>
public sealed record Liveness(string Status);

/// <summary>That a replica can work.</summary>
/// <param name="Status">ready.</param>
/// <param name="Replica">This replica.</param>
/// <param name="Leader">The one that leads; null: nobody does just now.</param>
/// <param name="Term">The number of the leader's term; grows with each.</param>
/// <param name="Leads">Whether this one leads.</param>
public sealed record Readiness(string Status, string Replica, string? Leader, long Term, bool Leads);

/// <summary>Whether the control plane lives, and whether it can work.</summary>
public static class HealthEndpoints
{
    /// <summary>
    /// Adds <c>/health/live</c> and <c>/health/ready</c>, open to all: they tell which replica answers and which one leads, by names that
    /// mean nothing to strangers, and nothing else.
    /// </summary>
    public static IEndpointRouteBuilder MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => new Liveness("live")).AllowAnonymous().Doc("getLiveness", "Tells that the control plane runs").Answers(200, new Liveness("live"), "It runs.");
        routes.MapGet("/health/ready", ReadyAsync).AllowAnonymous().Doc("getReadiness", "Tells whether the control plane can work, and which replica leads")
            .Answers(200, new Readiness("ready", "replica-1", "replica-2", 4, Leads: false), "It can work.");
        return routes;
    }

    private static async Task<IResult> ReadyAsync(HttpContext context, Postgres postgres, LeaseStore lease, Leader leader)
    {
        var fault = await postgres.FaultAsync(context.RequestAborted);
        if (fault is not null) return DatabaseGuard.Unavailable(context, "not ready: the database does not answer, or takes no changes");
        var seen = await lease.LookAsync(context.RequestAborted);
        return Results.Ok(new Readiness("ready", leader.Replica, seen.Remaining > TimeSpan.Zero ? seen.Holder : null, seen.Term, leader.Current is not null));
    }
}
