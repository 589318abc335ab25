using System.Globalization;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Logs;

/// <summary>Log lines over HTTP.</summary>
public static class LogEndpoints
{
    /// <summary>Adds <c>/logs</c>.</summary>
    public static IEndpointRouteBuilder MapLogs(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/logs", ListAsync).For(Role.Viewer);
        return routes;
    }

    private static async Task<IResult> ListAsync(HttpRequest request, LogStore logs, CancellationToken cancellation)
    {
        var query = request.Query;
        var faults = new Faults();
        var limit = PageQuery.Limit(query, faults);
        var cursor = PageQuery.Cursor(query, faults, id => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out _));
        var filter = new LogFilter
        {
            Process = PageQuery.Id(query, "process", faults),
            Streamer = PageQuery.Id(query, "streamer", faults),
            Node = Text("node", 63),
            Level = Level(),
            Text = Text("text", 200),
            From = PageQuery.Time(query, "from", faults),
            To = PageQuery.Time(query, "to", faults),
        };
        if (!faults.None) return Problems.Invalid(faults);
        var rows = await logs.ListAsync(filter, cursor is null ? null : (cursor.At, long.Parse(cursor.Id, CultureInfo.InvariantCulture)), limit + 1, cancellation);
        return Results.Ok(Page.Of(rows, limit, l => new PageCursor(l.At, l.Id.ToString(CultureInfo.InvariantCulture))));

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
}
