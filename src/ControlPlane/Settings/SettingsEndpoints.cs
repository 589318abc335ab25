using System.Text.Json;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Streamers;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Settings;

/// <summary>The default settings over HTTP.</summary>
public static class SettingsEndpoints
{
    private const int StreamersAtOnce = 500;

    /// <summary>Adds <c>/settings</c>.</summary>
    public static IEndpointRouteBuilder MapSettings(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/settings", async (SettingsStore settings, CancellationToken cancellation) => View(await settings.GetAsync(cancellation))).For(Role.Viewer);
        routes.MapPut("/settings", PutAsync).For(Role.Operator);
        return routes;
    }

    private static async Task<IResult> PutAsync(HttpContext context, SettingsStore settings, StreamerStore streamers, CancellationToken cancellation)
    {
        var (body, problem) = await RequestBody.ReadAsync(context.Request, cancellation);
        if (body is null) return problem!;
        var faults = body.Faults;
        var checkedJson = SettingsOverrides.Check(body.Root, ClipSettings.Default, "", faults);
        if (!faults.None) return Problems.Invalid(faults);
        var value = SettingsOverrides.Apply(ClipSettings.Default, checkedJson);
        await CheckStreamersAsync(value, streamers, faults, cancellation);
        if (!faults.None) return Problems.Invalid(faults);
        return Results.Ok(View(await settings.PutAsync(value, context.User.Identity!.Name!, cancellation)));
    }

    /// <summary>New defaults must not make a streamer's own settings contradict themselves.</summary>
    private static async Task CheckStreamersAsync(ClipSettings defaults, StreamerStore streamers, Faults faults, CancellationToken cancellation)
    {
        string? after = null;
        while (await streamers.ListAsync(after, StreamersAtOnce, cancellation) is { Count: > 0 } some)
        {
            foreach (var streamer in some.Where(s => s.Settings != "{}"))
            {
                foreach (var fault in SettingsOverrides.TryApply(defaults, streamer.Settings)?.Validate() ?? [])
                    faults.Add(fault.Field, $"with the settings of streamer '{streamer.Name}': {fault.Message}");
            }

            after = some[^1].Name;
        }
    }

    private static object View(DefaultSettings settings) => new
    {
        Settings = JsonSerializer.Deserialize<JsonElement>(settings.Value.ToJson()),
        settings.Version,
        UpdatedAt = settings.Version == 0 ? (DateTimeOffset?)null : settings.UpdatedAt,
    };
}
