using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Partitions;

namespace StreamClips.ControlPlane.Logs;

/// <summary>Log lines over HTTP.</summary>
public static class LogEndpoints
{
    private static readonly IReadOnlyList<QueryParameter> Filters =
    [
        QueryParameter.Text("node", "Only lines of this node.", "node-1", 63), QueryParameter.Id("streamer", "Only lines of this streamer."), QueryParameter.Id("process", "Only lines of this process."),
        QueryParameter.Word("level", "Only lines of this level or a higher one.", LogLevels.Names), QueryParameter.Time("since", "Only lines of this time or later."),
        QueryParameter.Time("until", "Only lines before this time."), QueryParameter.Text("q", "Only lines whose event and message, with a space between them, hold this text, in any case.", "segment.lost"),
    ];

    private static readonly Listing<LogLine> Listing = new()
    {
        Sorts = [SortKey.Time<LogLine>("at", "at", l => l.At)],
        Falling = true,
        Id = SortKey.Number<LogLine>("id", "id", l => l.Id),
        Filters = Filters,
        Item = typeof(LogLine),
    };

    /// <summary>Adds what log lines are read and followed by.</summary>
    public static IServiceCollection AddLogs(this IServiceCollection services) => services.AddSingleton<LogStore>().AddSingleton<LogFollowers>()
        .AddSingleton<LogAnnouncer>().AddHostedService(p => p.GetRequiredService<LogAnnouncer>());

    /// <summary>Adds <c>/logs</c> and what lies below it.</summary>
    public static IEndpointRouteBuilder MapLogs(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/logs").For(Role.Viewer);
        group.MapGet("", ListAsync).Doc("listLogs", "Lists what the workers say, filtered and searched").Lists(Listing, LogLine.Example).Refuses(422, TooSlowWhen);
        group.MapGet("follow", (HttpContext context, LogFollowers followers) => followers.FollowAsync(context))
            .Doc("followLogs", "Follows what the workers say, as server-sent events", "Each line is an event `line` with a LogLine as its data. Its id, given back as Last-Event-ID, resumes behind it; events `place`, which come at least every 20 s, move the id on past lines that the filter keeps back.")
            .Asks([.. Filters, QueryParameter.Whole("tail", "So many of the newest lines come first.", 0, LogFollowers.MostTail), QueryParameter.Text("last_event_id", "Like the header Last-Event-ID, for those who cannot set it.", "123456-789", 50)])
            .Sends(200, "text/event-stream", "The lines, from their commit on.").Refuses(422, TooSlowWhen);
        group.MapGet("partitions", PartitionsAsync).Doc("listLogPartitions", "Lists the days that are kept, and those that should be gone and are not").Answers(200, PartitionList.Example, "The days.");
        return routes;
    }

    /// <summary>Reads the filter of a request.</summary>
    public static LogFilter Filter(QueryReader query)
    {
        var filter = new LogFilter
        {
            Process = query.Id("process"), Streamer = query.Id("streamer"), Node = query.Text("node"), Text = query.Text("q"), Since = query.Time("since"), Until = query.Time("until"),
            Level = query.Word("level") is { } level ? LogLevels.Number(level) : null,
        };
        if (filter is { Since: { } since, Until: { } until } && since >= until) query.Faults.Add("until", $"until is '{until:O}', which is not after since: give a later time");
        return filter;
    }

    /// <summary>What is answered where a search takes too long.</summary>
    public static IResult TooSlow() => Problems.Of(
        422, $"the search takes longer than {LogStore.LongestSearch.TotalSeconds} s",
        "narrow it: give since and until, or a streamer, process or node; text is found fast in days that are over, and in the present day by reading it");

    private const string TooSlowWhen = "The search takes too long: it is to be narrowed.";

    private static async Task<IResult> ListAsync(HttpRequest request, LogStore logs, CancellationToken cancellation)
    {
        var list = Listing.Read(request);
        var filter = Filter(list.Query);
        if (!list.Query.Faults.None) return Problems.Invalid(list.Query.Faults);
        return await logs.ListAsync(filter, list.Order, list.Limit + 1, cancellation) is { } rows ? list.Answer(rows, l => l) : TooSlow();
    }

    private static async Task<IResult> PartitionsAsync(DayTables tables, PartitionStore partitions, CancellationToken cancellation)
    {
        var items = new List<PartitionView>();
        foreach (var table in tables.All) items.AddRange((await partitions.ListAsync(table, cancellation)).Select(PartitionView.Of));
        return Results.Ok(new PartitionList(items, [.. tables.All.Select(t => new KeptTable(t.Name, t.KeepDays, t.KeepBytes))]));
    }
}
