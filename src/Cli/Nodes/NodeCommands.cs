using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using StreamClips.Cli.Api;
using StreamClips.Cli.Completion;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Nodes;

/// <summary><c>nodes</c>: the servers with an agent.</summary>
public static class NodeCommands
{
    private static readonly Argument<string> Node = ServerNames.Nodes(new Argument<string>("NODE") { Description = "The node's name." });

    private static readonly Column[] Columns =
    [
        new("Node", n => n.Text("id")), new("State", State) { Tone = ToneOf }, new("Channels", n => $"{n.Text("processes")} of {n.Text("capacity")}") { Right = true },
        new("Load", n => n.Number("load1m")?.ToString("0.0", CultureInfo.InvariantCulture) ?? "") { Right = true, Rank = 4 },
        new("Memory free", n => n.Share("memory_available_bytes", "memory_total_bytes")) { Right = true, Rank = 3 },
        new("Disk free", n => n.Share("disk_free_bytes", "disk_total_bytes")) { Right = true, Rank = 2 },
        new("To ship", n => n.Text("unshipped_clips")) { Right = true, Rank = 5 }, new("Seen", n => n.Time("last_seen_at")) { Rank = 1 },
    ];

    private static readonly Column[] Fields =
    [
        .. Columns, new("Host", n => n.Text("host_name")), new("Agent", n => n.Text("agent_version")), new("Kernel", n => n.Text("kernel")), new("Cores", n => n.Number("cores") is > 0 ? n.Text("cores") : ""),
        new("Storage", n => n.Text("shipping_fault")) { Tone = _ => Tone.Bad }, new("Makes no clips", n => n.Text("recording_paused")) { Tone = _ => Tone.Bad },
        new("Waits to ship", n => n.Number("unshipped_bytes") is > 0 and var bytes ? $"{Values.Size(bytes)}, the oldest of {n.Time("oldest_unshipped_at")}" : ""),
        new("Clock", n => n.Number("clock_offset_s") is { } ahead ? $"{(ahead < 0 ? "behind" : "ahead")} by {Values.Span(TimeSpan.FromSeconds(Math.Abs(ahead)))}" : ""),
        new("First seen", n => n.Time("first_seen_at")), new("Connected", n => n.Time("connected_at")), new("Certificate until", n => n.Time("certificate_expires_at")),
        new("Another agent", n => n.Time("duplicate_at") is { Length: > 0 } at ? $"on host {n.Text("duplicate_host")} used this node's certificate, last at {at}, and was refused" : "") { Tone = _ => Tone.Bad },
    ];

    /// <summary>The command.</summary>
    public static Command Create() => new("nodes", "The servers with an agent: lists them, lets new ones in, empties them, puts them out.")
    {
        ApiCommand.Create("list", "All nodes.", [ApiOptions.Watch], call => call.ShowAsync(async print =>
            print.List(await call.Api.ListAsync("/nodes", call.Cancellation), "There is no node yet: streamclips nodes token create", Columns)), "nodes list --watch", "nodes list --json"),
        ApiCommand.Create("show", "One node.", [Node, ApiOptions.Watch], call => call.ShowAsync(async print => print.Item(await call.Api.GetAsync(Path(call), call.Cancellation), Fields)), "nodes show node-1"),
        ApiCommand.Create("retire", "Takes a node out of service: it is told to run nothing, its channels move, and it is not let in any more.", [Node, ApiOptions.Yes],
            call => ExcludeAsync(call, "retire", "retired"), "nodes drain node-1   # first, so that no clip is cut short", "nodes retire node-1"),
        ApiCommand.Create("revoke", "Puts a node out at once: its certificates are revoked, its channels move. For keys in strange hands.", [Node, ApiOptions.Yes],
            call => ExcludeAsync(call, "revoke", "revoked"), "nodes revoke node-1"),
        NodeDrain.Drain(Node),
        NodeDrain.Undrain(Node),
        ApiCommand.Create("rebalance", "Evens out how many channels the nodes have, a few at a time.", [], async call =>
        {
            var answer = await call.Api.PostAsync("/nodes/rebalance", null, call.Cancellation);
            call.Print.Line($"the load is being evened out. {answer.Text("meaning")}", answer);
        }, "nodes rebalance"),
        TokenCommands.Create(),
    };

    private static async Task ExcludeAsync(ApiCall call, string verb, string done)
    {
        var node = call.Value(Node)!;
        var before = await FindAsync(call);
        var runs = before?.Number("processes") is > 0 and var some ? $" ({Words.Count((long)some, "channel")} there)" : "";
        call.Confirm($"{verb[..1].ToUpperInvariant()}{verb[1..]} node {node}{runs}? Its channels move to others, and it is not let in again without a new join token.");
        var answer = await call.Api.PostAsync($"{Path(call)}/{verb}", null, call.Cancellation, before is null ? null : ApiClient.VersionOf(before));
        call.Print.Line($"node {node} is {done}. To bring it back: streamclips nodes token create --node {node}", answer);
    }

    /// <summary>What is known of it; null where it was only enrolled so far.</summary>
    private static async Task<JsonNode?> FindAsync(ApiCall call)
    {
        try
        {
            return await call.Api.GetAsync(Path(call), call.Cancellation);
        }
        catch (ApiException e) when (e.Status == System.Net.HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private static Tone ToneOf(JsonNode node) => State(node) switch
    {
        "ready" => Tone.Good,
        "lost" => Tone.Bad,
        "draining" => Tone.Warning,
        _ => Tone.Faint,
    };

    private static string State(JsonNode node) => node.Text("state") switch
    {
        var gone and ("retired" or "revoked") => gone,
        _ when node["drained"]?.GetValue<bool>() == true => "drained",
        "ready" when node["draining"]?.GetValue<bool>() == true => "draining",
        var state => state,
    };

    private static string Path(ApiCall call) => $"/nodes/{Uri.EscapeDataString(call.Parsed.GetValue(Node)!)}";
}
