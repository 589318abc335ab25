using StreamClips.ControlPlane.Dashboard.Assets;
using StreamClips.ControlPlane.Dashboard.Clips;
using StreamClips.ControlPlane.Dashboard.Layout;
using StreamClips.ControlPlane.Dashboard.Logs;
using StreamClips.ControlPlane.Dashboard.Nodes;
using StreamClips.ControlPlane.Dashboard.Overview;
using StreamClips.ControlPlane.Dashboard.People;
using StreamClips.ControlPlane.Dashboard.Processes;
using StreamClips.ControlPlane.Dashboard.Settings;
using StreamClips.ControlPlane.Dashboard.SignIn;
using StreamClips.ControlPlane.Dashboard.Streamers;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Dashboard;

/// <summary>
/// The pages for people, below <c>/app</c>: rendered on the server, complete without scripts, live with them. They read
/// and change what the API does, by the same stores and the same rules.
/// </summary>
public static class DashboardEndpoints
{
    /// <summary>Adds what pages are rendered with.</summary>
    public static IServiceCollection AddDashboard(this IServiceCollection services)
    {
        services.AddRazorComponents();
        services.AddHttpContextAccessor();
        services.AddSingleton<SignedIn>().AddSingleton<ChannelReader>().AddSingleton<OverviewReader>().AddSingleton<AccessReader>().AddSingleton<LogReader>().AddSingleton<ClipReader>().AddSingleton<ChatChartReader>();
        services.AddSingleton<IProblemDetailsWriter, ProblemPages>().AddProblemDetails();
        return services;
    }

    /// <summary>Adds the pages; <c>/</c> leads to the first.</summary>
    public static IEndpointRouteBuilder MapDashboard(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", () => Results.Redirect("/app")).AllowAnonymous();
        AssetStore.BuiltIn.Map(routes);
        var all = routes.MapGroup("").AddEndpointFilter(NotKeptAsync);
        SignInPages.Map(all);
        var pages = all.MapGroup("").For(Role.Viewer, writes: Role.Operator);
        OverviewPages.Map(pages);
        StreamerPages.Map(pages);
        ClipPages.Map(pages);
        ProcessPages.Map(pages);
        LogPages.Map(pages);
        NodePages.Map(pages);
        SettingsPages.Map(pages);
        AccessPages.Map(all);
        UserPages.Map(all);
        AuditPages.Map(all);
        pages.MapGet("/app/{**rest}", (HttpContext context) => Problems.Of(404, "There is no such page", $"Nothing is at {context.Request.Path}."));
        return routes;
    }

    /// <summary>Whoever signed out leaves nothing behind that the back button would show.</summary>
    private static ValueTask<object?> NotKeptAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        context.HttpContext.Response.Headers.CacheControl = "no-store";
        return next(context);
    }
}
