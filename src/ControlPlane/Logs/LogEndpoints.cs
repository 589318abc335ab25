using System.Globalization;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Partitions;

namespace StreamClips.ControlPlane.Logs;

/// <summary>Log lines over HTTP.</summary>
public static class LogEndpoints
{
    private const int LongestText = 200;
    private const int LongestNode = 63;
    private static readonly string[] Filters = ["node", "streamer", "process", "level", "since", "until", "q"];

    /// <summary>Adds what log lines are read and followed by.</summary>
    public static IServiceCollection AddLogs(this IServiceCollection services) => services.AddSingleton<LogStore>().AddSingleton<LogFollowers>()
        .AddSingleton<LogAnnouncer>().AddHostedService(p => p.GetRequiredService<LogAnnouncer>());

    /// <summary>Adds <c>/logs</c> and what lies below it.</summary>
    public static IEndpointRouteBuilder MapLogs(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/logs", ListAsync).For(Role.Viewer);
        routes.MapGet("/logs/follow", (HttpContext context, LogFollowers followers) => followers.FollowAsync(context)).For(Role.Viewer);
        routes.MapGet("/logs/partitions", PartitionsAsync).For(Role.Viewer);
        return routes;
    }

    /// <summary>Reads the filter of a request.</summary>
    public static LogFilter Filter(IQueryCollection query, Faults faults)
    {
        var filter = new LogFilter
        {
            Process = PageQuery.Id(query, "process", faults),
            Streamer = PageQuery.Id(query, "streamer", faults),
            Node = Text("node", LongestNode),
            Level = Level(),
            Text = Text("q", LongestText),
            Since = PageQuery.Time(query, "since", faults),
            Until = PageQuery.Time(query, "until", faults),
        };
        if (filter is { Since: { } since, Until: { } until } && since >= until) faults.Add("until", $"until is '{query["until"]}', which is not after since: give a later time");
        return filter;

        int? Level()
        {
            if (query["level"].ToString() is not { Length: > 0 } name) return null;
            if (LogLevels.Number(name) is { } number) return number;
            faults.Add("level", $"level is '{name}': give {string.Join(", ", LogLevels.Names)}");
            return null;
        }

        string? Text(string name, int longest)
        {
            if (query[name].ToString() is not { Length: > 0 } text) return null;
            if (text.Length <= longest && !text.Any(char.IsControl)) return text;
            faults.Add(name, $"{name} has {text.Length} characters or holds a control character: give at most {longest} plain ones");
            return null;
        }
    }

    /// <summary>Adds a fault for each parameter that is neither a filter nor one of these.</summary>
    public static void OnlyKnown(IQueryCollection query, Faults faults, params string[] others)
    {
        foreach (var name in query.Keys.Where(k => !Filters.Contains(k) && !others.Contains(k)))
            faults.Add(name, $"{name} is no parameter here: give {string.Join(", ", Filters.Concat(others))}");
    }

    /// <summary>What is answered where a search takes too long.</summary>
    public static IResult TooSlow() => Problems.Of(
        422, $"the search takes longer than {LogStore.LongestSearch.TotalSeconds} s",
        "narrow it: give since and until, or a streamer, process or node; text is found fast in days that are over, and in the present day by reading it");

    private static async Task<IResult> ListAsync(HttpRequest request, LogStore logs, CancellationToken cancellation)
    {
        var query = request.Query;
        var faults = new Faults();
        OnlyKnown(query, faults, "limit", "cursor");
        var limit = PageQuery.Limit(query, faults);
        var cursor = PageQuery.Cursor(query, faults, id => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out _));
        var filter = Filter(query, faults);
        if (!faults.None) return Problems.Invalid(faults);
        var rows = await logs.ListAsync(filter, cursor is null ? null : (cursor.At, long.Parse(cursor.Id, CultureInfo.InvariantCulture)), limit + 1, cancellation);
        return rows is null ? TooSlow() : Results.Ok(Page.Of(rows, limit, l => new PageCursor(l.At, l.Id.ToString(CultureInfo.InvariantCulture))));
    }

    private static async Task<IResult> PartitionsAsync(DayTables tables, PartitionStore partitions, CancellationToken cancellation)
    {
        var items = new List<object>();
        foreach (var table in tables.All)
        {
            foreach (var p in await partitions.ListAsync(table, cancellation))
                items.Add(new { p.Name, p.Table, day = DateOnly.FromDateTime(p.Day), p.State, p.Rows, p.Bytes, p.Searchable, p.Fault, p.FaultSince, p.TriedAt, p.Tries });
        }

        return Results.Ok(new { items, next = (string?)null, keep = tables.All.ToDictionary(t => t.Name, t => new { days = t.KeepDays, bytes = t.KeepBytes }) });
    }
}
