using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using StreamClips.Cli.Api;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Events;

/// <summary><c>events</c>: what happened, and what happens.</summary>
public static class EventsCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Goes on with what happens, until Ctrl-C." };
    private static readonly Option<string?> Kind = new("--kind") { Description = "Only those whose name begins so, as clip or node.lost.", HelpName = "KIND" };

    /// <summary>The command.</summary>
    public static Command Create() => ApiCommand.Create(
        "events", "What happened: streams going live, surges, clips, nodes. The newest 20,000 are kept.", [Follow, ApiOptions.Since, Kind, ApiOptions.Limit], RunAsync,
        "events", "events -f", "events --since 2h --kind clip", "events -f --json | jq .event   # a line an event");

    private static async Task RunAsync(ApiCall call)
    {
        var since = call.Value(ApiOptions.Since) is { } text && Moment.TryParse(text, call.Time.GetUtcNow(), out var at) is null ? at : (DateTimeOffset?)null;
        var follow = call.Value(Follow);
        try
        {
            // Only to follow wants nothing of what was.
            string? last = null;
            if (!follow || since is not null) last = await PastAsync(call, since);
            if (follow) await FollowAsync(call, last);
        }
        catch (OperationCanceledException) when (call.Cancellation.IsCancellationRequested && follow)
        {
            // The ordinary end.
        }
    }

    /// <summary>What is kept, up to what is the newest now. The newest of them, of the time that was asked for.</summary>
    private static async Task<string?> PastAsync(ApiCall call, DateTimeOffset? since)
    {
        // A time is a limit of its own.
        var limited = since is null || call.Parsed.GetResult(ApiOptions.Limit) is { Implicit: false };
        var most = limited && call.Limit > 0 ? call.Limit : int.MaxValue;
        var kept = new Queue<PlatformEvent>();
        string? last = null;
        await foreach (var item in call.Api.PastEventsAsync(call.Cancellation))
        {
            last = item.EventId;
            if (Read(call, item.EventType, item.Data) is not { } happened || happened.At < since) continue;
            kept.Enqueue(happened);
            if (kept.Count > most) kept.Dequeue();
        }

        if (kept.Count == 0 && !call.Value(Follow)) call.Print.Hint("Nothing happened that was asked for.");
        foreach (var happened in kept) Print(call, happened);
        return last;
    }

    private static async Task FollowAsync(ApiCall call, string? last)
    {
        while (true)
        {
            try
            {
                await foreach (var item in call.Api.FollowAsync("/events", last, call.Cancellation))
                {
                    last = item.EventId ?? last;
                    if (Read(call, item.EventType, item.Data) is { } happened) Print(call, happened);
                }
            }
            catch (ApiException e) when (e.MayPass && last is not null)
            {
                // What happens meanwhile is kept, and told then.
                await Console.Error.WriteLineAsync($"streamclips: {e.Message}");
            }
            catch (IOException)
            {
                // The connection broke.
            }

            await Task.Delay(Pause, call.Time, call.Cancellation);
        }
    }

    private static PlatformEvent? Read(ApiCall call, string name, string data) =>
        call.Value(Kind) is { } kind && !name.StartsWith(kind, StringComparison.Ordinal) ? null : PlatformEvent.TryParse(name, data);

    private static void Print(ApiCall call, PlatformEvent happened)
    {
        var fields = new JsonObject { ["at"] = happened.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), ["event"] = happened.Name };
        foreach (var (name, value) in happened.Fields) fields[name] = value?.DeepClone();
        var who = happened.Text("streamer") is { Length: > 0 } streamer ? streamer : happened.Text("name");
        var line = $"{Values.Time(happened.At)}  {CellText.Pad(CellText.Cut(CellText.Clean(who), 16), 16, right: false)}  {CellText.Clean(EventPrinter.Describe(happened) ?? Plain(happened))}";
        call.Print.Next(call.Print.Terminal.Width is { } width ? CellText.Cut(line, width) : line, fields);
    }

    /// <summary>An event that has no sentence of its own.</summary>
    private static string Plain(PlatformEvent happened) =>
        $"{happened.Name}{(happened.Fields.Count == 0 ? "" : ": ")}{string.Join(", ", happened.Fields.Where(f => f.Key is not ("streamer" or "streamer_id") && f.Value is JsonValue).Select(f => $"{f.Key} {f.Value}"))}";
}
