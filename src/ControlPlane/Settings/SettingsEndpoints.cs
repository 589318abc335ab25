using System.Text.Json;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Processes;

namespace StreamClips.ControlPlane.Settings;

/// <summary>The default settings and those of streamers over HTTP: in force, their versions, and the way back.</summary>
public static class SettingsEndpoints
{
    private static readonly Listing<SettingsVersion> Listing = new()
    {
        Sorts = [SortKey.Number<SettingsVersion>("version", "v.version", v => v.Version)],
        Id = SortKey.Number<SettingsVersion>("version", "v.version", v => v.Version),
        Falling = true,
        Item = typeof(SettingsVersionView),
    };

    /// <summary>Adds <c>/settings</c> and <c>/streamers/{id}/settings</c>.</summary>
    public static IEndpointRouteBuilder MapSettings(this IEndpointRouteBuilder routes)
    {
        var defaults = routes.MapGroup("/settings").For(Role.Viewer, writes: Role.Operator);
        defaults.MapGet("", (HttpContext context, SettingsStore settings) => ShowAsync(null, context, settings)).Doc("getSettings", "Gets the default settings")
            .Answers(200, SettingsView.Example, "The defaults.").Tagged();
        defaults.MapPut("", (HttpContext context, SettingsStore settings) => PutAsync(null, context, settings))
            .Doc("putSettings", "Replaces the default settings", "What is left out goes back to the program's own. Workers that run take the change up without a new process.")
            .Takes(Body(SettingsView.Example.Settings)).Answers(200, SettingsView.Example, "They are in force, as a new version where anything differs.").Tagged();
        defaults.MapGet("versions", (HttpContext context, SettingsStore settings) => ListAsync(null, context, settings))
            .Doc("listSettingsVersions", "Lists the versions of the default settings, each with what differs from the one before").Lists(Listing, SettingsVersionView.Example);
        defaults.MapGet("versions/{version:long}", (long version, HttpContext context, SettingsStore settings) => VersionAsync(null, version, context, settings))
            .Doc("getSettingsVersion", "Gets a version of the default settings").Answers(200, SettingsVersionView.Example, "The version, with its whole value.");
        defaults.MapPost("rollback", (HttpContext context, SettingsStore settings) => RollBackAsync(null, context, settings))
            .Doc("rollBackSettings", "Puts an earlier version of the default settings in force again, as a new version", "It is refused, with its faults, where it makes no sense any more.")
            .Takes(RollbackInput.Example).Answers(200, SettingsView.Example, "They are in force.").Refuses(404, "There is no such version.").Tagged();

        var own = routes.MapGroup("/streamers/{id:guid}/settings").For(Role.Viewer, writes: Role.Operator);
        own.MapGet("", (Guid id, HttpContext context, SettingsStore settings) => ShowAsync(id, context, settings))
            .Doc("getStreamerSettings", "Gets the settings of a streamer, each with where it comes from, and which its worker works by").Answers(200, StreamerSettingsView.Example, "The settings.").Tagged();
        own.MapPut("", (Guid id, HttpContext context, SettingsStore settings) => PutAsync(id, context, settings))
            .Doc("putStreamerSettings", "Replaces what a streamer has of its own", "A setting that is left out, or null, follows the default again.")
            .Takes(Body(StreamerSettingsView.Example.Overrides)).Answers(200, StreamerSettingsView.Example, "They are in force, as a new version where anything differs.").Tagged();
        own.MapGet("versions", (Guid id, HttpContext context, SettingsStore settings) => ListAsync(id, context, settings))
            .Doc("listStreamerSettingsVersions", "Lists the versions of what a streamer has of its own, each with what differs from the one before").Lists(Listing, SettingsVersionView.Example);
        own.MapGet("versions/{version:long}", (Guid id, long version, HttpContext context, SettingsStore settings) => VersionAsync(id, version, context, settings))
            .Doc("getStreamerSettingsVersion", "Gets a version of what a streamer has of its own").Answers(200, SettingsVersionView.Example, "The version, with its whole value.");
        own.MapPost("rollback", (Guid id, HttpContext context, SettingsStore settings) => RollBackAsync(id, context, settings))
            .Doc("rollBackStreamerSettings", "Puts an earlier version of what a streamer has of its own in force again, as a new version", "It is refused, with its faults, where it makes no sense any more.")
            .Takes(RollbackInput.Example).Answers(200, StreamerSettingsView.Example, "They are in force.").Tagged();
        return routes;
    }

    private static Dictionary<string, JsonElement> Body(IReadOnlyDictionary<string, JsonElement> example) => new(example);

    private static async Task<IResult> ShowAsync(Guid? streamer, HttpContext context, SettingsStore settings)
    {
        var defaults = await settings.GetAsync(context.RequestAborted);
        if (streamer is not { } id) return EntityTag.Answer(SettingsView.Of(defaults), defaults.Version);
        if (await settings.GetAsync(id, context.RequestAborted) is not { } own) return Problems.NotFound("streamer", id);
        var process = await context.RequestServices.GetRequiredService<ProcessStore>().LiveOfAsync(id, context.RequestAborted);
        return EntityTag.Answer(StreamerSettingsView.Of(own, defaults, process), own.Version);
    }

    private static async Task<IResult> PutAsync(Guid? streamer, HttpContext context, SettingsStore settings)
    {
        var (body, problem) = await RequestBody.ReadAsync(context.Request, context.RequestAborted);
        return body is null ? problem! : await ChangeAsync(streamer, new SettingsEdit.Replace(body.Root.GetRawText()), context, settings);
    }

    private static async Task<IResult> RollBackAsync(Guid? streamer, HttpContext context, SettingsStore settings)
    {
        var (body, problem) = await RequestBody.ReadAsync(context.Request, context.RequestAborted);
        if (body is null) return problem!;
        var version = body.Whole("version", 1, int.MaxValue);
        if (version is null && body.Faults.None) body.Faults.Add("version", "version is missing: give the number of the version to go back to");
        body.RefuseUnknown();
        return body.Faults.None ? await ChangeAsync(streamer, new SettingsEdit.Restore(version!.Value), context, settings) : Problems.Invalid(body.Faults);
    }

    private static async Task<IResult> ChangeAsync(Guid? streamer, SettingsEdit edit, HttpContext context, SettingsStore settings)
    {
        var (by, cancellation) = (context.User.Identity!.Name!, context.RequestAborted);
        if (await settings.VersionAsync(streamer, cancellation) is not { } now) return Problems.NotFound("streamer", streamer!);
        if (EntityTag.Refusal(context.Request, now, out var expected) is { } refusal) return refusal;
        var result = streamer is { } id ? await settings.ChangeAsync(id, edit, expected, by, cancellation) : await settings.ChangeAsync(edit, expected, by, cancellation);
        return result.Outcome switch
        {
            SettingsChanged.Done => await ShowAsync(streamer, context, settings),
            SettingsChanged.Stale => EntityTag.Stale(result.Version),
            SettingsChanged.NotFound => Problems.NotFound("streamer", streamer!),
            SettingsChanged.NoSuchVersion => Problems.NotFound("version", ((SettingsEdit.Restore)edit).Version),
            _ => Problems.Invalid(result.Faults),
        };
    }

    private static async Task<IResult> ListAsync(Guid? streamer, HttpContext context, SettingsStore settings)
    {
        var list = Listing.Read(context.Request);
        if (!list.Query.Faults.None) return Problems.Invalid(list.Query.Faults);
        if (streamer is { } id && await settings.GetAsync(id, context.RequestAborted) is null) return Problems.NotFound("streamer", id);
        return list.Answer(await settings.VersionsAsync(streamer, list.Order, list.Limit + 1, context.RequestAborted), v => SettingsVersionView.Of(v, whole: false));
    }

    private static async Task<IResult> VersionAsync(Guid? streamer, long version, HttpContext context, SettingsStore settings) =>
        await settings.VersionAsync(streamer, version, context.RequestAborted) is { } found
            ? Results.Ok(SettingsVersionView.Of(found, whole: true))
            : Problems.NotFound("version", version);
}
