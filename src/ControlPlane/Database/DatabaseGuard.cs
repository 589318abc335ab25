using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Database;

/// <summary>Answers 503 with Retry-After at once where the database is away, instead of an error page.</summary>
public static partial class DatabaseGuard
{
    private const int RetryAfterSeconds = 2;

    /// <summary>Adds the answer around everything that comes after it.</summary>
    public static IApplicationBuilder UseDatabaseGuard(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        try
        {
            await next(context);
        }
        catch (Exception e) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested && DatabaseFault.IsUnavailable(e))
        {
            Unavailable(context.RequestServices.GetRequiredService<ILogger<Postgres>>(), context.Request.Method, context.Request.Path, DatabaseFault.Describe(e));
            context.Response.Headers.RetryAfter = $"{RetryAfterSeconds}";
            await Problems.Of(503, "the database does not answer", "try again in a moment; /health/ready tells when").ExecuteAsync(context);
        }
    });

    [LoggerMessage(1010, LogLevel.Warning, "database.unavailable: {Method} {Path}: {Reason}")]
    private static partial void Unavailable(ILogger log, string method, string path, string reason);
}
