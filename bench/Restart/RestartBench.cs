using System.Globalization;
using System.Text.RegularExpressions;
using StreamClips.Bench.Agent;
using StreamClips.Shared.Workers;

namespace StreamClips.Bench.Restart;

/// <summary>How long a worker is away after its first crash, with 50 on the node; beside supervisord and runit.</summary>
internal sealed partial class RestartBench : IBench
{
    /// <summary>What the workers do: as often as a clip worker they say how they are.</summary>
    public const string Script = "status-every=2000";

    private const int Workers = 50;

    // supervisord takes a second each time.
    private const int SlowKills = 10;

    // runit waits a second where its child had just been started.
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(150);

    /// <inheritdoc/>
    public string Name => "restart";

    /// <inheritdoc/>
    public string Summary => "from the kill of a worker to its successor's process and first journal line, 50 on a node; beside supervisord and runit";

    /// <inheritdoc/>
    public async Task<BenchResult> RunAsync(BenchContext context, CancellationToken ct)
    {
        var (rounds, kills) = context.Quick ? (1, 10) : (3, Workers);
        var (away, own) = (new List<Away>(), new List<double>());
        var (supervisord, runit) = (new List<Round>(), new List<Round>());
        for (var i = 0; i < rounds; i++)
        {
            await context.Progress.WriteLineAsync($"restart: {Workers} workers, round {i + 1} of {rounds}…");
            var round = await OwnAsync(Path.Combine(context.Directory, "node"), ct);
            away.AddRange(round.Away);
            own.AddRange(round.Agent);

            // In turn: what else the machine does meets all of them alike.
            runit.Add(await OtherSupervisors.RunitAsync(Path.Combine(context.Directory, "runit"), Workers, kills, ct));
            supervisord.Add(await OtherSupervisors.SupervisordAsync(Path.Combine(context.Directory, "supervisord"), Workers, SlowKills, ct));
        }

        BenchFigure[] inside = own.Count == 0 ? [] : [new("agent_p50_ms", Repeats.Median(own), "ms"), new("agent_p99_ms", Repeats.Percentile(own, 99), "ms")];
        return new([.. Figures(away), .. inside], [Peer("supervisord", supervisord), Peer("runit", runit)]);
    }

    /// <returns>What was seen from outside, and of that the agent's part by its own log: from the end that it saw to the successor's process. The rest is the kernel's, to take one process down and to load the next.</returns>
    private static async Task<(IReadOnlyList<Away> Away, IReadOnlyList<double> Agent)> OwnAsync(string directory, CancellationToken ct)
    {
        await using var stack = await NodeStack.StartAsync(directory, ct);
        await stack.AddChannelsAsync(Workers, Script, ct);
        stack.StartAgent(Workers);
        var away = await KillAsync(await stack.WhenRunningAsync(Workers, ct), ct);
        return (away, [.. stack.AgentLines.Select(l => StartedAgain().Match(l)).Where(m => m.Success).Select(m => double.Parse(m.Groups["ms"].ValueSpan, CultureInfo.InvariantCulture))]);
    }

    [GeneratedRegex(@"started again as pid \d+, (?<ms>[\d.]+) ms", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex StartedAgain();

    private static BenchPeer Peer(string name, IReadOnlyList<Round> rounds) =>
        rounds.FirstOrDefault(r => r.Missing.Length > 0) is { } missing ? BenchPeer.Missing(name, missing.Missing) : new(name, Figures([.. rounds.SelectMany(r => r.Away)]));

    /// <summary>Kills these one after the other, each for the first time.</summary>
    public static async Task<IReadOnlyList<Away>> KillAsync(IReadOnlyList<WorkerDirectory> workers, CancellationToken ct)
    {
        await Task.Delay(Settle, TimeProvider.System, ct);
        var away = new List<Away>();
        foreach (var worker in workers)
        {
            away.Add(await Crash.MeasureAsync(worker, ct));
            await Task.Delay(Apart, TimeProvider.System, ct);
        }

        return away;
    }

    /// <summary>What is told of them.</summary>
    public static IReadOnlyList<BenchFigure> Figures(IReadOnlyList<Away> away)
    {
        var (process, line) = (away.Select(a => a.ProcessMs).ToList(), away.Select(a => a.LineMs).ToList());
        return
        [
            new("restart_p50_ms", Repeats.Median(process), "ms"),
            new("restart_p99_ms", Repeats.Percentile(process, 99), "ms"),
            new("first_line_p50_ms", Repeats.Median(line), "ms"),
            new("first_line_p99_ms", Repeats.Percentile(line, 99), "ms"),
        ];
    }
}
