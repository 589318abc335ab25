using System.CommandLine;
using StreamClips.Cli.Api;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Streamers;

/// <summary>Starts and stops streamers at once.</summary>
public static class StreamerStarts
{
    /// <summary><c>start</c>.</summary>
    public static Task StartAsync(ApiCall call, Argument<string[]> some)
    {
        var streamers = new NamedStreamers(call, call.Value(some)!);
        return Each.DoAsync(call, "starting", streamers.Given, async given =>
        {
            var streamer = await streamers.FindAsync(given);
            var process = await call.Api.PostAsync($"/stream-clips/{streamer.Text("id")}/start", null, call.Cancellation);
            return ($"{CellText.Clean(streamer.Text("name"))} starts {CellText.Clean(process.Text("placement"))}".TrimEnd(), process);
        });
    }

    /// <summary><c>stop</c>.</summary>
    public static Task StopAsync(ApiCall call, Argument<string[]> some) => Each.DoAsync(call, "stopping", call.Value(some)!, async given =>
    {
        var streamer = await NameOrId.StreamerAsync(call.Api, given, call.Cancellation);
        if (streamer.Text("process", "id") is { Length: > 0 } process)
        {
            var stopped = await call.Api.PostAsync($"/stream-clips/{process}/stop", null, call.Cancellation);
            return ($"{CellText.Clean(streamer.Text("name"))} stops on {CellText.Clean(stopped.Text("node_id"))}", stopped);
        }

        if (!streamer.Is("active")) throw new CommandException($"{CellText.Clean(streamer.Text("name"))} does not run.");
        // It waits for a node: then it waits no longer.
        return await StreamerEdits.SetActiveAsync(call, streamer, active: false);
    });
}
