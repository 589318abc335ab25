using StreamClips.ControlPlane.Assignments;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Streamers;

namespace StreamClips.ControlPlane.Processes;

/// <summary>Processes over HTTP: the running ones, start and stop.</summary>
public static class ProcessEndpoints
{
    private const int MostEndings = 100;

    /// <summary>Adds <c>/stream-clips</c>.</summary>
    public static IEndpointRouteBuilder MapProcesses(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/stream-clips").For(Role.Viewer, writes: Role.Operator);
        group.MapGet("", ListAsync);
        group.MapGet("{id:guid}", async (Guid id, ProcessStore processes, CancellationToken cancellation) =>
            await processes.GetAsync(id, cancellation) is { } process ? Results.Ok(process) : Problems.NotFound("process", id));
        group.MapGet("{id:guid}/endings", async (Guid id, ProcessStore processes, CancellationToken cancellation) =>
            await processes.GetAsync(id, cancellation) is null
                ? Problems.NotFound("process", id)
                : Results.Ok(new Page<ProcessEnding>(await processes.EndingsAsync(id, MostEndings, cancellation), null)));
        group.MapPost("{streamerId:guid}/start", StartAsync);
        group.MapPost("{processId:guid}/stop", StopAsync);
        return routes;
    }

    /// <summary>Those that are not over, or with <c>?all=true</c> a page of all that ever were.</summary>
    private static async Task<IResult> ListAsync(HttpRequest request, ProcessStore processes, CancellationToken cancellation)
    {
        var faults = new Faults();
        var limit = PageQuery.Limit(request.Query, faults);
        var cursor = PageQuery.Cursor(request.Query, faults, id => Guid.TryParse(id, out _));
        var streamer = PageQuery.Id(request.Query, "streamer", faults);
        var node = request.Query["node"].ToString() is { Length: > 0 } name ? name : null;
        var all = request.Query["all"].ToString();
        if (all is not ("" or "true" or "false")) faults.Add("all", $"all is '{all}': give true or false");
        if (!faults.None) return Problems.Invalid(faults);
        if (all == "true")
        {
            var rows = await processes.ListAsync(streamer, node, cursor is null ? null : (cursor.At, Guid.Parse(cursor.Id)), limit + 1, cancellation);
            return Results.Ok(Page.Of(rows, limit, p => new PageCursor(p.CreatedAt, p.Id.ToString())));
        }

        var current = await processes.CurrentAsync(cancellation);
        return Results.Ok(new Page<ClipProcess>(
            [.. current.Where(p => (streamer is null || p.StreamerId == streamer) && (node is null || p.NodeId == node))], null));
    }

    private static async Task<IResult> StartAsync(
        Guid streamerId, HttpContext context, StreamerStore streamers, ProcessStore processes, AssignmentLoop assignments, CancellationToken cancellation)
    {
        if (await processes.LiveOfAsync(streamerId, cancellation) is { } already)
            return Problems.Of(409, $"{already.Streamer} is already running on {already.NodeId}", $"its process is {already.Id}");
        if (!await streamers.SetActiveAsync(streamerId, active: true, context.User.Identity!.Name!, cancellation)) return Problems.NotFound("streamer", streamerId);
        await assignments.RunOnceAsync(cancellation, asked: streamerId);
        if (await processes.LiveOfAsync(streamerId, cancellation) is { } process) return Results.Accepted($"/stream-clips/{process.Id}", process);
        var streamer = await streamers.GetAsync(streamerId, cancellation);
        if (streamer is null) return Problems.NotFound("streamer", streamerId);
        var why = streamer.Waiting.Length > 0 ? streamer.Waiting : "no place was found";
        return Problems.Of(503, $"{streamer.Name} cannot start now: {why}", "it is active and starts by itself as soon as it can");
    }

    private static async Task<IResult> StopAsync(
        Guid processId, HttpContext context, StreamerStore streamers, ProcessStore processes, AssignmentLoop assignments, CancellationToken cancellation)
    {
        if (await processes.GetAsync(processId, cancellation) is not { } process) return Problems.NotFound("process", processId);
        if (process.Wished == "stop")
            return process.EndedAt is null ? Results.Accepted($"/stream-clips/{processId}", process) : Problems.Of(409, $"process {processId} is over: {process.State}");
        await streamers.SetActiveAsync(process.StreamerId, active: false, context.User.Identity!.Name!, cancellation);
        await assignments.RunOnceAsync(cancellation);
        return Results.Accepted($"/stream-clips/{processId}", await processes.GetAsync(processId, cancellation));
    }
}
