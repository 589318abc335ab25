using StreamClips.Bench.Agent;
using StreamClips.Shared.Workers;

namespace StreamClips.Bench.Restart;

/// <summary>How long a worker is away after its first crash, with 50 on the node; beside supervisord and runit.</summary>
internal sealed class RestartBench : IBench
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
        var away = new List<Away>();
        var (supervisord, runit) = (new List<Round>(), new List<Round>());
        for (var i = 0; i < rounds; i++)
        {
            await context.Progress.WriteLineAsync($"restart: {Workers} workers, round {i + 1} of {rounds}…");
            away.AddRange(await OwnAsync(Path.Combine(context.Directory, "node"), ct));

            // In turn: what else the machine does meets all of them alike.
            runit.Add(await OtherSupervisors.RunitAsync(Path.Combine(context.Directory, "runit"), Workers, kills, ct));
            supervisord.Add(await OtherSupervisors.SupervisordAsync(Path.Combine(context.Directory, "supervisord"), Workers, SlowKills, ct));
        }

        return new(Figures(away), [Peer("supervisord", supervisord), Peer("runit", runit)]);
    }

    private static async Task<IReadOnlyList<Away>> OwnAsync(string directory, CancellationToken ct)
    {
        await using var stack = await NodeStack.StartAsync(directory, ct);
        await stack.AddChannelsAsync(Workers, Script, ct);
        stack.StartAgent(Workers);
        return await KillAsync(await stack.WhenRunningAsync(Workers, ct), ct);
    }

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
