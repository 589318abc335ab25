using System.Diagnostics;
using StreamClips.ControlPlane.Database;

namespace StreamClips.Bench.Crowd;

/// <summary>What a control plane costs that a fleet reports to, and how fast its API answers meanwhile.</summary>
/// <param name="HeartbeatsPerS">Statuses of whole nodes that were taken in, a second.</param>
/// <param name="Cores">Processor time of the control plane, in cores.</param>
/// <param name="RssMiB">Its memory at most.</param>
/// <param name="ReadsMs">How long each read of its API took.</param>
internal sealed record SwarmFigures(double HeartbeatsPerS, double Cores, double RssMiB, IReadOnlyList<double> ReadsMs);

/// <summary>Many simulated agents at one control plane: they connect by and by, are given 20 processes each, and report every 5 s.</summary>
internal static class Swarm
{
    private const int ProcessesEach = 20;
    private const int Capacity = 30;
    private const int ConnectingAtOnce = 12;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan BetweenReads = TimeSpan.FromMilliseconds(50);

    /// <summary>Measures.</summary>
    /// <param name="agents">How many.</param>
    /// <param name="window">How long, once all are connected.</param>
    /// <param name="directory">For the data.</param>
    /// <param name="progress">Where it says what it does.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="InvalidOperationException">The control plane did not keep up.</exception>
    public static async Task<SwarmFigures> MeasureAsync(int agents, TimeSpan window, string directory, TextWriter progress, CancellationToken ct)
    {
        await using var stack = await FleetStack.StartAsync(directory, ct);
        List<string> nodes = [.. Enumerable.Range(1, agents).Select(i => $"node-{i:0000}")];
        var (authority, certificates) = await stack.EnrolAsync(nodes, ct);
        var swarm = new SimulatedAgent[agents];
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(ct);
        List<Task> beating = [];
        try
        {
            await progress.WriteLineAsync($"fleet: {agents} agents connect");
            await Parallel.ForEachAsync(Enumerable.Range(0, agents), new ParallelOptions { MaxDegreeOfParallelism = ConnectingAtOnce, CancellationToken = ct }, async (i, token) =>
            {
                swarm[i] = new SimulatedAgent(nodes[i], stack.Grpc, certificates[i], authority);
                await swarm[i].JoinAsync(Capacity, token);
                // From now on it must be heard, and not all at one time.
                var beats = BeatAsync(swarm[i], Heartbeat * ((i + 1.0) / agents), ends.Token);
                lock (beating) beating.Add(beats);
            });
            Guid[] processes = [.. Enumerable.Range(0, agents * ProcessesEach).Select(_ => Guid.CreateVersion7())];
            foreach (var oneEach in processes.Chunk(agents)) await stack.FillAsync(nodes, oneEach, ct);
            for (var i = 0; i < agents; i++) swarm[i].Processes = [.. Enumerable.Range(0, ProcessesEach).Select(p => processes[(p * agents) + i])];
            await Task.Delay(Settling, TimeProvider.System, ct);
            await progress.WriteLineAsync($"fleet: {processes.Length} processes are reported every {Heartbeat.TotalSeconds:0} s; measuring for {window.TotalSeconds:0} s");
            return await WatchAsync(stack, beating, window, ct);
        }
        finally
        {
            await ends.CancelAsync();
            await Task.WhenAll(beating).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            await Parallel.ForEachAsync(swarm.Where(a => a is not null), async (agent, _) => await agent.DisposeAsync());
        }
    }

    private static async Task<SwarmFigures> WatchAsync(FleetStack stack, List<Task> beating, TimeSpan window, CancellationToken ct)
    {
        var paths = await PathsAsync(stack, ct);
        foreach (var path in paths) _ = await ReadAsync(stack, path, ct);
        var (reads, rss) = (new List<double>(), 0.0);
        var (before, cpu, begun) = (await TakenInAsync(stack, ct), stack.Usage().CpuSeconds, Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(begun) < window)
        {
            reads.Add(await ReadAsync(stack, paths[reads.Count % paths.Length], ct));
            rss = Math.Max(rss, stack.Usage().RssMiB);
            await Task.Delay(BetweenReads, TimeProvider.System, ct);
        }

        var took = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        var cores = (stack.Usage().CpuSeconds - cpu) / took;
        var heard = (await TakenInAsync(stack, ct) - before) / took;
        if (beating.Find(b => b.IsFaulted) is { } broken) await broken;
        var late = await stack.Database.FirstAsync<long>("select count(*) from node where state <> 'ready' or last_seen_at < now() - interval '12 seconds'", null, ct);
        return late == 0 ? new(heard, cores, rss, reads) : throw new InvalidOperationException($"{late} nodes were not heard in time: the control plane does not keep up with {heard:0} heartbeats a second");
    }

    /// <summary>Heartbeats that were written: every one writes its node's row.</summary>
    private static async Task<long> TakenInAsync(FleetStack stack, CancellationToken ct) =>
        await stack.Database.FirstAsync<long>("select n_tup_upd from pg_stat_user_tables where relname = 'node'", null, ct);

    private static async Task<string[]> PathsAsync(FleetStack stack, CancellationToken ct)
    {
        var process = await stack.Database.FirstAsync<Guid>("select id from process limit 1", null, ct);
        var streamer = await stack.Database.FirstAsync<Guid>("select id from streamer limit 1", null, ct);
        return ["/streamers?limit=50", $"/streamers/{streamer}", $"/stream-clips/{process}", "/nodes/node-0001", "/clips?limit=50", "/logs?limit=50", "/stream-clips?all=true&limit=50"];
    }

    private static async Task<double> ReadAsync(FleetStack stack, string path, CancellationToken ct)
    {
        var begun = Stopwatch.GetTimestamp();
        using var response = await stack.Http.GetAsync(new Uri(path, UriKind.Relative), ct);
        _ = await response.Content.ReadAsByteArrayAsync(ct);
        var took = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        return response.IsSuccessStatusCode ? took : throw new InvalidOperationException($"GET {path} answers {(int)response.StatusCode}");
    }

    private static async Task BeatAsync(SimulatedAgent agent, TimeSpan first, CancellationToken ct)
    {
        await agent.SayAsync(ct);
        await Task.Delay(first, TimeProvider.System, ct);
        using var timer = new PeriodicTimer(Heartbeat, TimeProvider.System);
        do await agent.SayAsync(ct);
        while (await timer.WaitForNextTickAsync(ct));
    }
}
