using System.Text.Json.Nodes;
using StreamClips.Bench.Agent;

namespace StreamClips.Bench.Failover;

/// <summary>
/// <c>bench failover</c>: how long a start takes from the request to the worker's process on its node, how long a killed node's streams
/// are without one, and how long a killed leader's place is empty. Every part is a program of its own, two control planes among them.
/// </summary>
internal sealed class FailoverBench : IBench
{
    // As often as a clip worker says how it is.
    private const string Idle = "status-every=2000";
    private const int Streams = 20;
    private static readonly string[] Nodes = ["node-1", "node-2", "node-3"];

    /// <inheritdoc/>
    public string Name => "failover";

    /// <inheritdoc/>
    public string Summary => "start request to running process; killed node to its streams running elsewhere; killed leader to the next one";

    /// <inheritdoc/>
    public async Task<BenchResult> RunAsync(BenchContext context, CancellationToken ct)
    {
        await using var replicas = await Replicas.StartAsync(Path.Combine(context.Directory, "replicas"), ct);
        foreach (var node in Nodes) await replicas.StartAgentAsync(node, capacity: 100, ct);
        await context.Progress.WriteLineAsync("failover: starts…");
        var (starts, answers) = await StartsAsync(replicas, context.Quick ? 30 : 100, ct);
        await context.Progress.WriteLineAsync("failover: nodes are killed…");
        var moves = new List<double>();
        for (var round = 0; round < (context.Quick ? 1 : 3); round++) moves.AddRange(await LoseNodeAsync(replicas, Nodes[round], ct));
        var takeover = await LoseLeaderAsync(replicas, ct);
        return new(
            [
                new("start_p50_ms", Repeats.Percentile(starts, 50), "ms"),
                new("start_p99_ms", Repeats.Percentile(starts, 99), "ms"),
                new("start_answer_p50_ms", Repeats.Percentile(answers, 50), "ms"),
                new("failover_p50_s", Repeats.Percentile(moves, 50), "s"),
                new("failover_p99_s", Repeats.Percentile(moves, 99), "s"),
                new("leader_takeover_s", takeover, "s"),
            ],
            []);
    }

    /// <summary>Starts channels one by one, each to the instant when the agent has its worker's process; the first ones only warm up.</summary>
    private static async Task<(List<double> Ran, List<double> Answered)> StartsAsync(Replicas replicas, int count, CancellationToken ct)
    {
        const int Warm = 5;
        var (took, answers) = (new List<double>(), new List<double>());
        for (var i = 0; i < count + Warm; i++)
        {
            using var added = (await replicas.PostAsync("/streamers", new { name = $"channel {i:000}", url = ScriptedWorker.Url($"{Idle}&n={i}"), active = false }, ct)).EnsureSuccessStatusCode();
            var streamer = JsonNode.Parse(await added.Content.ReadAsStringAsync(ct))!["id"]!.ToString();
            var asked = TimeProvider.System.GetUtcNow();
            using var started = (await replicas.PostAsync($"/stream-clips/{streamer}/start", new { }, ct)).EnsureSuccessStatusCode();
            var answered = TimeProvider.System.GetUtcNow();
            var process = JsonNode.Parse(await started.Content.ReadAsStringAsync(ct))!;
            var ran = await RunsSinceAsync(replicas, process["node_id"]!.ToString(), process["id"]!.ToString(), ct);
            if (i >= Warm)
            {
                took.Add((ran - asked).TotalMilliseconds);
                answers.Add((answered - asked).TotalMilliseconds);
            }

            if (i < Streams) continue;
            using var stopped = (await replicas.PostAsync($"/stream-clips/{process["id"]}/stop", new { }, ct)).EnsureSuccessStatusCode();
        }

        return (took, answers);
    }

    /// <summary>When the agent wrote down the process that it had started: its file is not written again while that runs.</summary>
    private static async Task<DateTimeOffset> RunsSinceAsync(Replicas replicas, string node, string process, CancellationToken ct)
    {
        var file = Path.Combine(replicas.Workers(node), process, "process.json");
        await replicas.UntilAsync(async () => File.Exists(file) && (await File.ReadAllTextAsync(file, ct)).Contains("\"pid\"", StringComparison.Ordinal), $"{process} runs on {node}", ct);
        return new DateTimeOffset(File.GetLastWriteTimeUtc(file), TimeSpan.Zero);
    }

    private static async Task<List<double>> LoseNodeAsync(Replicas replicas, string node, CancellationToken ct)
    {
        var lost = (await CurrentAsync(replicas, ct)).Where(p => p["node_id"]!.ToString() == node).Select(p => p["streamer_id"]!.ToString()).ToHashSet();
        if (lost.Count == 0) throw new InvalidOperationException($"nothing ran on {node}");
        var killed = TimeProvider.System.GetUtcNow();
        await replicas.KillNodeAsync(node, ct);
        List<JsonNode> moved = [];
        await replicas.UntilAsync(async () =>
        {
            moved = [.. (await CurrentAsync(replicas, ct)).Where(p => lost.Contains(p["streamer_id"]!.ToString()) && p["node_id"]!.ToString() != node)];
            return moved.Count == lost.Count;
        }, $"the streams of {node} have another", ct);
        var took = new List<double>();
        foreach (var process in moved) took.Add((await RunsSinceAsync(replicas, process["node_id"]!.ToString(), process["id"]!.ToString(), ct) - killed).TotalSeconds);
        await replicas.StartAgentAsync(node, capacity: 100, ct);
        return took;
    }

    private static async Task<double> LoseLeaderAsync(Replicas replicas, CancellationToken ct)
    {
        if ((await replicas.ReadyAsync(ct))["leads"]!.GetValue<bool>()) throw new InvalidOperationException("the second replica leads already");
        var begun = TimeProvider.System.GetTimestamp();
        replicas.KillLeader();
        await replicas.UntilAsync(async () => (await replicas.ReadyAsync(ct))["leads"]!.GetValue<bool>(), "the second replica leads", ct);
        return TimeProvider.System.GetElapsedTime(begun).TotalSeconds;
    }

    private static async Task<IEnumerable<JsonNode>> CurrentAsync(Replicas replicas, CancellationToken ct) =>
        (await replicas.GetAsync("/stream-clips", ct))["items"]!.AsArray().Select(p => p!).Where(p => p["wished"]!.ToString() == "run");
}
