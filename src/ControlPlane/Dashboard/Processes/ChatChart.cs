using System.Collections.Concurrent;
using StreamClips.ControlPlane.ChatRates;
using StreamClips.ControlPlane.Clips;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Processes;

namespace StreamClips.ControlPlane.Dashboard.Processes;

/// <summary>How long a time a chart shows.</summary>
/// <param name="Name">As in the address.</param>
/// <param name="Words">For people.</param>
/// <param name="Length">How long.</param>
/// <param name="StepS">Seconds of a step.</param>
public sealed record ChartSpan(string Name, string Words, TimeSpan Length, int StepS)
{
    /// <summary>All of them, the first unless another is asked for.</summary>
    public static IReadOnlyList<ChartSpan> All { get; } =
        [new("1h", "1 hour", TimeSpan.FromHours(1), 10), new("6h", "6 hours", TimeSpan.FromHours(6), 60), new("24h", "24 hours", TimeSpan.FromHours(24), 300), new("7d", "7 days", TimeSpan.FromDays(7), 1800)];

    /// <summary>The one of this name, or the first.</summary>
    public static ChartSpan Of(string? name) => All.FirstOrDefault(s => s.Name == name, All[0]);
}

/// <summary>What is drawn of a process's chat.</summary>
/// <param name="Span">How long a time.</param>
/// <param name="Series">How much was said.</param>
/// <param name="Clips">The clips of that time.</param>
public sealed record ChatChart(ChartSpan Span, ChatRateSeries Series, IReadOnlyList<Clip> Clips);

/// <summary>Reads charts, and remembers them for some seconds: a page asks every other second, and a minute comes once a minute.</summary>
public sealed class ChatChartReader(ChatRateStore rates, ClipStore clips, TimeProvider clock)
{
    private const int MostClips = 300;
    private const int MostRemembered = 200;
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestClip = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<(Guid Process, string Span), (long At, ChatChart Chart)> _remembered = new();

    /// <summary>The chart of a process's last hours: before now, or before its end.</summary>
    public async Task<ChatChart> ReadAsync(ClipProcess process, ChartSpan span, CancellationToken cancellation)
    {
        var key = (process.Id, span.Name);
        if (_remembered.TryGetValue(key, out var known) && clock.GetElapsedTime(known.At) < Remembered) return known.Chart;
        var until = process.EndedAt ?? clock.GetUtcNow();
        // A young process is not shown as the end of a long emptiness.
        var length = TimeSpan.FromTicks(Math.Clamp((until - process.CreatedAt).Ticks, Shortest.Ticks, span.Length.Ticks));
        var since = until - length;
        var series = await ChatRateEndpoints.SeriesAsync(rates, process.Id, since, until, span.StepS, cancellation);
        var some = await clips.ListAsync(
            new() { Process = process.Id, Since = since - LongestClip, Until = until }, ListOrder.Of(ClipQuery.Listing.Sorts[0], ClipQuery.Listing.Id, falling: true, place: null), MostClips, cancellation);
        var chart = new ChatChart(span, series, [.. some.Where(c => c.EndedAt > series.Since).Reverse()]);
        if (_remembered.Count >= MostRemembered) _remembered.Clear();
        _remembered[key] = (clock.GetTimestamp(), chart);
        return chart;
    }
}
