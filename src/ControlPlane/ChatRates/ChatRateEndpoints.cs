using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Processes;
using StreamClips.Shared.Journal;

namespace StreamClips.ControlPlane.ChatRates;

/// <summary>How much was said in a process's chat, over HTTP: to draw, and to replay.</summary>
public static class ChatRateEndpoints
{
    private static readonly TimeSpan ShownAtFirst = TimeSpan.FromHours(6);
    private static readonly DateTimeOffset Earliest = new(1970, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly QueryParameter Since = QueryParameter.Time("since", "From here on; without it the last 6 hours before until, for a history all that is kept.");
    private static readonly QueryParameter Until = QueryParameter.Time("until", "Up to here; without it up to now, or the end of the process.");

    private const string HistoryExample =
        """{"kind":"chat","at":"2026-01-31T12:01:01Z","version":1,"began":"2026-01-31T11:20:07Z","number":40,"from":"2026-01-31T12:00:00Z","until":"2026-01-31T12:01:00.4Z","seconds":"DAEBCAAC"}""";

    /// <summary>Adds what chat rates are read by.</summary>
    public static IServiceCollection AddChatRates(this IServiceCollection services) => services.AddSingleton<ChatRateStore>();

    /// <summary>Adds <c>/processes/ID/chat-rate</c> and <c>/processes/ID/chat-history</c>.</summary>
    public static IEndpointRouteBuilder MapChatRates(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/processes/{id:guid}").For(Role.Viewer);
        group.MapGet("chat-rate", RateAsync)
            .Doc("getChatRate", "Tells how much was said in a process's chat, step by step", "Times are the chat's. Steps in which the chat was not heard are left out; the newest minute may not be there yet.")
            .Asks(Since, Until, QueryParameter.Whole("step", "Seconds of a step; without it as many as make some hundred steps.", 1, 86_400))
            .Answers(200, ChatRateSeries.Example, "The steps.");
        group.MapGet("chat-history", HistoryAsync)
            .Doc("getChatHistory", "Gets what a process's detector heard, packed, for replay", "A line of JSON about each minute, as the worker's journal has it: no texts, no names. The command replay takes it and decides with any settings.")
            .Asks(Since, Until)
            .Answers(200, HistoryExample, "The lines, stretch by stretch.", "application/x-ndjson");
        return routes;
    }

    private static async Task<IResult> RateAsync(Guid id, HttpRequest request, ProcessStore processes, ChatRateStore rates, TimeProvider clock, CancellationToken cancellation)
    {
        if (await processes.GetAsync(id, cancellation) is not { } process) return Problems.NotFound("process", id);
        var query = QueryReader.Of(request);
        var (since, until) = Times(query, process.EndedAt ?? clock.GetUtcNow(), ShownAtFirst, process.CreatedAt);
        var step = (int)(query.Whole("step") ?? ChatRateSeries.FittingStep(until - since));
        if ((until - since).TotalSeconds / step > ChatRateSeries.MostSteps)
            query.Faults.Add("step", $"step is {step}, which makes {(until - since).TotalSeconds / step:0} steps of this time, and {ChatRateSeries.MostSteps} are given: give {Math.Ceiling((until - since).TotalSeconds / ChatRateSeries.MostSteps)} or more, or a shorter time");
        if (!query.Faults.None) return Problems.Invalid(query.Faults);
        return Results.Ok(await SeriesAsync(rates, id, since, until, step, cancellation));
    }

    /// <summary>The series of a time.</summary>
    public static async Task<ChatRateSeries> SeriesAsync(ChatRateStore rates, Guid process, DateTimeOffset since, DateTimeOffset until, int step, CancellationToken cancellation)
    {
        var steps = new ChatRateSteps(since, until, step);
        await foreach (var minute in rates.ReadAsync(process, since, until, cancellation)) steps.Add(minute);
        return steps.Series();
    }

    private static async Task<IResult> HistoryAsync(Guid id, HttpContext context, ProcessStore processes, ChatRateStore rates, TimeProvider clock, CancellationToken cancellation)
    {
        if (await processes.GetAsync(id, cancellation) is null) return Problems.NotFound("process", id);
        var query = QueryReader.Of(context.Request);
        var (since, until) = Times(query, clock.GetUtcNow().AddDays(1), ChatRateStore.LongestSpan, earliest: Earliest);
        if (!query.Faults.None) return Problems.Invalid(query.Faults);
        var response = context.Response;
        response.ContentType = "application/x-ndjson";
        response.Headers.CacheControl = "no-store";
        await foreach (var minute in rates.ReadAsync(id, since, until, cancellation))
        {
            await response.Body.WriteAsync(minute.ToUtf8(), cancellation);
            await response.Body.WriteAsync("\n"u8.ToArray(), cancellation);
        }

        return Results.Empty;
    }

    /// <summary>From when to when; what is wrong with that is a fault.</summary>
    private static (DateTimeOffset Since, DateTimeOffset Until) Times(QueryReader query, DateTimeOffset now, TimeSpan span, DateTimeOffset earliest)
    {
        var until = query.Time("until") ?? now;
        if (until < Earliest) query.Faults.Add("until", $"until is '{until:O}': give a time after 1970");
        var since = query.Time("since") ?? (until < Earliest ? until : Later(until - span, earliest < until ? earliest : until - span));
        if (since < Earliest) query.Faults.Add("since", $"since is '{since:O}': give a time after 1970");
        else if (since >= until) query.Faults.Add("until", $"until is '{until:O}', which is not after since ({since:O}): give a later time");
        else if (until - since > ChatRateStore.LongestSpan) query.Faults.Add("since", $"since is '{since:O}', {(until - since).TotalDays:0.#} days before until: give at most {ChatRateStore.LongestSpan.TotalDays} days");
        return (since, until);
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
