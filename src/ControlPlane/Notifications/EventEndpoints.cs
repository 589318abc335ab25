using System.Globalization;
using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Accounts;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Notifications;

/// <summary><c>/events</c>: everything that happens, as server-sent events (WHATWG HTML, section 9.2).</summary>
public static class EventEndpoints
{
    private const int Batch = 200;

    /// <summary>Silence after which a comment shows that the connection lives.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(5);

    /// <summary>Adds what announces changes.</summary>
    public static IServiceCollection AddNotifications(this IServiceCollection services) =>
        services.AddSingleton<ChangeSignal>().AddSingleton<EventStore>().AddHostedService<ChangeListener>();

    /// <summary>Adds the route.</summary>
    public static IEndpointRouteBuilder MapEvents(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/events", FollowAsync).For(Role.Viewer);
        return routes;
    }

    private static async Task<IResult> FollowAsync(
        HttpContext context, EventStore events, ChangeSignal signal, StillOpen access, TimeProvider clock, IHostApplicationLifetime lifetime)
    {
        var wanted = context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } header ? header : context.Request.Query["last_event_id"].ToString();
        var newest = await events.LastIdAsync(context.RequestAborted);
        var last = newest;
        if (wanted.Length > 0 && !(long.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out last)))
            return Problems.Of(400, $"Last-Event-ID is '{wanted}': give the id of an event, or leave it out");
        // A number from the future is from another database: begin with what comes.
        last = Math.Min(last, newest);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        // Who wants what was, and not what comes, reads up to here.
        context.Response.Headers["Newest-Event-ID"] = $"{newest}";
        var caller = Caller.Of(context.User)!;
        try
        {
            await StreamAsync(context.Response, last, events, signal, () => access.IsAsync(caller, ends.Token), clock, ends.Token);
        }
        catch (Exception e) when (ends.IsCancellationRequested || DatabaseFault.IsUnavailable(e))
        {
            // The reader left, we stop, or the database is away: the stream ends, and the reader resumes by its last id.
        }

        return Results.Empty;
    }

    private static async Task StreamAsync(
        HttpResponse response, long last, EventStore events, ChangeSignal signal, Func<Task<bool>> mayFollow, TimeProvider clock, CancellationToken cancellation)
    {
        await response.WriteAsync(": streamclips\n\n", cancellation);
        await response.Body.FlushAsync(cancellation);
        var wroteAt = clock.GetTimestamp();
        var askedAt = clock.GetTimestamp();
        var ended = signal.NextAsync(Topic.Access);
        while (true)
        {
            var change = signal.NextAsync(Topic.Events);
            var batch = await events.AfterAsync(last, Batch, cancellation);
            // A stream ends with the session or token that opened it, and tells nothing that came after: so this is asked after what is told was read.
            if (batch.Count > 0 || ended.IsCompleted || clock.GetElapsedTime(askedAt) >= Poll)
            {
                (ended, askedAt) = (signal.NextAsync(Topic.Access), clock.GetTimestamp());
                if (!await mayFollow()) return;
            }

            foreach (var item in batch)
            {
                await response.WriteAsync($"id: {item.Id}\nevent: {item.Kind}\ndata: {Data(item)}\n\n", cancellation);
                last = item.Id;
            }

            var silent = clock.GetElapsedTime(wroteAt);
            if (batch.Count == 0 && silent >= Heartbeat) await response.WriteAsync(": heartbeat\n\n", cancellation);
            if (batch.Count > 0 || silent >= Heartbeat)
            {
                await response.Body.FlushAsync(cancellation);
                wroteAt = clock.GetTimestamp();
            }

            if (batch.Count < Batch) await Task.WhenAny(change, ended).OrAfterAsync(Poll, clock, cancellation);
        }
    }

    /// <summary>The event as one object: when, what, and its fields.</summary>
    private static string Data(Event item)
    {
        var data = new JsonObject { ["at"] = item.At, ["event"] = item.Kind };
        foreach (var (name, value) in JsonNode.Parse(item.Data)!.AsObject()) data.TryAdd(name, value?.DeepClone());
        return data.ToJsonString();
    }
}
