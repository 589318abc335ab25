using System.Globalization;
using StreamClips.ControlPlane.Accounts;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Notifications;

/// <summary><c>/events</c>: everything that happens, as server-sent events (WHATWG HTML, section 9.2).</summary>
public static class EventEndpoints
{
    private const string LastId = "last_event_id";

    private const string About =
        """
        Server-sent events: `id`, `event` and a `data` object with `at`, `event` and more, by kind. A reader that comes again with `Last-Event-ID`
        (or `last_event_id`) gets what it missed; with 0 all that is kept, of which `Newest-Event-ID` in the answer's head is the last. Where that is not kept any more, or is of another database, the first event is `reset`: read anew what
        you show, and go on from there. A comment each 15 s shows that the connection lives. Events about users and tokens are told to admins.
        """;

    private const string Example =
        """
        : streamclips
        retry: 2000

        id: 4711
        event: clip.saved
        data: {"at":"2026-02-01T08:30:00Z","event":"clip.saved","streamer":"Ada"}

        """;

    /// <summary>Adds what announces changes.</summary>
    public static IServiceCollection AddNotifications(this IServiceCollection services) =>
        services.AddSingleton<ChangeSignal>().AddSingleton<EventStore>().AddHostedService<ChangeListener>();

    /// <summary>Adds the route.</summary>
    public static IEndpointRouteBuilder MapEvents(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/events", FollowAsync).For(Role.Viewer).Doc("followEvents", "Follows everything that happens", About)
            .Asks(QueryParameter.Text(LastId, "The id of the last event that was seen, for who cannot send the header `Last-Event-ID`.", "4711", 20))
            .Answers(200, Example, "Events, until the reader leaves or what let it in ends.", "text/event-stream");
        return routes;
    }

    private static async Task<IResult> FollowAsync(
        HttpContext context, EventStore events, ChangeSignal signal, StillOpen access, TimeProvider clock, IHostApplicationLifetime lifetime)
    {
        var query = QueryReader.Of(context.Request);
        var asked = query.Text(LastId);
        if (!query.Faults.None) return Problems.Invalid(query.Faults);
        var wanted = context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } header ? header : asked;
        long last = 0;
        if (wanted is not null && !long.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out last))
            return Problems.Of(400, $"Last-Event-ID is '{wanted}': give the id of an event, or leave it out");
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        var caller = Caller.Of(context.User)!;
        var stream = new EventStream(context.Response, events, signal, clock)
        {
            MayFollow = () => access.IsAsync(caller, ends.Token), ShowsAll = caller.Role >= Role.Admin,
        };
        // Before anything is sent, so that a database that is away is told as such.
        await stream.BeginAsync(wanted is null ? null : last, ends.Token);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        try
        {
            await stream.SendAsync(ends.Token);
        }
        catch (Exception e) when (ends.IsCancellationRequested || DatabaseFault.IsUnavailable(e))
        {
            // The reader left, we stop, or the database is away: the stream ends, and the reader resumes by its last id.
        }

        return Results.Empty;
    }
}
