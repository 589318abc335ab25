using StreamClips.ControlPlane.Database;

namespace StreamClips.ControlPlane.Http;

/// <summary>Whether the control plane lives, and whether it can work.</summary>
public static class HealthEndpoints
{
    /// <summary>Adds <c>/health/live</c> and <c>/health/ready</c>, open to all: they tell nothing else.</summary>
    public static IEndpointRouteBuilder MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => new { Status = "live" }).AllowAnonymous();
        routes.MapGet("/health/ready", async (Postgres postgres, CancellationToken cancellation) =>
            await postgres.FaultAsync(cancellation) is null
                ? Results.Ok(new { Status = "ready" })
                : Problems.Of(503, "not ready: the database does not answer")).AllowAnonymous();
        return routes;
    }
}
