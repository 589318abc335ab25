using Microsoft.AspNetCore.Http.HttpResults;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Settings;
using StreamClips.ControlPlane.Streamers;

namespace StreamClips.ControlPlane.Dashboard.Streamers;

/// <summary>The channels: list, add, change, watch or not, delete.</summary>
public static class StreamerPages
{
    /// <summary>Adds <c>/app/streamers</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/app/streamers");
        group.MapGet("", ListAsync);
        group.MapGet("new", async (SettingsStore settings, CancellationToken cancellation) => Page(StreamerForm.Empty((await settings.GetAsync(cancellation)).Value)));
        group.MapPost("new", AddAsync);
        group.MapGet("{id:guid}", EditAsync);
        group.MapPost("{id:guid}", SaveAsync);
        group.MapPost("{id:guid}/activate", (Guid id, HttpContext context, StreamerStore streamers) => SetActiveAsync(id, true, context, streamers));
        group.MapPost("{id:guid}/deactivate", (Guid id, HttpContext context, StreamerStore streamers) => SetActiveAsync(id, false, context, streamers));
        group.MapPost("{id:guid}/delete", async (Guid id, HttpContext context, StreamerStore streamers) =>
            await streamers.RemoveAsync(id, context.User.Identity!.Name!, expected: null, context.RequestAborted) == StreamerChange.Done ? Results.Redirect("/app/streamers") : NotFound());
    }

    private static async Task<IResult> ListAsync(ChannelReader channels, string? after, CancellationToken cancellation)
    {
        var rows = await channels.ListAsync(string.IsNullOrEmpty(after) ? null : after, cancellation);
        var next = rows.Count > ChannelReader.PageSize ? rows[ChannelReader.PageSize - 1].Streamer.Name : null;
        return new RazorComponentResult<StreamersPage>(new { Rows = rows.Take(ChannelReader.PageSize).ToList(), Next = next });
    }

    private static async Task<IResult> EditAsync(Guid id, StreamerStore streamers, SettingsStore settings, CancellationToken cancellation) =>
        await streamers.GetAsync(id, cancellation) is { } streamer
            ? Page(StreamerForm.Of(streamer, (await settings.GetAsync(cancellation)).Value))
            : NotFound();

    private static async Task<IResult> AddAsync(HttpContext context, StreamerStore streamers, SettingsStore settings, CancellationToken cancellation)
    {
        var form = StreamerForm.Empty((await settings.GetAsync(cancellation)).Value).With(await context.Request.ReadFormAsync(cancellation));
        var (draft, faults) = Check(form, before: null);
        if (draft is null) return Page(form.With(faults), 400);
        var (outcome, id) = await streamers.AddAsync(draft, context.User.Identity!.Name!, cancellation);
        return Answer(form, draft, outcome, id);
    }

    private static async Task<IResult> SaveAsync(Guid id, HttpContext context, StreamerStore streamers, SettingsStore settings, CancellationToken cancellation)
    {
        if (await streamers.GetAsync(id, cancellation) is not { } before) return NotFound();
        var form = StreamerForm.Of(before, (await settings.GetAsync(cancellation)).Value).With(await context.Request.ReadFormAsync(cancellation));
        if (!form.IsOf(before.Version)) return Page(form.After(before), 412);
        var (draft, faults) = Check(form, before);
        if (draft is null) return Page(form.With(faults), 400);
        var outcome = await streamers.PutAsync(id, draft, context.User.Identity!.Name!, before.Version, cancellation);
        return outcome == StreamerChange.Stale && await streamers.GetAsync(id, cancellation) is { } now ? Page(form.After(now), 412) : Answer(form, draft, outcome, id);
    }

    private static (StreamerDraft? Draft, Faults[] Faults) Check(StreamerForm form, Streamer? before)
    {
        var (body, noNumbers) = form.ToBody();
        var draft = StreamerBody.Read(body, form.Defaults, activeOtherwise: false, before);
        return (noNumbers.None ? draft : null, [body.Faults, noNumbers]);
    }

    private static IResult Answer(StreamerForm form, StreamerDraft draft, StreamerChange outcome, Guid id)
    {
        if (outcome == StreamerChange.Done) return Results.Redirect($"/app/streamers#channel-{id}");
        if (outcome == StreamerChange.NotFound) return NotFound();
        var faults = new Faults();
        faults.Add("name", $"there is already a streamer '{draft.Name}': give another name");
        return Page(form.With(faults), 409);
    }

    private static async Task<IResult> SetActiveAsync(Guid id, bool active, HttpContext context, StreamerStore streamers) =>
        await streamers.SetActiveAsync(id, active, context.User.Identity!.Name!, wakes: true, context.RequestAborted)
            ? Results.Redirect($"/app/streamers#channel-{id}")
            : NotFound();

    private static RazorComponentResult<StreamerPage> Page(StreamerForm form, int status = 200) => new(new { Form = form }) { StatusCode = status };

    private static IResult NotFound() => Problems.Of(404, "There is no such streamer", "Perhaps somebody deleted it.");
}
