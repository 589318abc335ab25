using StreamClips.ControlPlane.Assignments;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Streamers;

namespace StreamClips.ControlPlane.Processes;

/// <summary>Processes over HTTP: the running ones, start and stop.</summary>
public static class ProcessEndpoints
{
    private const int MostEndings = 100;

    private static readonly Listing<ClipProcess> Listing = new()
    {
        Sorts = [SortKey.Time<ClipProcess>("created_at", "created_at", p => p.CreatedAt)], Falling = true, Id = SortKey.Id<ClipProcess>("id", "id", p => p.Id),
        Filters =
        [
            QueryParameter.Flag("all", "Also those that are over."), QueryParameter.Id("streamer", "Only those of this streamer."), QueryParameter.Text("node", "Only those on this node.", "node-1", 63),
        ],
        Item = typeof(ClipProcess),
    };

    private static readonly Listing<ProcessEnding> Endings = new()
    {
        Sorts = [SortKey.Time<ProcessEnding>("at", "at", e => e.At)], Falling = true, Id = SortKey.Text<ProcessEnding>("cause", "cause", e => e.Cause), Item = typeof(ProcessEnding),
    };

    /// <summary>Adds <c>/stream-clips</c>.</summary>
    public static IEndpointRouteBuilder MapProcesses(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/stream-clips").For(Role.Viewer, writes: Role.Operator);
        group.MapGet("", ListAsync).Doc("listProcesses", "Lists the processes that are not over, or with all=true all that ever were").Lists(Listing, ClipProcess.Example);
        group.MapGet("{id:guid}", async (Guid id, ProcessStore processes, CancellationToken cancellation) =>
            await processes.GetAsync(id, cancellation) is { } process ? EntityTag.Answer(process, null) : Problems.NotFound("process", id))
            .Doc("getProcess", "Gets a process").Answers(200, ClipProcess.Example, "The process.").Tagged();
        group.MapGet("{id:guid}/endings", EndingsAsync).Doc("listEndings", "Lists how runs of a process's worker ended that nobody asked to end").Lists(Endings, ProcessEnding.Example);
        group.MapPost("{streamerId:guid}/start", StartAsync).Doc("startStreamer", "Starts watching a streamer", "It is active from then on, and starts by itself as soon as it can.")
            .Answers(202, ClipProcess.Example with { State = ProcessState.Assigned }, "It is given to a node.").Refuses(409, "It runs already.").Refuses(503, "It cannot start now; it is active and starts as soon as it can.");
        group.MapPost("{processId:guid}/stop", StopAsync).Doc("stopProcess", "Stops watching a streamer: it is no longer active")
            .Answers(202, ClipProcess.Example with { Wished = "stop", State = ProcessState.Stopping }, "It is being stopped.").Refuses(409, "It is over.");
        return routes;
    }

    private static async Task<IResult> ListAsync(HttpRequest request, ProcessStore processes, CancellationToken cancellation)
    {
        var list = Listing.Read(request);
        var (all, streamer, node) = (list.Query.Flag("all") == true, list.Query.Id("streamer"), list.Query.Text("node"));
        if (!list.Query.Faults.None) return Problems.Invalid(list.Query.Faults);
        return list.Answer(await processes.ListAsync(all, streamer, node, list.Order, list.Limit + 1, cancellation), p => p);
    }

    private static async Task<IResult> EndingsAsync(Guid id, HttpRequest request, ProcessStore processes, CancellationToken cancellation)
    {
        var list = Endings.Read(request);
        if (!list.Query.Faults.None) return Problems.Invalid(list.Query.Faults);
        if (await processes.GetAsync(id, cancellation) is null) return Problems.NotFound("process", id);
        return list.AnswerOf(await processes.EndingsAsync(id, MostEndings, cancellation), e => e);
    }

    private static async Task<IResult> StartAsync(
        Guid streamerId, HttpContext context, StreamerStore streamers, ProcessStore processes, AssignmentLoop assignments, CancellationToken cancellation)
    {
        if (await processes.LiveOfAsync(streamerId, cancellation) is { } already)
            return Problems.Of(409, $"{already.Streamer} is already running on {already.NodeId}", $"its process is {already.Id}");
        if (!await streamers.SetActiveAsync(streamerId, active: true, context.User.Identity!.Name!, wakes: false, cancellation)) return Problems.NotFound("streamer", streamerId);
        await assignments.PlanForAsync(streamerId, cancellation);
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
        await streamers.SetActiveAsync(process.StreamerId, active: false, context.User.Identity!.Name!, wakes: false, cancellation);
        await assignments.PlanForAsync(asked: null, cancellation);
        return Results.Accepted($"/stream-clips/{processId}", await processes.GetAsync(processId, cancellation));
    }
}
