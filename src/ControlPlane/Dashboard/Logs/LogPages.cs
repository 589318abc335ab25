using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Logs;

namespace StreamClips.ControlPlane.Dashboard.Logs;

/// <summary>What the workers say.</summary>
public static class LogPages
{
    private const int PageSize = 100;

    /// <summary>Adds <c>/app/logs</c> and the part of it that renews itself.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/app/logs", async (HttpRequest request, LogStore logs, ChannelReader channels, CancellationToken cancellation) =>
        {
            var query = LogQuery.Of(request.Query);
            var page = await ReadAsync(query, logs, cancellation);
            var streamers = await channels.NamesAsync(cancellation);
            return new RazorComponentResult<LogsPage>(new { Query = query, Lines = page.Items, page.Next, Streamers = streamers });
        });
        routes.MapGet("/app/logs/lines", async (HttpRequest request, LogStore logs, ChannelReader channels, CancellationToken cancellation) =>
        {
            var query = LogQuery.Of(request.Query);
            var page = await ReadAsync(query, logs, cancellation);
            return new RazorComponentResult<LogLines>(new { Query = query, Lines = page.Items, page.Next, Streamers = await channels.NamesAsync(cancellation) });
        });
    }

    private static async Task<Page<LogLine>> ReadAsync(LogQuery query, LogStore logs, CancellationToken cancellation) =>
        Page.Of(await logs.ListAsync(query.Filter, query.Before, PageSize + 1, cancellation), PageSize, l => new PageCursor(l.At, l.Id.ToString(CultureInfo.InvariantCulture)));
}
