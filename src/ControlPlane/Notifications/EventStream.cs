using System.Text.Json.Nodes;

namespace StreamClips.ControlPlane.Notifications;

/// <summary>The events that one reader follows.</summary>
public sealed class EventStream(HttpResponse response, EventStore events, ChangeSignal signal, TimeProvider clock)
{
    /// <summary>Silence after which a comment shows that the connection lives.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private const int Batch = 200;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(5);

    private long _last;
    private string? _reset;

    /// <summary>Whether the reader still may; asked at each event, and when a session or token ended.</summary>
    public required Func<Task<bool>> MayFollow { get; init; }

    /// <summary>Whether it is told what only admins are.</summary>
    public required bool ShowsAll { get; init; }

    /// <summary>Finds the place to begin at.</summary>
    /// <param name="wanted">The last event that the reader saw; null: it begins with what comes.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task BeginAsync(long? wanted, CancellationToken cancellation)
    {
        var newest = await events.LastIdAsync(cancellation);
        // Who wants what was, and not what comes, reads up to here.
        response.Headers["Newest-Event-ID"] = $"{newest}";
        _last = wanted ?? newest;
        if (_last > newest) Skip($"event {_last} is of another database: the newest here is {newest}", newest);
        else if (wanted is > 0) await CheckAsync(newest, cancellation);
    }

    /// <summary>Sends until it is cancelled, or the reader may follow no more.</summary>
    public async Task SendAsync(CancellationToken cancellation)
    {
        await response.WriteAsync(": streamclips\nretry: 2000\n\n", cancellation);
        await response.Body.FlushAsync(cancellation);
        var wroteAt = clock.GetTimestamp();
        var askedAt = clock.GetTimestamp();
        var ended = signal.NextAsync(Topic.Access);
        while (true)
        {
            var change = signal.NextAsync(Topic.Events);
            var batch = await events.AfterAsync(_last, Batch, cancellation);
            // A reader that is slow may be overtaken by the trimming.
            if (batch.Count == Batch && _last > 0) await CheckAsync(batch[^1].Id, cancellation);
            // A stream ends with the session or token that opened it, and tells nothing that came after: so this is asked after what is told was read.
            if (batch.Count > 0 || ended.IsCompleted || clock.GetElapsedTime(askedAt) >= Poll)
            {
                (ended, askedAt) = (signal.NextAsync(Topic.Access), clock.GetTimestamp());
                if (!await MayFollow()) return;
            }

            if (await WriteAsync(batch, clock.GetElapsedTime(wroteAt) >= Heartbeat, cancellation)) wroteAt = clock.GetTimestamp();
            if (batch.Count < Batch) await Task.WhenAny(change, ended).OrAfterAsync(Poll, clock, cancellation);
        }
    }

    /// <summary>Writes what there is, or a heartbeat where it is time for one.</summary>
    /// <returns>Whether anything was written.</returns>
    private async Task<bool> WriteAsync(IReadOnlyList<Event> batch, bool silent, CancellationToken cancellation)
    {
        var wrote = _reset is not null;
        if (_reset is { } reason)
        {
            var data = new JsonObject { ["at"] = clock.GetUtcNow(), ["event"] = EventKind.Reset, ["reason"] = reason };
            await response.WriteAsync($"id: {_last}\nevent: {EventKind.Reset}\ndata: {data.ToJsonString()}\n\n", cancellation);
            _reset = null;
        }

        foreach (var item in batch.Where(e => e.Id > _last))
        {
            _last = item.Id;
            if (!ShowsAll && EventKind.IsForAdmins(item.Kind)) continue;
            await response.WriteAsync($"id: {item.Id}\nevent: {item.Kind}\ndata: {Data(item)}\n\n", cancellation);
            wrote = true;
        }

        if (!wrote && silent) await response.WriteAsync(": heartbeat\n\n", cancellation);
        if (wrote || silent) await response.Body.FlushAsync(cancellation);
        return wrote || silent;
    }

    /// <summary>Whether all that follows the last event is still kept. One number that no event has, after a transaction that was undone, may be taken for a loss: that costs the reader a look.</summary>
    private async Task CheckAsync(long newest, CancellationToken cancellation)
    {
        var oldest = await events.OldestIdAsync(cancellation);
        if (_last + 1 < oldest) Skip($"event {_last} is too old: the oldest that is kept is {oldest}", newest);
    }

    private void Skip(string reason, long to) => (_reset, _last) = (reason, to);

    /// <summary>The event as one object: when, what, and its fields.</summary>
    private static string Data(Event item)
    {
        var data = new JsonObject { ["at"] = item.At, ["event"] = item.Kind };
        foreach (var (name, value) in JsonNode.Parse(item.Data)!.AsObject()) data.TryAdd(name, value?.DeepClone());
        return data.ToJsonString();
    }
}
