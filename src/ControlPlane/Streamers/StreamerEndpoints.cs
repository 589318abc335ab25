using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Settings;

namespace StreamClips.ControlPlane.Streamers;

/// <summary>Streamers over HTTP.</summary>
public static class StreamerEndpoints
{
    private static readonly Listing<Streamer> Listing = new()
    {
        Sorts =
        [
            SortKey.Text<Streamer>("name", "lower(s.name)", s => s.Name, "lower(@SortValue)"), SortKey.Time<Streamer>("created_at", "s.created_at", s => s.CreatedAt),
            SortKey.Time<Streamer>("updated_at", "s.updated_at", s => s.UpdatedAt),
        ],
        Id = SortKey.Id<Streamer>("id", "s.id", s => s.Id),
        Filters = [QueryParameter.Flag("active", "Only those that shall be watched, or only the others."), QueryParameter.Flag("live", "Only those of which their platform says that they are live, or only those that are not."), QueryParameter.Text("q", "Only those whose name or address holds this text, in any case.", "ada", 100)],
        Item = typeof(StreamerView),
    };

    /// <summary>Adds <c>/streamers</c>.</summary>
    public static IEndpointRouteBuilder MapStreamers(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/streamers").For(Role.Viewer, writes: Role.Operator);
        group.MapGet("", ListAsync).Doc("listStreamers", "Lists streamers, sorted and filtered").Lists(Listing, StreamerView.Example).Refuses(422, "The search takes too long: it is to be narrowed.");
        group.MapPost("", AddAsync).Doc("addStreamer", "Adds a streamer; it starts by itself where it is active").Takes(StreamerInput.Example)
            .Answers(201, StreamerView.Example, "It is added.").Refuses(409, "Another streamer has the name.").Tagged().Idempotent();
        StreamerFiles.Map(group);
        group.MapGet("{id:guid}", GetAsync).Doc("getStreamer", "Gets a streamer").Answers(200, StreamerView.Example, "The streamer.").Tagged();
        group.MapPut("{id:guid}", PutAsync).Doc("changeStreamer", "Replaces what is said of a streamer").Takes(StreamerInput.Example)
            .Answers(200, StreamerView.Example, "It is changed.").Refuses(409, "Another streamer has the name.").Tagged();
        group.MapDelete("{id:guid}", RemoveAsync).Doc("removeStreamer", "Removes a streamer and its processes", "Its clips stay.").Answers(204, "It is removed.").Tagged();
        return routes;
    }

    /// <summary>What is answered where a search takes too long.</summary>
    public static IResult TooSlow() => Problems.Of(
        422, $"the search takes longer than {StreamerStore.LongestSearch.TotalSeconds} s",
        "narrow it with active or live, or give a longer text; where the database has the extension pg_trgm (see docs/decisions/0006), every search is fast");

    private static async Task<IResult> ListAsync(HttpRequest request, StreamerStore streamers, CancellationToken cancellation)
    {
        var list = Listing.Read(request);
        var filter = new StreamerFilter(list.Query.Flag("active"), list.Query.Flag("live"), list.Query.Text("q"));
        if (!list.Query.Faults.None) return Problems.Invalid(list.Query.Faults);
        return await streamers.ListAsync(filter, list.Order, list.Limit + 1, cancellation) is { } rows ? list.Answer(rows, StreamerView.Of) : TooSlow();
    }

    private static async Task<IResult> GetAsync(Guid id, StreamerStore streamers, CancellationToken cancellation) =>
        await streamers.GetAsync(id, cancellation) is { } streamer ? EntityTag.Answer(StreamerView.Of(streamer), streamer.Version) : Problems.NotFound("streamer", id);

    private static async Task<IResult> AddAsync(HttpContext context, StreamerStore streamers, SettingsStore settings, CancellationToken cancellation)
    {
        var (draft, problem) = await DraftAsync(context.Request, settings, before: null, cancellation);
        if (draft is null) return problem!;
        var (outcome, id) = await streamers.AddAsync(draft, context.User.Identity!.Name!, cancellation);
        if (outcome == StreamerChange.NameTaken) return NameTaken(draft);
        var streamer = (await streamers.GetAsync(id, cancellation))!;
        return EntityTag.Answer(StreamerView.Of(streamer), streamer.Version, $"/streamers/{id}");
    }

    private static async Task<IResult> PutAsync(Guid id, HttpContext context, StreamerStore streamers, SettingsStore settings, CancellationToken cancellation)
    {
        if (await streamers.GetAsync(id, cancellation) is not { } before) return Problems.NotFound("streamer", id);
        if (EntityTag.Refusal(context.Request, before.Version, out var expected) is { } refusal) return refusal;
        var (draft, problem) = await DraftAsync(context.Request, settings, before, cancellation);
        if (draft is null) return problem!;
        return await streamers.PutAsync(id, draft, context.User.Identity!.Name!, expected, cancellation) switch
        {
            StreamerChange.NameTaken => NameTaken(draft),
            StreamerChange.Stale => EntityTag.Stale(null),
            StreamerChange.Done when await streamers.GetAsync(id, cancellation) is { } after => EntityTag.Answer(StreamerView.Of(after), after.Version),
            _ => Problems.NotFound("streamer", id),
        };
    }

    private static async Task<IResult> RemoveAsync(Guid id, HttpContext context, StreamerStore streamers)
    {
        if (await streamers.GetAsync(id, context.RequestAborted) is not { } before) return Problems.NotFound("streamer", id);
        if (EntityTag.Refusal(context.Request, before.Version, out var expected) is { } refusal) return refusal;
        return await streamers.RemoveAsync(id, context.User.Identity!.Name!, expected, context.RequestAborted) switch
        {
            StreamerChange.Done => Results.NoContent(),
            StreamerChange.Stale => EntityTag.Stale(null),
            _ => Problems.NotFound("streamer", id),
        };
    }

    private static async Task<(StreamerDraft? Draft, IResult? Problem)> DraftAsync(
        HttpRequest request, SettingsStore settings, Streamer? before, CancellationToken cancellation)
    {
        var (body, problem) = await RequestBody.ReadAsync(request, cancellation);
        if (body is null) return (null, problem);
        var draft = StreamerBody.Read(body, (await settings.GetAsync(cancellation)).Value, before?.Active ?? true, before);
        return draft is null ? (null, Problems.Invalid(body.Faults)) : (draft, null);
    }

    private static IResult NameTaken(StreamerDraft draft) =>
        Problems.Of(409, $"there is already a streamer '{draft.Name}'", "give another name, or change that one");
}
