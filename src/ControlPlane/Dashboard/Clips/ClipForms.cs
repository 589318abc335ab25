using System.Globalization;
using StreamClips.ControlPlane.Clips;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Dashboard.Clips;

/// <summary>What people do with clips in the pages.</summary>
public static class ClipForms
{
    /// <summary>Adds the forms' targets.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/app/clips/{id:guid}/favourite", FavouriteAsync);
        routes.MapPost("/app/clips/{id:guid}/words", WordsAsync);
        routes.MapPost("/app/clips/{id:guid}/delete", DeleteAsync);
        routes.MapPost("/app/clips/bulk", BulkAsync);
    }

    private static async Task<IResult> FavouriteAsync(Guid id, HttpContext context, ClipEditStore edits, ClipReader reader)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var done = await EditAsync([id], new ClipEdit { Favourite = form["favourite"] == "true" }, null, context, edits);
        return done[id] == ClipChange.Done ? Results.Redirect(Back(form, $"/app/clips/{id}")) : await ClipPages.PageAsync(id, context, reader, new() { Banner = Sentence(done[id]) }, 409);
    }

    /// <summary>Tags and note, as they were typed. Who changed them meanwhile is not overwritten.</summary>
    private static async Task<IResult> WordsAsync(Guid id, HttpContext context, ClipEditStore edits, ClipReader reader)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var note = ClipEdit.TidyNote(form["note"].ToString());
        var (tags, tagFaults) = ClipTags.Split(form["tags"].ToString());
        var faults = new Faults();
        foreach (var fault in tagFaults) faults.Add("tags", fault);
        if (ClipEdit.NoteFault(note) is { } noteFault) faults.Add("note", noteFault);
        var typed = new ClipForm { Tags = form["tags"], Note = form["note"] };
        if (!faults.None) return await ClipPages.PageAsync(id, context, reader, typed with { Faults = FormFaults.Of(faults) }, 400);
        long? version = long.TryParse(form["version"], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        var done = (await EditAsync([id], new ClipEdit { Tags = tags, Note = note }, version, context, edits))[id];
        return done switch
        {
            ClipChange.Done => Results.Redirect($"/app/clips/{id}"),
            ClipChange.Stale => await ClipPages.PageAsync(id, context, reader, typed with { Banner = "Somebody else changed this clip meanwhile. Below is what you typed: save it again if it is to replace theirs." }, 409),
            _ => await ClipPages.PageAsync(id, context, reader, typed with { Banner = Sentence(done) }, 409),
        };
    }

    private static async Task<IResult> DeleteAsync(Guid id, HttpContext context, ClipStore clips, ClipRemovalStore removals, ClipRemover remover, ClipReader reader, TimeProvider clock)
    {
        var cancellation = context.RequestAborted;
        await removals.MarkAsync([ClipChangeEndpoints.Deletion(id, context.User.Identity!.Name!) with { Claimed = true }], cancellation);
        await ClipChangeEndpoints.RemoveNowAsync(id, remover, clock, cancellation);
        return await clips.GetAsync(id, cancellation) is { RemovalFault.Length: > 0 } ? await ClipPages.PageAsync(id, context, reader, new(), 503) : Results.Redirect("/app/clips");
    }

    /// <summary>Does one thing with all clips that were chosen.</summary>
    private static async Task<IResult> BulkAsync(HttpContext context, ClipEditStore edits, ClipRemovalStore removals, ClipReader reader)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var back = Back(form, "/app/clips");
        var ids = form["id"].Take(ClipEditStore.Most).Select(i => Guid.TryParse(i, out var id) ? id : Guid.Empty).Where(i => i != Guid.Empty).Distinct().ToList();
        var (tags, faults) = ClipTags.Split(form["tag"].ToString());
        var action = form["do"].ToString();
        ClipEdit? edit = action switch
        {
            "favourite" => new() { Favourite = true },
            "unfavourite" => new() { Favourite = false },
            "tag" => new() { AddTags = tags },
            "untag" => new() { RemoveTags = tags },
            _ => null,
        };
        if (ids.Count == 0) return await AgainAsync("Choose some clips first.");
        if (action is "tag" or "untag" && (faults.Count > 0 || tags.Count == 0)) return await AgainAsync(faults.Count > 0 ? $"{string.Join("; ", faults)}." : "Write the tag first.");
        if (edit is null && action != "delete") return await AgainAsync("Choose what to do with the clips.");
        var by = context.User.Identity!.Name!;
        var done = edit is null ? await ClipChangeEndpoints.MarkAllAsync(ids, removals, by, context.RequestAborted) : await edits.ChangeAsync(ids, edit, null, by, context.RequestAborted);
        var failed = done.Values.Where(d => d != ClipChange.Done).ToList();
        return failed.Count == 0 ? Results.Redirect(back) : await AgainAsync($"{Words.Many(failed.Count, "clip")} of {done.Count} stayed as before: {string.Join("; ", failed.Distinct().Select(f => "it " + ClipChangeEndpoints.Words(f)))}.");

        Task<IResult> AgainAsync(string fault)
        {
            context.Request.QueryString = new(back.IndexOf('?', StringComparison.Ordinal) is >= 0 and var at ? back[at..] : "");
            return ClipPages.ListAsync(context, reader, fault, 409);
        }
    }

    private static Task<IReadOnlyDictionary<Guid, ClipChange>> EditAsync(IReadOnlyCollection<Guid> ids, ClipEdit edit, long? version, HttpContext context, ClipEditStore edits) =>
        edits.ChangeAsync(ids, edit, version, context.User.Identity!.Name!, context.RequestAborted);

    private static string Sentence(ClipChange change) => $"The clip {ClipChangeEndpoints.Words(change)}.";

    /// <summary>Where the form was: a page of clips, or the overview; never another site.</summary>
    private static string Back(IFormCollection form, string otherwise) =>
        form["back"].ToString() is { Length: > 0 and < 2000 } back && (back == "/app" || back == "/app/clips" || back.StartsWith("/app/clips?", StringComparison.Ordinal)) && !back.Any(char.IsControl) ? back : otherwise;
}
