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

    private static async Task<IResult> ListAsync(ClipStore clips, ChannelReader channels, string? streamer, string? cursor, CancellationToken cancellation)
    {
        var of = Guid.TryParse(streamer, out var id) ? id : (Guid?)null;
        var before = cursor is { Length: > 0 } && PageCursor.TryParse(cursor) is { } place && Guid.TryParse(place.Id, out var last) ? (place.At, last) : ((DateTimeOffset, Guid)?)null;
        var rows = await clips.ListAsync(new ClipFilter { Streamer = of }, before, PageSize + 1, cancellation);
        var page = Page.Of(rows, PageSize, c => new PageCursor(c.StartedAt, c.Id.ToString()));
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

    private static async Task<IResult> DeleteAsync(Guid id, HttpContext context, ClipStore clips, ClipStorages storages)
    {
        var cancellation = context.RequestAborted;
        if (await ClipRemoval.RemoveAsync(id, context.User.Identity!.Name!, clips, storages, cancellation) is { } fault)
            return await PageAsync(id, clips, $"The clip is still here: the storage does not delete its files. {fault}", 503, cancellation);
        return Results.Redirect("/app/clips");
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
