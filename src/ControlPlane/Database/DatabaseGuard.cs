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
            Told(context.RequestServices.GetRequiredService<ILogger<Postgres>>(), context.Request.Method, context.Request.Path, DatabaseFault.Describe(e));
            await Unavailable(context, "the database does not answer").ExecuteAsync(context);
        }
    });

    /// <summary>The answer: 503 with the time after which to try again.</summary>
    public static IResult Unavailable(HttpContext context, string title)
    {
        context.Response.Headers.RetryAfter = $"{RetryAfterSeconds}";
        return Problems.Of(503, title, "try again in a moment; /health/ready tells when");
    }

    [LoggerMessage(1010, LogLevel.Warning, "database.unavailable: {Method} {Path}: {Reason}")]
    private static partial void Told(ILogger log, string method, string path, string reason);
}
