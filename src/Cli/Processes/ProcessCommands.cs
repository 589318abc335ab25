using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using StreamClips.Cli.Api;
using StreamClips.Cli.Completion;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Processes;

/// <summary><c>processes</c>: runs of clip workers.</summary>
public static class ProcessCommands
{
    private static readonly Argument<string> One = ServerNames.Streamers(new Argument<string>("PROCESS") { Description = "A streamer's name, or the beginning of the process's id." });
    private static readonly Argument<string[]> Streamers = ServerNames.Streamers(new Argument<string[]>("STREAMER") { Description = "Names, or beginnings of ids.", Arity = ArgumentArity.OneOrMore });
    private static readonly Argument<string[]> Some = ServerNames.Streamers(new Argument<string[]>("PROCESS") { Description = "Streamers' names, or beginnings of processes' ids.", Arity = ArgumentArity.OneOrMore });
    private static readonly Option<bool> All = new("--all") { Description = "Those that are over too, newest first." };
    private static readonly Option<string?> Node = ServerNames.Nodes(new Option<string?>("--node") { Description = "Only on this node.", HelpName = "NODE" });
    private static readonly Option<string?> Streamer = ServerNames.Streamers(new Option<string?>("--streamer") { Description = "Only of this streamer.", HelpName = "STREAMER" });

    private static readonly Column[] Columns =
    [
        new("Streamer", p => p.Text("streamer")), new("State", State) { Tone = ToneOf }, new("Node", p => p.Text("node_id")), new("Chat", Chat) { Right = true, Rank = 2 },
        new("Clips", p => p.Text("clips")) { Right = true, Rank = 3 }, new("Restarts", p => p.Number("restarts") is > 0 ? p.Text("restarts") : "") { Right = true, Rank = 5 },
        new("Since", p => p.Time("created_at")) { Rank = 6 }, new("Why", Why) { Long = true, Rank = 4 }, new("Id", p => p.Text("id")) { Rank = 7 },
    ];

    private static readonly Column[] Fields =
    [
        new("Streamer", p => p.Text("streamer")), new("Address", p => p.Text("url")), new("State", State) { Tone = ToneOf }, new("Why", Why), new("Node", p => p.Text("node_id")), new("Placed", p => p.Text("placement")),
        new("Chat", Chat), new("Messages", p => p.Text("chat_messages")), new("Clips", p => p.Text("clips")), new("Not clipped", p => p.Number("not_clipped") is > 0 ? $"{p.Text("not_clipped")}, as the node had no room" : ""),
        new("Video fetched", p => p.Size("bytes")), new("Behind", p => p.Number("lag_s") is { } lag ? Values.Span(TimeSpan.FromSeconds(lag)) : ""), new("Restarts", p => p.Text("restarts")), new("Next start", p => p.Time("next_start_at")),
        new("Worker", p => p.Text("pid") is { Length: > 0 } pid ? $"pid {pid}, since {p.Time("run_started_at")}" : ""), new("Last heard", p => p.Time("worker_at")),
        new("Assigned", p => p.Time("created_at")), new("Over", p => p.Time("ended_at")), new("Epoch", p => p.Text("epoch")), new("Id", p => p.Text("id")),
    ];

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = Runs();
        foreach (var one in ChatRateCommands.Create()) command.Subcommands.Add(one);
        return command;
    }

    private static Command Runs() => new("processes", "The runs of clip workers: one a streamer that is watched.")
    {
        ApiCommand.Create("list", "What runs, or shall run.", [All, Node, Streamer, ApiOptions.Limit, ApiOptions.Watch], call => call.ShowAsync(print => ListAsync(call, print)),
            "processes list --watch", "processes list --all --streamer ada   # those that are over too"),
        ApiCommand.Create("show", "One process: chat rate, placement, and how runs of it ended.", [One, ApiOptions.Watch], call => call.ShowAsync(print => ShowAsync(call, print)), "processes show ada"),
        ApiCommand.Create("start", "Starts streamers: streamclips streamers start.", [Streamers], call => Cli.Streamers.StreamerStarts.StartAsync(call, Streamers), "processes start ada"),
        ApiCommand.Create("stop", "Stops processes; their streamers stay stopped until they are started or activated.", [Some], call => Each.DoAsync(call, "stopping", call.Value(Some)!, async given =>
        {
            var process = await NameOrId.ProcessAsync(call.Api, given, call.Cancellation);
            var stopped = await call.Api.PostAsync($"/stream-clips/{process.Text("id")}/stop", null, call.Cancellation);
            return ($"{CellText.Clean(stopped.Text("streamer"))} stops on {CellText.Clean(stopped.Text("node_id"))}", stopped);
        }), "processes stop ada"),
    };

    private static async Task ListAsync(ApiCall call, Printer print)
    {
        var streamer = call.Value(Streamer) is { } given ? (await NameOrId.StreamerAsync(call.Api, given, call.Cancellation)).Text("id") : null;
        var path = Query.Of("/stream-clips").With("all", call.Value(All)).With("node", call.Value(Node)).With("streamer", streamer).ToString();
        // What runs is one answer; what ever ran goes on for ever.
        var list = await call.Api.ListAsync(path, call.Value(All) ? call.Limit : 0, call.Cancellation);
        print.List(list, "Nothing runs: streamclips streamers list tells why", Columns);
    }

    private static async Task ShowAsync(ApiCall call, Printer print)
    {
        var process = await NameOrId.ProcessAsync(call.Api, call.Value(One)!, call.Cancellation);
        var endings = await call.Api.ListAsync($"/stream-clips/{process.Text("id")}/endings", call.Cancellation);
        if (print.Json)
        {
            process = process.DeepClone();
            process["endings"] = endings.DeepClone();
        }

        print.Item(process, Fields);
        foreach (var ending in print.Json ? [] : endings.OfType<JsonObject>())
        {
            print.Hint("");
            print.Hint($"{ending.Time("at")}  {print.Paint(CellText.Clean(ending.Text("cause")), Tone.Bad)}");
            foreach (var line in ending["last_lines"] as JsonArray ?? []) print.Hint(print.Paint($"  {CellText.Clean(line?.ToString() ?? "")}", Tone.Faint));
        }
    }

    private static string State(JsonNode process) =>
        process.Text("state") is "running" && process.Text("phase") is { Length: > 0 } phase ? phase == "waiting" ? "offline" : phase : process.Text("state").Replace('_', ' ');

    private static string Why(JsonNode process) => process.Text("state") is "running" ? process.Text("phase_reason") : process.Text("reason");

    private static string Chat(JsonNode process) => process.Text("state") is not "running" || process.Number("chat_rate") is not { } rate ? ""
        : $"{rate.ToString("0.0", CultureInfo.InvariantCulture)}/s{(process.Number("baseline_rate") is > 0 and var usual ? $" (usual {usual.ToString("0.0", CultureInfo.InvariantCulture)})" : "")}";

    private static Tone ToneOf(JsonNode process) => State(process) switch
    {
        "watching" or "clipping" or "running" => Tone.Good,
        "failed" or "lost" => Tone.Bad,
        "backing off" => Tone.Warning,
        "stopped" or "ended" or "offline" => Tone.Faint,
        _ => Tone.Plain,
    };
}
