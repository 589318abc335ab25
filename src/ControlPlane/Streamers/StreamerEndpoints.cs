using System.Text.Json;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Settings;

namespace StreamClips.ControlPlane.Streamers;

/// <summary>Streamers over HTTP.</summary>
public static class StreamerEndpoints
{
    /// <summary>Adds <c>/streamers</c>.</summary>
    public static IEndpointRouteBuilder MapStreamers(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/streamers").For(Role.Viewer, writes: Role.Operator);
        group.MapGet("", ListAsync);
        group.MapPost("", AddAsync);
        group.MapGet("{id:guid}", GetAsync);
        group.MapPut("{id:guid}", PutAsync);
        group.MapDelete("{id:guid}", async (Guid id, HttpContext context, StreamerStore streamers) =>
            await streamers.RemoveAsync(id, context.User.Identity!.Name!, context.RequestAborted) ? Results.NoContent() : Problems.NotFound("streamer", id));
        return routes;
    }

    private static async Task<IResult> ListAsync(HttpRequest request, StreamerStore streamers, CancellationToken cancellation)
    {
        var faults = new Faults();
        var limit = PageQuery.Limit(request.Query, faults);
        var cursor = PageQuery.Cursor(request.Query, faults, _ => true);
        if (!faults.None) return Problems.Invalid(faults);
        var rows = await streamers.ListAsync(cursor?.Id, limit + 1, cancellation);
        var page = Page.Of(rows, limit, s => new PageCursor(s.CreatedAt, s.Name));
        return Results.Ok(new Page<object>([.. page.Items.Select(View)], page.Next));
    }

    private static async Task<IResult> GetAsync(Guid id, StreamerStore streamers, CancellationToken cancellation) =>
        await streamers.GetAsync(id, cancellation) is { } streamer ? Results.Ok(View(streamer)) : Problems.NotFound("streamer", id);

    private static async Task<IResult> AddAsync(HttpContext context, StreamerStore streamers, SettingsStore settings, CancellationToken cancellation)
    {
        var (draft, problem) = await DraftAsync(context.Request, settings, before: null, cancellation);
        if (draft is null) return problem!;
        var (outcome, id) = await streamers.AddAsync(draft, context.User.Identity!.Name!, cancellation);
        return outcome == StreamerChange.NameTaken
            ? NameTaken(draft)
            : Results.Created($"/streamers/{id}", View((await streamers.GetAsync(id, cancellation))!));
    }

    private static async Task<IResult> PutAsync(Guid id, HttpContext context, StreamerStore streamers, SettingsStore settings, CancellationToken cancellation)
    {
        if (await streamers.GetAsync(id, cancellation) is not { } before) return Problems.NotFound("streamer", id);
        var (draft, problem) = await DraftAsync(context.Request, settings, before, cancellation);
        if (draft is null) return problem!;
        var outcome = await streamers.PutAsync(id, draft, context.User.Identity!.Name!, cancellation);
        if (outcome == StreamerChange.NameTaken) return NameTaken(draft);
        return outcome == StreamerChange.Done && await streamers.GetAsync(id, cancellation) is { } after ? Results.Ok(View(after)) : Problems.NotFound("streamer", id);
    }

    private static async Task<(StreamerDraft? Draft, IResult? Problem)> DraftAsync(
        HttpRequest request, SettingsStore settings, Streamer? before, CancellationToken cancellation)
    {
        var (body, problem) = await RequestBody.ReadAsync(request, cancellation);
        if (body is null) return (null, problem);
        var draft = StreamerBody.Read(body, (await settings.GetAsync(cancellation)).Value, before?.Active ?? true, before);
        return draft is null ? (null, Problems.Invalid(body.Faults)) : (draft, null);
    }

    private static IResult NameTaken(StreamerDraft draft) =>
        Problems.Of(409, $"there is already a streamer '{draft.Name}'", "give another name, or change that one");

    private static object View(Streamer s) => new
    {
        s.Id,
        s.Name,
        s.Url,
        s.ChatUrl,
        s.Active,
        Settings = JsonSerializer.Deserialize<JsonElement>(s.Settings),
        s.Waiting,
        Process = s.ProcessId is null ? null : new { Id = s.ProcessId, Node = s.NodeId, s.State, s.Phase, s.Placement },
        s.Version,
        s.CreatedAt,
        s.UpdatedAt,
    };
}
