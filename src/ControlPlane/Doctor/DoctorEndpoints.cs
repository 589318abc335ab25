using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Doctor;

/// <summary>What is wrong here, over HTTP.</summary>
public static class DoctorEndpoints
{
    /// <summary>Adds the checks.</summary>
    public static IServiceCollection AddDoctor(this IServiceCollection services) => services.AddSingleton<DoctorStore>().AddSingleton<Examination>();

    /// <summary>Adds <c>/doctor</c>: 200 whatever it finds, as the answer is the report.</summary>
    public static IEndpointRouteBuilder MapDoctor(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/doctor", async (HttpContext context, Examination examination) =>
        {
            context.Response.Headers.CacheControl = "no-store";
            return await examination.RunAsync(context.RequestAborted) is { } report
                ? Results.Ok(report)
                : Problems.Of(503, "others are being answered", "try again in some seconds");
        }).For(Role.Operator).Doc("examine", "Checks database, storage, clocks, certificates, disks and nodes, and says what to do", "Writes a small file to the storage, reads it back and deletes it. No check takes longer than 5 s.")
            .Answers(200, DoctorReport.Example, "What was found; also where it is bad.");
        return routes;
    }
}
