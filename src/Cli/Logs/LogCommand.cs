using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using StreamClips.Cli.Api;
using StreamClips.Cli.Completion;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Logs;

/// <summary><c>logs</c>: what the workers said, and with <c>-f</c> what they say.</summary>
public static class LogCommand
{
    private const int MostTail = 1000;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // The control plane says something every 15 s; who is silent for longer is gone.
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(45);

    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Goes on with what they say, until Ctrl-C." };
    private static readonly Option<string?> Node = ServerNames.Nodes(new Option<string?>("--node") { Description = "Only of workers on this node.", HelpName = "NODE" });
    private static readonly Option<string?> Streamer = ServerNames.Streamers(new Option<string?>("--streamer") { Description = "Only of this streamer's workers.", HelpName = "STREAMER" });
    private static readonly Option<string?> Process = ServerNames.Streamers(new Option<string?>("--process") { Description = "Only of this process: a streamer's name, or the beginning of the process's id.", HelpName = "PROCESS" });
    private static readonly Option<string?> Level = new Option<string?>("--level") { Description = "Only of this level or a higher one.", HelpName = "LEVEL" }.AcceptOnlyFromAmong("debug", "info", "warning", "error");
    private static readonly Option<string?> Grep = new("--grep", "-g") { Description = "Only lines that hold this text, in any case.", HelpName = "TEXT" };

    /// <summary>The command.</summary>
    public static Command Create() => ApiCommand.Create(
        "logs", "What the workers say: the newest lines, oldest of them first.", [Follow, Node, Streamer, Process, Level, ApiOptions.Since, ApiOptions.Until, Grep, ApiOptions.Limit], RunAsync,
        "logs --streamer ada --level warning", "logs -f", "logs --since 2h --grep timed --limit 0", "logs -f --json | jq .message   # a line a line");

    private static async Task RunAsync(ApiCall call)
    {
        if (call.Value(Follow) && call.Value(ApiOptions.Until) is not null) throw new CommandException("--until ends what --follow would go on with: give one of them", ExitCode.WrongUsage);
        var streamer = call.Value(Streamer) is { } given ? (await NameOrId.StreamerAsync(call.Api, given, call.Cancellation)).Text("id") : null;
        var process = call.Value(Process) is { } named ? (await NameOrId.ProcessAsync(call.Api, named, call.Cancellation)).Text("id") : null;
        var names = call.Print.Json ? [] : await NamesAsync(call);
        Query Filtered(string path) => Query.Of(path).With("node", call.Value(Node)).With("streamer", streamer).With("process", process).With("level", call.Value(Level))
            .With("since", call.Moment(ApiOptions.Since)).With("until", call.Moment(ApiOptions.Until)).With("q", call.Value(Grep));
        if (!call.Value(Follow))
        {
            var lines = await call.Api.ListAsync(Filtered("/logs").ToString(), call.Limit, call.Cancellation);
            if (lines.Items.Count == 0) call.Print.Hint("No line is there that was asked for.");
            foreach (var line in lines.Items.Reverse()) Print(call, names, line!);
            return;
        }

        try
        {
            await FollowAsync(call, Filtered("/logs/follow"), names);
        }
        catch (OperationCanceledException) when (call.Cancellation.IsCancellationRequested)
        {
            // The ordinary end.
        }
    }

    /// <summary>Follows; after a lost connection it goes on behind what it has seen.</summary>
    private static async Task FollowAsync(ApiCall call, Query path, Dictionary<string, string> names)
    {
        string? last = null;
        while (true)
        {
            try
            {
                var begin = last is null ? path.With("tail", $"{(call.Limit == 0 ? MostTail : Math.Min(call.Limit, MostTail))}") : path;
                await using var events = call.Api.FollowAsync(begin.ToString(), last, call.Cancellation).GetAsyncEnumerator(call.Cancellation);
                while (await events.MoveNextAsync().AsTask().WaitAsync(LongestSilence, call.Time, call.Cancellation))
                {
                    last = events.Current.EventId ?? last;
                    if (events.Current.EventType == "line" && JsonNode.Parse(events.Current.Data) is { } line) Print(call, names, line);
                }
            }
            catch (ApiException e) when (e.MayPass && last is not null)
            {
                // What is said meanwhile is kept, and told then.
                await Console.Error.WriteLineAsync($"streamclips: {e.Message}");
            }
            catch (Exception e) when (e is IOException or TimeoutException or JsonException or HttpRequestException)
            {
                // The connection broke, or is dead.
            }

            await Task.Delay(Pause, call.Time, call.Cancellation);
        }
    }

    private static async Task<Dictionary<string, string>> NamesAsync(ApiCall call) =>
        (await call.Api.ListAsync("/streamers", call.Cancellation)).OfType<JsonObject>().ToDictionary(s => s.Text("id"), s => s.Text("name"));

    private static void Print(ApiCall call, Dictionary<string, string> names, JsonNode line)
    {
        var who = names.GetValueOrDefault(line.Text("streamer_id")) ?? line.Text("node_id");
        var level = line.Text("level");
        var tone = level switch { "error" => Tone.Bad, "warning" => Tone.Warning, "debug" => Tone.Faint, _ => Tone.Plain };
        call.Print.Next($"{line.Time("at")}  {call.Print.Paint(level.PadRight(7), tone)}  {CellText.Pad(CellText.Cut(CellText.Clean(who), 16), 16, right: false)}  {CellText.Clean(line.Text("message"))}  {call.Print.Paint(CellText.Clean(line.Text("event")), Tone.Faint)}", line);
    }
}
