using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using StreamClips.ControlPlane.Clips;
using StreamClips.ControlPlane.Http;
using StreamClips.Shared.Clips;

namespace StreamClips.ControlPlane.Dashboard.Clips;

/// <summary>The clips: all of them, and one with its video.</summary>
public static class ClipPages
{
    private const int PageSize = 30;

    /// <summary>Adds <c>/app/clips</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/app/clips", ListAsync);
        routes.MapGet("/app/clips/{id:guid}", async (Guid id, ClipStore clips, CancellationToken cancellation) => await PageAsync(id, clips, null, 200, cancellation));
        routes.MapPost("/app/clips/{id:guid}/delete", DeleteAsync);
    }

    private static async Task<IResult> ListAsync(HttpRequest request, ClipStore clips, ChannelReader channels, string? streamer, CancellationToken cancellation)
    {
        var of = Guid.TryParse(streamer, out var id) ? id : (Guid?)null;
        var before = ClipQuery.After(request.Query, new Faults());
        var rows = await clips.ListAsync(new ClipFilter { Streamer = of }, ClipOrder.Newest, before, PageSize + 1, cancellation);
        var page = Page.Of(rows, PageSize, ClipQuery.Cursor);
        var names = await channels.NamesAsync(cancellation);
        return new RazorComponentResult<ClipsPage>(new { Clips = page.Items, Streamers = names, Streamer = of, page.Next, IsLater = before is not null });
    }

    private static async Task<IResult> PageAsync(Guid id, ClipStore clips, string? fault, int status, CancellationToken cancellation)
    {
        if (await clips.GetAsync(id, cancellation) is not { } clip) return NotFound();
        var sidecar = Read(await clips.SidecarAsync(id, cancellation));
        var files = await clips.FilesAsync(id, cancellation);
        return new RazorComponentResult<ClipPage>(new { Clip = clip, Sidecar = sidecar, Files = files, Fault = fault }) { StatusCode = status };
    }

    private static async Task<IResult> DeleteAsync(Guid id, HttpContext context, ClipStore clips, ClipRemovalStore removals, ClipRemover remover, TimeProvider clock)
    {
        var cancellation = context.RequestAborted;
        await removals.MarkAsync([ClipChangeEndpoints.Deletion(id, context.User.Identity!.Name!) with { Claimed = true }], cancellation);
        await ClipChangeEndpoints.RemoveNowAsync(id, remover, clock, cancellation);
        return await clips.GetAsync(id, cancellation) is { RemovalFault.Length: > 0 } left
            ? await PageAsync(id, clips, $"The clip is in no list any more, but its files are still there; it is tried again. {left.RemovalFault}", 503, cancellation)
            : Results.Redirect("/app/clips");
    }

    /// <summary>A sidecar of another version may lack what this one needs: the page then does without.</summary>
    private static ClipSidecar? Read(string? json)
    {
        try
        {
            return json is null ? null : ClipSidecar.FromJson(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IResult NotFound() => Problems.Of(404, "There is no such clip", "Perhaps somebody deleted it.");
}
