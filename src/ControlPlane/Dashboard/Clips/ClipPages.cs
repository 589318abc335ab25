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
    private const int TagsToChoose = 100;

    /// <summary>Adds <c>/app/clips</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/app/clips", (HttpContext context, ClipReader reader) => ListAsync(context, reader, null, 200));
        routes.MapGet("/app/clips/{id:guid}", (Guid id, HttpContext context, ClipReader reader) => PageAsync(id, context, reader, new ClipForm(), 200));
        ClipForms.Map(routes);
    }

    /// <summary>The list.</summary>
    internal static async Task<IResult> ListAsync(HttpContext context, ClipReader reader, string? fault, int status) =>
        new RazorComponentResult<ClipsPage>(new { Model = await reader.ListAsync(context.Request, PageSize, TagsToChoose, fault, context.RequestAborted) }) { StatusCode = status };

    /// <summary>One clip.</summary>
    internal static async Task<IResult> PageAsync(Guid id, HttpContext context, ClipReader reader, ClipForm form, int status)
    {
        if (await reader.GetAsync(id, context.RequestAborted) is { } model) return new RazorComponentResult<ClipPage>(new { Model = model, Form = form }) { StatusCode = status };
        return Problems.Of(404, "There is no such clip", await reader.RemovedAsync(id, context.RequestAborted) is { } why ? $"{char.ToUpperInvariant(why[0])}{why[1..]}." : "Perhaps somebody deleted it.");
    }
}

/// <summary>What stands in the form about a clip, where it is not what the clip says.</summary>
public sealed record ClipForm
{
    /// <summary>What went wrong altogether; null: nothing.</summary>
    public string? Banner { get; init; }

    /// <summary>The tags that were typed.</summary>
    public string? Tags { get; init; }

    /// <summary>The note that was typed.</summary>
    public string? Note { get; init; }

    /// <summary>What is wrong, by field.</summary>
    public IReadOnlyDictionary<string, string[]> Faults { get; init; } = new Dictionary<string, string[]>();
}

/// <summary>What the page of a clip shows.</summary>
public sealed record ClipModel
{
    /// <summary>The clip.</summary>
    public required Clip Clip { get; init; }

    /// <summary>What the worker wrote down; null: it cannot be read.</summary>
    public ClipSidecar? Sidecar { get; init; }

    /// <summary>Its files.</summary>
    public required IReadOnlyList<ClipFileRow> Files { get; init; }

    /// <summary>Other cuts of its moment.</summary>
    public required IReadOnlyList<ClipDuplicate> Duplicates { get; init; }

    /// <summary>What is kept of its channel.</summary>
    public required RetentionLimits Limits { get; init; }
}

/// <summary>Reads what the pages of clips show.</summary>
public sealed class ClipReader(ClipStore clips, RetentionStore retention, ChannelReader channels)
{
    /// <summary>A page of the list.</summary>
    public async Task<ClipListModel> ListAsync(HttpRequest request, int size, int tags, string? fault, CancellationToken cancellation)
    {
        var list = ClipQuery.Listing.Read(request);
        var filter = ClipQuery.Filter(list.Query);
        var faults = list.Query.Faults;
        IReadOnlyList<Clip> rows = faults.None ? await clips.ListAsync(filter, list.Order, size + 1, cancellation) : [];
        return new()
        {
            Clips = [.. rows.Take(size)], Next = rows.Count > size ? list.CursorOf(rows[size - 1]) : null, Filter = filter, Sort = list.Sort, Cursor = faults.None ? list.Query.Text("cursor") : null,
            Limits = await retention.LimitsAsync(rows.Select(c => c.StreamerId), cancellation),
            Streamers = await channels.NamesAsync(cancellation), Tags = await clips.TagsAsync(tags, cancellation), Removing = await clips.CountRemovingAsync(cancellation),
            Faults = [.. faults.ByField().SelectMany(f => f.Value), .. fault is null ? (string[])[] : [fault]],
        };
    }

    /// <summary>One clip; null where there is none of this id.</summary>
    public async Task<ClipModel?> GetAsync(Guid id, CancellationToken cancellation)
    {
        if (await clips.GetAsync(id, cancellation) is not { } clip) return null;
        var limits = await retention.LimitsAsync([clip.StreamerId], cancellation);
        return new()
        {
            Clip = clip, Sidecar = Read(await clips.SidecarAsync(id, cancellation)), Files = await clips.FilesAsync(id, cancellation), Duplicates = await clips.DuplicatesAsync(id, cancellation),
            Limits = limits.Values.FirstOrDefault(RetentionLimits.None),
        };
    }

    /// <summary>What became of a clip that is gone.</summary>
    public Task<string?> RemovedAsync(Guid id, CancellationToken cancellation) => clips.RemovedAsync(id, cancellation);

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
}
