using System.Text.Json;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Settings;

/// <summary>The default settings over HTTP.</summary>
public static class SettingsEndpoints
{
    /// <summary>Adds <c>/settings</c>.</summary>
    public static IEndpointRouteBuilder MapSettings(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/settings", async (SettingsStore settings, CancellationToken cancellation) => View(await settings.GetAsync(cancellation))).For(Role.Viewer);
        routes.MapPut("/settings", PutAsync).For(Role.Operator);
        return routes;
    }

    private static async Task<IResult> PutAsync(HttpContext context, SettingsStore settings, CancellationToken cancellation)
    {
        var (body, problem) = await RequestBody.ReadAsync(context.Request, cancellation);
        if (body is null) return problem!;
        var result = await settings.ChangeAsync(new SettingsEdit.Replace(body.Root.GetRawText()), expected: null, context.User.Identity!.Name!, cancellation);
        return result.Outcome == SettingsChanged.Done ? Results.Ok(View(await settings.GetAsync(cancellation))) : Problems.Invalid(result.Faults);
    }

    private static object View(DefaultSettings settings) => new
    {
        Settings = JsonSerializer.Deserialize<JsonElement>(settings.Value.ToJson()),
        settings.Version,
        UpdatedAt = settings.Version == 0 ? (DateTimeOffset?)null : settings.UpdatedAt,
    };
}
