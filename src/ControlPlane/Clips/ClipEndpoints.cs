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
        group.MapGet("", ListAsync).Doc("listClips", "Lists clips, sorted and filtered", "Those that are being removed are only in the list of `removing=true`, with how that stands.")
            .Lists(ClipQuery.Listing, ClipView.Example);
        group.MapGet("{id:guid}", GetAsync).Doc("getClip", "Gets a clip with its files, its sidecar, and the other cuts of its moment").Answers(200, ClipView.WholeExample, "The clip.").Tagged();
        foreach (var kind in (string[])["video", "poster", .. RenditionKind.All])
        {
            var type = kind is "poster" or RenditionKind.Preview ? "image/jpeg" : "video/mp4";
            group.MapMethods($"{{id:guid}}/{kind}", ["GET", "HEAD"], (Guid id, HttpContext context, ClipStore clips, ClipStorages storages) => FileAsync(id, kind, context, clips, storages))
                .Doc($"getClip{char.ToUpperInvariant(kind[0])}{kind[1..]}", $"Gets the {kind} of a clip, whole or by ranges").Sends(200, type, "The file.").Sends(206, type, "The range that was asked for.")
                .Answers(302, "The storage gives it itself, at this address, for some minutes.").Refuses(416, "The range is outside of the file.");
        }

        ClipChangeEndpoints.Map(group);
        return routes;
    }

    private static async Task<IResult> ListAsync(HttpRequest request, ClipStore clips, RetentionStore retention, CancellationToken cancellation)
    {
        var list = ClipQuery.Listing.Read(request);
        var filter = ClipQuery.Filter(list.Query);
        if (!list.Query.Faults.None) return Problems.Invalid(list.Query.Faults);
        var rows = await clips.ListAsync(filter, list.Order, list.Limit + 1, cancellation);
        var limits = await retention.LimitsAsync(rows.Select(c => c.StreamerId), cancellation);
        return list.Answer(rows, c => ClipView.Of(c, Limits(limits, c)));
    }

    private static async Task<IResult> GetAsync(Guid id, ClipStore clips, RetentionStore retention, CancellationToken cancellation) =>
        await ViewAsync(id, clips, retention, cancellation) is { } view ? EntityTag.Answer(view, view.Version) : await GoneAsync(id, clips, cancellation);

    /// <summary>One clip with all that is known of it; null where there is none of this id.</summary>
    internal static async Task<ClipView?> ViewAsync(Guid id, ClipStore clips, RetentionStore retention, CancellationToken cancellation)
    {
        if (await clips.GetAsync(id, cancellation) is not { } clip) return null;
        var sidecar = await clips.SidecarAsync(id, cancellation);
        return ClipView.Of(clip, Limits(await retention.LimitsAsync([clip.StreamerId], cancellation), clip)) with
        {
            Files = await clips.FilesAsync(id, cancellation), Duplicates = await clips.DuplicatesAsync(id, cancellation),
            Sidecar = sidecar is null ? null : JsonSerializer.Deserialize<JsonElement>(sidecar),
        };
    }

    /// <summary>There is no such clip, or not any more, and why.</summary>
    internal static async Task<IResult> GoneAsync(Guid id, ClipStore clips, CancellationToken cancellation) => Problems.Of(404, $"there is no clip {id}", await clips.RemovedAsync(id, cancellation));

    private static RetentionLimits Limits(IReadOnlyDictionary<Guid, RetentionLimits> limits, Clip clip) =>
        clip.StreamerId is { } streamer ? limits.GetValueOrDefault(streamer, RetentionLimits.None) : RetentionLimits.None;

    private static async Task<IResult> FileAsync(Guid id, string kind, HttpContext context, ClipStore clips, ClipStorages storages)
    {
        var cancellation = context.RequestAborted;
        if (await clips.GetAsync(id, cancellation) is not { } clip) return await GoneAsync(id, clips, cancellation);
        if (clip.RemovingAt is not null) return Problems.Of(404, $"clip {id} is being removed", clip.RemovalReason);
        var file = (await clips.FilesAsync(id, cancellation)).FirstOrDefault(f => f.Kind == kind);
        if (file is null) return Problems.Of(404, $"clip {id} has no {kind}");
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
}
