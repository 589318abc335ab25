using Microsoft.AspNetCore.Http.HttpResults;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Processes;
using StreamClips.ControlPlane.Settings;

namespace StreamClips.ControlPlane.Dashboard.Settings;

/// <summary>How clips are made: the defaults, what a streamer makes of them, and all versions of both.</summary>
public static class SettingsPages
{
    private const int VersionsOnAPage = 20;

    /// <summary>Adds <c>/app/settings</c> and <c>/app/streamers/{id}/settings</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/app/settings", async (HttpContext context, SettingsStore settings, long? before) =>
            await DefaultsAsync(context, settings, SettingsForm.Of(await settings.GetAsync(context.RequestAborted)), before));
        routes.MapPost("/app/settings", SaveAsync);
        routes.MapPost("/app/settings/rollback/{version:long}", async (long version, HttpContext context, SettingsStore settings) =>
        {
            var result = await settings.ChangeAsync(new SettingsEdit.Restore(version), expected: null, context.User.Identity!.Name!, context.RequestAborted);
            if (result.Outcome == SettingsChanged.Done) return Results.Redirect("/app/settings#history");
            var form = SettingsForm.Of(await settings.GetAsync(context.RequestAborted)) with { Banner = Refusal(version, result) };
            return await DefaultsAsync(context, settings, form, null, result.Outcome == SettingsChanged.NoSuchVersion ? 404 : 400);
        });
        routes.MapGet("/app/streamers/{id:guid}/settings", (Guid id, HttpContext context, SettingsStore settings, long? before) => StreamerAsync(id, context, settings, before, null));
        routes.MapPost("/app/streamers/{id:guid}/settings/rollback/{version:long}", async (Guid id, long version, HttpContext context, SettingsStore settings) =>
        {
            var result = await settings.ChangeAsync(id, new SettingsEdit.Restore(version), expected: null, context.User.Identity!.Name!, context.RequestAborted);
            return result.Outcome == SettingsChanged.Done
                ? Results.Redirect($"/app/streamers/{id}/settings#history")
                : await StreamerAsync(id, context, settings, null, Refusal(version, result), result.Outcome == SettingsChanged.NoSuchVersion ? 404 : 400);
        });
    }

    private static async Task<IResult> SaveAsync(HttpContext context, SettingsStore settings)
    {
        var form = SettingsForm.Sent(await context.Request.ReadFormAsync(context.RequestAborted));
        var (body, noNumbers) = form.ToBody();
        if (!noNumbers.None) return await DefaultsAsync(context, settings, form.With(noNumbers), null, 400);
        var result = await settings.ChangeAsync(new SettingsEdit.Replace(body.ToJsonString()), form.From, context.User.Identity!.Name!, context.RequestAborted);
        switch (result.Outcome)
        {
            case SettingsChanged.Done:
                return Results.Redirect("/app/settings#history");
            case SettingsChanged.Stale:
                // As of their version, so that saving it again is meant.
                var again = form with
                {
                    Banner = $"Not saved: somebody else changed them meanwhile, see version {result.Version} below. Save again to replace theirs.",
                    Values = new Dictionary<string, string>(form.Values) { [SettingsForm.Version] = $"{result.Version}" },
                };
                return await DefaultsAsync(context, settings, again, null, 412);
            default:
                return await DefaultsAsync(context, settings, form.With(result.Faults), null, 400);
        }
    }

    private static async Task<IResult> DefaultsAsync(HttpContext context, SettingsStore settings, SettingsForm form, long? before, int status = 200)
    {
        var (versions, next) = await PageAsync(settings, null, before, context.RequestAborted);
        var inForce = (await settings.VersionAsync(null, context.RequestAborted))!.Value;
        return new RazorComponentResult<SettingsPage>(new { Form = form, Versions = versions, InForce = inForce, Next = next }) { StatusCode = status };
    }

    private static async Task<IResult> StreamerAsync(Guid id, HttpContext context, SettingsStore settings, long? before, string? banner, int status = 200)
    {
        if (await settings.GetAsync(id, context.RequestAborted) is not { } own) return Problems.Of(404, "There is no such streamer", "Perhaps somebody deleted it.");
        var defaults = await settings.GetAsync(context.RequestAborted);
        var process = await context.RequestServices.GetRequiredService<ProcessStore>().LiveOfAsync(id, context.RequestAborted);
        var (versions, next) = await PageAsync(settings, id, before, context.RequestAborted);
        return new RazorComponentResult<StreamerSettingsPage>(new { Own = own, Defaults = defaults, Process = process, Versions = versions, Next = next, Banner = banner }) { StatusCode = status };
    }

    private static async Task<(IReadOnlyList<SettingsVersion> Versions, long? Next)> PageAsync(SettingsStore settings, Guid? streamer, long? before, CancellationToken cancellation)
    {
        var versions = await settings.NewestAsync(streamer, before, VersionsOnAPage + 1, cancellation);
        return versions.Count > VersionsOnAPage ? ([.. versions.Take(VersionsOnAPage)], versions[VersionsOnAPage - 1].Version) : (versions, null);
    }

    private static string Refusal(long version, SettingsResult result) => result.Outcome == SettingsChanged.NoSuchVersion
        ? $"There is no version {version}."
        : $"Version {version} makes no sense any more: {string.Join("; ", result.Faults.ByField().SelectMany(f => f.Value))}.";
}
