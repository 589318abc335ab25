using System.Globalization;

namespace StreamClips.Bench.Agent;

/// <summary>
/// What an agent with 200 workers costs, how fast it starts them and takes them over after a kill, and how fast journals come
/// through it into the database.
/// </summary>
internal sealed class AgentBench : IBench
{
    private const int Workers = 200;

    // As often as a clip worker says how it is.
    private const string Idle = "status-every=2000";
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public string Name => "agent";

    /// <inheritdoc/>
    public string Summary => "a node with 200 workers: what its agent uses, start, adoption; journal lines through one agent into the database";

    /// <inheritdoc/>
    public async Task<BenchResult> RunAsync(BenchContext context, CancellationToken ct)
    {
        var fleet = await FleetAsync(context, ct);
        var journal = await JournalBench.MeasureAsync(context, ct);
        return new([.. fleet, .. journal], []);
    }

    private static async Task<IReadOnlyList<BenchFigure>> FleetAsync(BenchContext context, CancellationToken ct)
    {
        await using var stack = await NodeStack.StartAsync(Path.Combine(context.Directory, "fleet"), ct);
        await context.Progress.WriteLineAsync($"agent: {Workers} workers…");
        await stack.AddChannelsAsync(Workers, Idle, ct);
        var begun = TimeProvider.System.GetTimestamp();
        stack.StartAgent(Workers);
        var workers = await stack.WhenRunningAsync(Workers, ct);
        var start = TimeProvider.System.GetElapsedTime(begun).TotalSeconds;
        var (agentCpu, workersCpu) = (CpuSeconds(stack.Agent!.Id), workers.Sum(w => ThreadSeconds(ScriptedWorker.Starts(w)[^1])));

        await Task.Delay(Settle, TimeProvider.System, ct);
        await stack.KillAgentAsync(ct);
        begun = TimeProvider.System.GetTimestamp();
        stack.StartAgent(Workers);
        while (stack.AgentLines.Count(l => l.Contains(" adopted: ", StringComparison.Ordinal)) < Workers)
        {
            if (TimeProvider.System.GetElapsedTime(begun).TotalSeconds > 60) throw new InvalidOperationException("the agent did not adopt its workers: see agent.log in " + context.Directory);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, ct);
        }

        var adopt = TimeProvider.System.GetElapsedTime(begun).TotalSeconds;
        await Task.Delay(Settle, TimeProvider.System, ct);
        var (cpu, rss) = await CostAsync(stack.Agent!.Id, TimeSpan.FromSeconds(context.Quick ? 10 : 30), ct);
        if (workers.Count(w => ScriptedWorker.Starts(w).Count != 1) is > 0 and var again) throw new InvalidOperationException($"{again} workers were started again, and should have been adopted");
        return
        [
            new("agent_cpu_percent", cpu, "% of a core"),
            new("agent_rss_mib", rss, "MiB"),
            new("start_200_s", start, "s"),
            new("start_200_agent_cpu_s", agentCpu, "s"),
            new("start_200_workers_cpu_s", workersCpu, "s"),
            new("adopt_200_s", adopt, "s"),
        ];
    }

    private static async Task<(double CpuPercent, double RssMiB)> CostAsync(int pid, TimeSpan time, CancellationToken ct)
    {
        var (before, begun) = (CpuSeconds(pid), TimeProvider.System.GetTimestamp());
        await Task.Delay(time, TimeProvider.System, ct);
        var percent = 100 * (CpuSeconds(pid) - before) / TimeProvider.System.GetElapsedTime(begun).TotalSeconds;
        var line = (await File.ReadAllLinesAsync($"/proc/{pid}/status", ct)).First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return (percent, double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024);
    }

    /// <summary>That of the threads that it has now, by the scheduler's nanoseconds: what takes a few milliseconds is nothing in ticks.</summary>
    private static double ThreadSeconds(int pid)
    {
        try
        {
            return Directory.GetDirectories($"/proc/{pid}/task").Sum(t => long.Parse(File.ReadAllText(Path.Combine(t, "schedstat")).Split(' ')[0], CultureInfo.InvariantCulture)) / 1e9;
        }
        catch (IOException)
        {
            // A thread ended meanwhile.
            return CpuSeconds(pid);
        }
    }

    /// <summary>Its own time, without that of children that ended.</summary>
    private static double CpuSeconds(int pid)
    {
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
    }
}
