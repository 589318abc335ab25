using System.Text.Json;
using Microsoft.Net.Http.Headers;
using StreamClips.ControlPlane.Http;
using StreamClips.Shared.Clips;
using StreamClips.Storage;

namespace StreamClips.ControlPlane.Clips;

/// <summary>Clips over HTTP: the list, one with its sidecar, playback by range requests (RFC 9110 section 14), the poster, and what was made of it later.</summary>
public static class ClipEndpoints
{
    /// <summary>Adds <c>/clips</c>.</summary>
    public static IEndpointRouteBuilder MapClips(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/clips").For(Role.Viewer, writes: Role.Operator);
        group.MapGet("", ListAsync);
        group.MapGet("{id:guid}", GetAsync);
        foreach (var kind in (string[])["video", "poster", .. RenditionKind.All])
            group.MapMethods($"{{id:guid}}/{kind}", ["GET", "HEAD"], (Guid id, HttpContext context, ClipStore clips, ClipStorages storages) => FileAsync(id, kind, context, clips, storages));
        group.MapDelete("{id:guid}", DeleteAsync);
        return routes;
    }

    private static async Task<IResult> ListAsync(HttpRequest request, ClipStore clips, CancellationToken cancellation)
    {
        var faults = new Faults();
        var limit = PageQuery.Limit(request.Query, faults);
        var cursor = PageQuery.Cursor(request.Query, faults, id => Guid.TryParse(id, out _));
        var filter = new ClipFilter
        {
            Streamer = PageQuery.Id(request.Query, "streamer", faults),
            Process = PageQuery.Id(request.Query, "process", faults),
            From = PageQuery.Time(request.Query, "from", faults),
            To = PageQuery.Time(request.Query, "to", faults),
        };
        if (!faults.None) return Problems.Invalid(faults);
        var rows = await clips.ListAsync(filter, cursor is null ? null : (cursor.At, Guid.Parse(cursor.Id)), limit + 1, cancellation);
        var page = Page.Of(rows, limit, c => new PageCursor(c.StartedAt, c.Id.ToString()));
        return Results.Ok(new Page<object>([.. page.Items.Select(c => View(c, null, []))], page.Next));
    }

    private static async Task<IResult> GetAsync(Guid id, ClipStore clips, CancellationToken cancellation)
    {
        if (await clips.GetAsync(id, cancellation) is not { } clip) return Problems.NotFound("clip", id);
        return Results.Ok(View(clip, await clips.SidecarAsync(id, cancellation), await clips.FilesAsync(id, cancellation)));
    }

    private static async Task<IResult> FileAsync(Guid id, string kind, HttpContext context, ClipStore clips, ClipStorages storages)
    {
        var cancellation = context.RequestAborted;
        var file = (await clips.FilesAsync(id, cancellation)).FirstOrDefault(f => f.Kind == kind);
        if (file is null) return await clips.GetAsync(id, cancellation) is null ? Problems.NotFound("clip", id) : Problems.Of(404, $"clip {id} has no {kind}");
        if (!StorageKey.TryParse(file.Key, out var key)) return Problems.Of(404, $"the {kind} of clip {id} has no proper place in storage");
        try
        {
            var storage = storages.Of(file.Storage);
            if (await storage.LinkAsync(key, HttpMethods.IsHead(context.Request.Method)) is { } link)
            {
                // The address works only for a while: the next look asks here again.
                context.Response.Headers.CacheControl = "no-store";
                return Results.Redirect(link.AbsoluteUri);
            }

            if (await storage.OpenReadAsync(key, cancellation) is not { } stream) return Problems.Of(404, $"the {kind} of clip {id} is not in storage any more", $"its key is {key}");
            // The bytes under a key never change, and the hash names them.
            context.Response.Headers.CacheControl = "private, max-age=86400, immutable";
            return Results.Stream(stream, ContentTypes.Of(file.Key), entityTag: new EntityTagHeaderValue($"\"{file.Sha256}\""), enableRangeProcessing: true);
        }
        catch (IOException e)
        {
            return Problems.Of(503, $"the storage does not give the {kind} of clip {id}", e.Message);
        }
    }

    private static async Task<IResult> DeleteAsync(Guid id, HttpContext context, ClipStore clips, ClipStorages storages)
    {
        if (await clips.GetAsync(id, context.RequestAborted) is null) return Problems.NotFound("clip", id);
        return await ClipRemoval.RemoveAsync(id, context.User.Identity!.Name!, clips, storages, context.RequestAborted) is { } fault
            ? Problems.Of(503, $"the storage does not delete the files of clip {id}", fault)
            : Results.NoContent();
    }

    private static object View(Clip c, string? sidecar, IReadOnlyList<ClipFileRow> files) => new
    {
        c.Id,
        c.ProcessId,
        c.StreamerId,
        c.Streamer,
        Node = c.NodeId,
        c.Url,
        c.StartedAt,
        c.EndedAt,
        c.MomentAt,
        c.PeakAt,
        c.TriggeredAt,
        c.DurationS,
        c.LostS,
        c.Score,
        c.Reason,
        c.Detector,
        c.Format,
        c.SizeBytes,
        c.SavedAt,
        Video = $"/clips/{c.Id}/video",
        Poster = $"/clips/{c.Id}/poster",
        Files = files.Count > 0 ? files : null,
        Sidecar = sidecar is null ? (JsonElement?)null : JsonSerializer.Deserialize<JsonElement>(sidecar),
    };
}
