using System.Text.Json;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Clips;

/// <summary>What people do with clips over HTTP: mark, file and describe them, and let them go; one or several at once.</summary>
public static class ClipChangeEndpoints
{
    // The answer to a deletion waits so long for the storage; the deletion goes on without it.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    /// <summary>Adds the routes to <c>/clips</c>.</summary>
    internal static void Map(RouteGroupBuilder group)
    {
        group.MapPatch("{id:guid}", PatchAsync).Doc("changeClip", "Marks a clip, files it under tags, or writes a note about it", "A JSON merge patch (RFC 7396).").Takes(ClipPatch.Example)
            .Answers(200, ClipView.WholeExample, "It is changed.").Refuses(409, "The clip is being removed.").Tagged();
        group.MapDelete("{id:guid}", DeleteAsync).Doc("deleteClip", "Deletes a clip with its files")
            .Answers(204, "It is gone.").Answers(202, ClipView.WholeExample, "It is in no list any more, and its files go as soon as the storage lets them: `removal` says how that stands.").Tagged();
        group.MapPost("bulk", BulkAsync).Doc("changeClips", "Marks, tags or deletes several clips at once", "Each by itself: those that cannot be changed stay as before.").Takes(ClipBulk.Example)
            .Answers(200, ClipBulkResult.Example, "How it went with each.");
    }

    private static async Task<IResult> PatchAsync(Guid id, HttpContext context, ClipStore clips, ClipEditStore edits, RetentionStore retention)
    {
        var cancellation = context.RequestAborted;
        if (await clips.GetAsync(id, cancellation) is not { } before) return await ClipEndpoints.GoneAsync(id, clips, cancellation);
        if (EntityTag.Refusal(context.Request, before.Version, out var expected) is { } refusal) return refusal;
        var (body, problem) = await RequestBody.ReadAsync(context.Request, cancellation);
        if (body is null) return problem!;
        var edit = ClipEdit.ReadPatch(body);
        if (!body.Faults.None) return Problems.Invalid(body.Faults);
        var done = (await edits.ChangeAsync([id], edit, expected, context.User.Identity!.Name!, cancellation))[id];
        return done switch
        {
            ClipChange.Done when await ClipEndpoints.ViewAsync(id, clips, retention, cancellation) is { } view => EntityTag.Answer(view, view.Version),
            ClipChange.Done or ClipChange.NotFound => await ClipEndpoints.GoneAsync(id, clips, cancellation),
            ClipChange.Stale => EntityTag.Stale(null),
            _ => Problems.Of(409, $"clip {id} {Words(done)}"),
        };
    }

    /// <summary>Marks the clip, and waits a little for its files to go. 204: it is gone. 202: it is in no list any more, and its files go as soon as the storage lets them.</summary>
    private static async Task<IResult> DeleteAsync(Guid id, HttpContext context, ClipStore clips, ClipRemovalStore removals, ClipRemover remover, RetentionStore retention, TimeProvider clock)
    {
        var (by, cancellation) = (context.User.Identity!.Name!, context.RequestAborted);
        if (await clips.GetAsync(id, cancellation) is not { } before) return await ClipEndpoints.GoneAsync(id, clips, cancellation);
        if (EntityTag.Refusal(context.Request, before.Version, out var expected) is { } refusal) return refusal;
        var marked = await removals.MarkAsync([Deletion(id, by) with { Claimed = true, Version = expected }], cancellation);
        if (marked.Count == 0 && expected is not null && before.RemovingAt is null) return EntityTag.Stale(null);
        await RemoveNowAsync(id, remover, clock, cancellation);
        if (await ClipEndpoints.ViewAsync(id, clips, retention, cancellation) is not { } left) return Results.NoContent();
        return Results.Accepted($"/clips/{id}", left);
    }

    /// <summary>Tries at once what the background would do a moment later, so that mostly the answer is that it is done.</summary>
    internal static async Task RemoveNowAsync(Guid id, ClipRemover remover, TimeProvider clock, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(LongestWait, clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            await remover.RemoveAsync(id, stop.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            // It goes on in the background.
        }
    }

    private static async Task<IResult> BulkAsync(HttpContext context, ClipEditStore edits, ClipRemovalStore removals, CancellationToken cancellation)
    {
        var (body, problem) = await RequestBody.ReadAsync(context.Request, cancellation);
        if (body is null) return problem!;
        var ids = Ids(body);
        var edit = new ClipEdit { Favourite = body.Flag("favourite"), AddTags = ClipEdit.ReadTags(body, "add_tags") ?? [], RemoveTags = ClipEdit.ReadTags(body, "remove_tags") ?? [] };
        var delete = body.Flag("delete") ?? false;
        body.RefuseUnknown();
        if (delete && !edit.IsEmpty) body.Faults.Add("delete", "delete is true beside other changes: give it alone");
        if (!delete && edit.IsEmpty && body.Faults.None) body.Faults.Add("favourite", "there is nothing to change: give favourite, add_tags, remove_tags or delete");
        if (!body.Faults.None) return Problems.Invalid(body.Faults);
        var by = context.User.Identity!.Name!;
        var outcome = delete ? await MarkAllAsync(ids, removals, by, cancellation) : await edits.ChangeAsync(ids, edit, expected: null, by, cancellation);
        return Results.Ok(new ClipBulkResult([.. ids.Select(id => new ClipBulkItem(id, Name(outcome[id]), outcome[id] == ClipChange.Done ? null : $"clip {id} {Words(outcome[id])}"))]));
    }

    /// <summary>Marks clips for removal.</summary>
    internal static async Task<IReadOnlyDictionary<Guid, ClipChange>> MarkAllAsync(IReadOnlyCollection<Guid> ids, ClipRemovalStore removals, string by, CancellationToken cancellation)
    {
        var marked = await removals.MarkAsync([.. ids.Select(id => Deletion(id, by))], cancellation);
        return ids.ToDictionary(id => id, id => marked.Contains(id) ? ClipChange.Done : ClipChange.NotFound);
    }

    internal static RemovalMark Deletion(Guid id, string by) => new(id, RemovalKind.Deleted, $"{by} deleted it", by);

    private static IReadOnlyList<Guid> Ids(RequestBody body)
    {
        if (body.List("ids", ClipEditStore.Most) is not { Count: > 0 } items)
        {
            if (body.Faults.None) body.Faults.Add("ids", $"ids is missing or empty: give 1 to {ClipEditStore.Most} ids of clips");
            return [];
        }

        var ids = new List<Guid>();
        foreach (var item in items)
        {
            if (item.ValueKind == JsonValueKind.String && item.TryGetGuid(out var id)) ids.Add(id);
            else body.Faults.Add("ids", $"ids holds {item.GetRawText()}: give ids of clips (UUIDs)");
        }

        return [.. ids.Distinct()];
    }

    private static string Name(ClipChange change) => change switch
    {
        ClipChange.Done => "done",
        ClipChange.NotFound => "not_found",
        ClipChange.Removing => "removing",
        ClipChange.TooManyTags => "too_many_tags",
        _ => "stale",
    };

    /// <summary>Why a clip was not changed, after its name.</summary>
    internal static string Words(ClipChange change) => change switch
    {
        ClipChange.NotFound => "is not there (any more)",
        ClipChange.Removing => "is being removed",
        ClipChange.TooManyTags => $"would have more than {ClipTags.Most} tags: take some away first",
        _ => "was changed by somebody else meanwhile",
    };
}
