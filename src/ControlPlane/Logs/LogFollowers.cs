using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using StreamClips.ControlPlane.Accounts;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Notifications;

namespace StreamClips.ControlPlane.Logs;

/// <summary>
/// <c>/logs/follow</c>: lines as server-sent events (WHATWG HTML, section 9.2) from their commit on. Each has an id, by which
/// a reader that lost the connection goes on; lines that the filter keeps back move it too, by events <c>place</c>.
/// </summary>
public sealed class LogFollowers(LogStore logs, ChangeSignal signal, StillOpen access, TimeProvider clock, IHostApplicationLifetime lifetime, IOptions<JsonOptions> json)
{
    /// <summary>Most readers at once of this replica.</summary>
    public const int Most = 100;

    /// <summary>Most lines from before that a reader is given at the beginning.</summary>
    public const int MostTail = 1000;

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(5);
    private int _following;

    /// <summary>Follows until the reader leaves or may not any more.</summary>
    public async Task<IResult> FollowAsync(HttpContext context)
    {
        var query = QueryReader.Of(context.Request);
        var filter = LogEndpoints.Filter(query);
        var tail = (int)(query.Whole("tail") ?? 0);
        var wanted = context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } header ? header : query.Text("last_event_id") ?? "";
        if (wanted.Length > 0 && LogPlace.TryParse(wanted) is null) query.Faults.Add("last_event_id", $"Last-Event-ID is '{wanted}': give the id of a line that came here, or leave it out");
        if (!query.Faults.None) return Problems.Invalid(query.Faults);
        if (Interlocked.Increment(ref _following) > Most)
        {
            Interlocked.Decrement(ref _following);
            context.Response.Headers.RetryAfter = "10";
            return Problems.Of(503, $"{Most} readers follow the log here already", "end one of them, or try again later");
        }

        try
        {
            // What is older than the filter's beginning is asked of the list.
            var begin = await logs.NewestAsync(filter, wanted.Length > 0 ? 0 : tail, context.RequestAborted);
            if (begin is not { } start) return LogEndpoints.TooSlow();
            // A place from the future is of another database: what comes is told.
            var place = LogPlace.TryParse(wanted) is { } last && last.Transaction <= start.Place.Transaction ? last : start.Place;
            await SendAsync(context, filter, start.Lines, start.Place, place);
            return Results.Empty;
        }
        finally
        {
            Interlocked.Decrement(ref _following);
        }
    }

    private async Task SendAsync(HttpContext context, LogFilter filter, IReadOnlyList<LogLine> before, LogPlace beforeAt, LogPlace place)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        var caller = Caller.Of(context.User)!;
        try
        {
            await response.WriteAsync(": streamclips\n\n", ends.Token);
            foreach (var line in before.Reverse()) await WriteAsync(response, beforeAt, line, ends.Token);
            await PlaceAsync(response, place, ends.Token);
            await response.Body.FlushAsync(ends.Token);
            await StreamAsync(response, filter, place, () => access.IsAsync(caller, ends.Token), ends.Token);
        }
        catch (Exception e) when (ends.IsCancellationRequested || DatabaseFault.IsUnavailable(e))
        {
            // The reader left, we stop, or the database is away: the stream ends, and the reader resumes by its last id.
        }
    }

    private async Task StreamAsync(HttpResponse response, LogFilter filter, LogPlace place, Func<Task<bool>> mayFollow, CancellationToken cancellation)
    {
        var (wroteAt, askedAt) = (clock.GetTimestamp(), clock.GetTimestamp());
        var ended = signal.NextAsync(Topic.Access);
        while (true)
        {
            var change = signal.NextAsync(Topic.Logs);
            var news = await logs.TailAsync(filter, place, cancellation);

            // Asked after what is told was read: a stream ends with what opened it, and tells nothing that came after.
            if (news.Lines.Count > 0 || ended.IsCompleted || clock.GetElapsedTime(askedAt) >= Poll)
            {
                (ended, askedAt) = (signal.NextAsync(Topic.Access), clock.GetTimestamp());
                if (!await mayFollow()) return;
            }

            foreach (var (at, line) in news.Lines) await WriteAsync(response, at, line, cancellation);
            var silent = clock.GetElapsedTime(wroteAt) >= EventStream.Heartbeat;
            if (news.Lines.Count > 0 || silent)
            {
                await PlaceAsync(response, news.Place, cancellation);
                await response.Body.FlushAsync(cancellation);
                wroteAt = clock.GetTimestamp();
            }

            place = news.Place;
            if (!news.More) await Task.WhenAny(change, ended).OrAfterAsync(Poll, clock, cancellation);
        }
    }

    /// <summary>Says how far the reader is, and that the connection lives.</summary>
    private static Task PlaceAsync(HttpResponse response, LogPlace place, CancellationToken cancellation) => response.WriteAsync($"id: {place}\nevent: place\ndata: {{}}\n\n", cancellation);

    private Task WriteAsync(HttpResponse response, LogPlace place, LogLine line, CancellationToken cancellation) =>
        response.WriteAsync($"id: {place}\nevent: line\ndata: {JsonSerializer.Serialize(line, json.Value.SerializerOptions)}\n\n", cancellation);
}
