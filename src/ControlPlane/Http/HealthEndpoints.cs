using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Leadership;

namespace StreamClips.ControlPlane.Http;

/// <summary>Whether the control plane lives, and whether it can work.</summary>
public static class HealthEndpoints
{
    /// <summary>
    /// Adds <c>/health/live</c> and <c>/health/ready</c>, open to all: they tell which replica answers and which one leads, by names that
    /// mean nothing to strangers, and nothing else.
    /// </summary>
    public static IEndpointRouteBuilder MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => new { Status = "live" }).AllowAnonymous();
        routes.MapGet("/health/ready", ReadyAsync).AllowAnonymous();
        return routes;
    }

    private static async Task<IResult> ReadyAsync(HttpContext context, Postgres postgres, LeaseStore lease, Leader leader)
    {
        var fault = await postgres.FaultAsync(context.RequestAborted);
        if (fault is not null) return DatabaseGuard.Unavailable(context, "not ready: the database does not answer, or takes no changes");
        var seen = await lease.LookAsync(context.RequestAborted);
        return Results.Ok(new
        {
            Status = "ready",
            leader.Replica,
            // Null: nobody leads just now.
            Leader = seen.Remaining > TimeSpan.Zero ? seen.Holder : null,
            seen.Term,
            Leads = leader.Current is not null,
        });
    }
}
