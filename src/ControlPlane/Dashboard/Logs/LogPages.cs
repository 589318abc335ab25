using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http.HttpResults;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Logs;
using StreamClips.ControlPlane.Nodes;
using StreamClips.ControlPlane.Partitions;

namespace StreamClips.ControlPlane.Dashboard.Logs;

/// <summary>What the workers say.</summary>
/// <param name="Query">Which lines are looked at.</param>
/// <param name="Lines">The page; null: the search took too long.</param>
/// <param name="Streamers">The channels that can be chosen.</param>
/// <param name="Nodes">The nodes that can be chosen.</param>
/// <param name="Stuck">Days that should be gone and are not.</param>
public sealed record LogModel(
    LogQuery Query, Page<LogLine>? Lines, IReadOnlyList<(Guid Id, string Name)> Streamers, IReadOnlyList<string> Nodes, IReadOnlyList<DayPartition> Stuck);

/// <summary>Reads what the pages of log lines show.</summary>
public sealed class LogReader(LogStore logs, ChannelReader channels, NodeStore nodes, DayTables tables, PartitionStore partitions, TimeProvider clock)
{
    private const int PageSize = 100;

    /// <summary>A page of lines, and what can be chosen beside it.</summary>
    public async Task<LogModel> ReadAsync(LogQuery query, CancellationToken cancellation)
    {
        var rows = await logs.ListAsync(query.Filter(clock.GetUtcNow()), query.Before, PageSize + 1, cancellation);
        var page = rows is null ? null : Page.Of(rows, PageSize, l => new PageCursor(l.At, l.Id.ToString(CultureInfo.InvariantCulture)));
        var names = (await nodes.ListAsync(cancellation)).Select(n => n.Id).Order(StringComparer.Ordinal).ToList();
        return new(query, page, await channels.NamesAsync(cancellation), names, await partitions.StuckAsync(tables.Logs, cancellation));
    }
}

/// <summary>The pages of log lines.</summary>
public static class LogPages
{
    /// <summary>Adds <c>/app/logs</c> and the part of it that renews itself.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/app/logs", ShowAsync<LogsPage>);
        routes.MapGet("/app/logs/lines", ShowAsync<LogLines>);
    }

    private static async Task<RazorComponentResult<TPage>> ShowAsync<TPage>(HttpRequest request, LogReader reader, CancellationToken cancellation)
        where TPage : IComponent =>
        new(new { Model = await reader.ReadAsync(LogQuery.Of(request.Query), cancellation) });
}
