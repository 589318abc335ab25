using Microsoft.AspNetCore.Http.HttpResults;
using StreamClips.ControlPlane.Assignments;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Logs;
using StreamClips.ControlPlane.Processes;
using StreamClips.ControlPlane.Streamers;

namespace StreamClips.ControlPlane.Dashboard.Processes;

/// <summary>One process: how it is, what it says, start and stop.</summary>
public static class ProcessPages
{
    private const int NewestLines = 50;
    private const int NewestEndings = 5;

    /// <summary>Adds <c>/app/processes/ID</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/app/processes/{id:guid}", (Guid id, string? span, ProcessStore processes, ChannelReader channels, LogStore logs, ChatChartReader charts, CancellationToken cancellation) =>
            ShowAsync<ProcessPage>(id, span, processes, channels, logs, charts, cancellation));
        routes.MapGet("/app/processes/{id:guid}/live", (Guid id, string? span, ProcessStore processes, ChannelReader channels, LogStore logs, ChatChartReader charts, CancellationToken cancellation) =>
            ShowAsync<ProcessParts>(id, span, processes, channels, logs, charts, cancellation));
        routes.MapPost("/app/processes/{id:guid}/stop", StopAsync);
        routes.MapPost("/app/streamers/{id:guid}/start", StartAsync);
    }

    private static async Task<IResult> ShowAsync<TPage>(Guid id, string? span, ProcessStore processes, ChannelReader channels, LogStore logs, ChatChartReader charts, CancellationToken cancellation)
        where TPage : Microsoft.AspNetCore.Components.IComponent
    {
        if (await processes.GetAsync(id, cancellation) is not { } process || await channels.OfAsync(process, cancellation) is not { } row) return NotFound();
        var lines = await logs.ListAsync(new LogFilter { Process = id }, before: null, NewestLines, cancellation) ?? [];
        return new RazorComponentResult<TPage>(new { Row = row, Process = process, Lines = lines, Endings = await processes.EndingsAsync(id, NewestEndings, cancellation), Chart = await charts.ReadAsync(process, ChartSpan.Of(span), cancellation) });
    }

    private static async Task<IResult> StopAsync(
        Guid id, HttpContext context, ProcessStore processes, StreamerStore streamers, AssignmentLoop assignments, CancellationToken cancellation)
    {
        if (await processes.GetAsync(id, cancellation) is not { } process) return NotFound();
        if (process.Wished == "run")
        {
            await streamers.SetActiveAsync(process.StreamerId, active: false, context.User.Identity!.Name!, wakes: false, cancellation);
            await assignments.PlanForAsync(asked: null, cancellation);
        }

        return Results.Redirect($"/app/processes/{id}");
    }

    /// <summary>Where it cannot start now, it stays wanted, and the list of streamers says what it waits for.</summary>
    private static async Task<IResult> StartAsync(
        Guid id, HttpContext context, ProcessStore processes, StreamerStore streamers, AssignmentLoop assignments, CancellationToken cancellation)
    {
        if (!await streamers.SetActiveAsync(id, active: true, context.User.Identity!.Name!, wakes: false, cancellation)) return NotFound();
        await assignments.PlanForAsync(id, cancellation);
        var process = await processes.LiveOfAsync(id, cancellation);
        return Results.Redirect(process is null ? $"/app/streamers#channel-{id}" : $"/app/processes/{process.Id}");
    }

    private static IResult NotFound() => Problems.Of(404, "There is no such process", "It went with its streamer, or never was.");
}
