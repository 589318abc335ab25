using System.CommandLine;
using System.Text.Json.Nodes;
using StreamClips.Cli.Api;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Nodes;

/// <summary>Empties nodes, and uses them again.</summary>
public static class NodeDrain
{
    private static readonly Option<bool> Wait = new("--wait") { Description = "Until nothing runs there any more and every clip is in storage. Ctrl-C ends only the waiting." };
    private static readonly Option<string?> Timeout = ApiOptions.Checked(
        new Option<string?>("--timeout") { Description = "With --wait: exit code 1 where it takes longer, as 10m; the draining goes on.", HelpName = "DURATION" }, text => Duration.TryParse(text, out _));

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary><c>drain</c>.</summary>
    public static Command Drain(Argument<string> node) => ApiCommand.Create(
        "drain", "Empties a node: it is given nothing new, and gives away what it runs once its clips are made.", [node, Wait, Timeout], call => DrainAsync(call, call.Value(node)!),
        "nodes drain node-1", "nodes drain node-1 --wait --timeout 30m && streamclips nodes retire node-1 --yes");

    /// <summary><c>undrain</c>.</summary>
    public static Command Undrain(Argument<string> node) => ApiCommand.Create("undrain", "Uses a drained node again.", [node], async call =>
    {
        var name = call.Value(node)!;
        call.Print.Line($"node {CellText.Clean(name)} is used again", await call.Api.PostAsync($"{Path(name)}/undrain", null, call.Cancellation));
    }, "nodes undrain node-1");

    private static async Task DrainAsync(ApiCall call, string name)
    {
        if (call.Value(Timeout) is not null && !call.Value(Wait)) throw new CommandException("--timeout says how long to wait: give --wait too.", ExitCode.WrongUsage);
        var shown = CellText.Clean(name);
        var answer = await call.Api.PostAsync($"{Path(name)}/drain", null, call.Cancellation);
        if (!call.Value(Wait))
        {
            call.Print.Line($"node {shown} gives away what it runs; when all is done: streamclips nodes show {shown}", answer);
            return;
        }

        var drained = await Progress.OfConsole(call.Print.Json, call.Time).RunAsync($"draining {shown}", state => UntilDrainedAsync(call, name, answer, state), call.Cancellation);
        call.Print.Line($"node {shown} is drained: nothing runs there any more, and every clip is in storage", drained);
    }

    private static async Task<JsonNode> UntilDrainedAsync(ApiCall call, string name, JsonNode node, ProgressState state)
    {
        TimeSpan? timeout = call.Value(Timeout) is { } text && Duration.TryParse(text, out var given) is null ? given : null;
        var (started, most) = (call.Time.GetTimestamp(), Left(node));
        while (!node.Is("drained"))
        {
            if (!node.Is("draining")) throw new CommandException($"somebody uses node {CellText.Clean(name)} again: it is not drained any more.");
            most = Math.Max(most, Left(node));
            state.Report(most - Left(node), most, Words(node));
            if (timeout is { } longest && call.Time.GetElapsedTime(started) > longest)
                throw new CommandException($"node {CellText.Clean(name)} is not drained after {Values.Span(longest)} ({Words(node)}); it goes on: streamclips nodes show {CellText.Clean(name)}");
            await Task.Delay(Pause, call.Time, call.Cancellation);
            try
            {
                node = await call.Api.GetAsync(Path(name), call.Cancellation);
            }
            catch (ApiException e) when (e.MayPass)
            {
                // A control plane that starts anew, or another replica: it goes on draining.
                state.Report(most - Left(node), most, "the control plane does not answer");
            }
        }

        return node;
    }

    private static double Left(JsonNode node) => (node.Number("processes") ?? 0) + (node.Number("unshipped_clips") ?? 0);

    /// <summary>What is still to be done, and whom it waits for.</summary>
    private static string Words(JsonNode node)
    {
        var left = $"{Output.Words.Count((long)(node.Number("processes") ?? 0), "channel")} and {Output.Words.Count((long)(node.Number("unshipped_clips") ?? 0), "clip")} to go";
        return node.Text("state") == "lost" ? $"{left}; the node is lost, and is waited for" : Left(node) == 0 ? "its agent tidies up" : left;
    }

    private static string Path(string name) => $"/nodes/{Uri.EscapeDataString(name)}";
}
