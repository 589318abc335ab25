using System.Diagnostics;
using System.Globalization;
using StreamClips.ControlPlane.Database;

namespace StreamClips.Bench.Crowd;

/// <summary>What a control plane costs that a fleet reports to, and how fast its API answers meanwhile.</summary>
/// <param name="HeartbeatsPerS">Statuses of whole nodes that were taken in, a second.</param>
/// <param name="Cores">Processor time of the control plane, in cores.</param>
/// <param name="RssMiB">Its memory at most.</param>
/// <param name="PostgresCores">Processor time of its database.</param>
/// <param name="CrowdCores">Processor time of the simulated agents, which stand for other machines.</param>
/// <param name="OtherCores">Processor time of everything else on the machine: not to be there while this is measured.</param>
/// <param name="ReadsMs">How long each read of its API took.</param>
internal sealed record SwarmFigures(double HeartbeatsPerS, double Cores, double RssMiB, double PostgresCores, double CrowdCores, double OtherCores, IReadOnlyList<double> ReadsMs);

/// <summary>Many simulated agents at one control plane: they connect by and by, are given 20 processes each, and report every 5 s.</summary>
internal static class Swarm
{
    private const int ProcessesEach = 20;
    private const int Capacity = 30;
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
        var order = await stack.EnrolAsync(nodes, Capacity, ct);
        await progress.WriteLineAsync($"fleet: {agents} agents connect");
        await using var crowd = await CrowdProcess.StartAsync(order, ct);
        Guid[] processes = [.. Enumerable.Range(0, agents * ProcessesEach).Select(_ => Guid.CreateVersion7())];
        foreach (var oneEach in processes.Chunk(agents)) await stack.FillAsync(nodes, oneEach, ct);
        await crowd.GiveAsync([.. Enumerable.Range(0, agents).Select(i => (IReadOnlyList<Guid>)[.. Enumerable.Range(0, ProcessesEach).Select(p => processes[(p * agents) + i])])], ct);
        await Task.Delay(Settling, TimeProvider.System, ct);
        await progress.WriteLineAsync($"fleet: {processes.Length} processes are reported every {Heartbeat.TotalSeconds:0} s; measuring for {window.TotalSeconds:0} s");
        return await WatchAsync(stack, crowd, window, progress, ct);
    }

    private static async Task<SwarmFigures> WatchAsync(FleetStack stack, CrowdProcess crowd, TimeSpan window, TextWriter progress, CancellationToken ct)
    {
        var paths = await PathsAsync(stack, ct);
        foreach (var path in paths) _ = await ReadAsync(stack, path, ct);
        var (reads, rss, shares) = (new List<double>(), 0.0, new Shares(stack, crowd));
        var (before, cpu, begun) = (await TakenInAsync(stack, ct), stack.Usage().CpuSeconds, Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(begun) < window)
        {
            reads.Add(await ReadAsync(stack, paths[reads.Count % paths.Length], ct));
            rss = Math.Max(rss, stack.Usage().RssMiB);
            if (reads.Count % 4 == 0) await shares.LookAsync(ct);
            await Task.Delay(BetweenReads, TimeProvider.System, ct);
        }

        var took = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        var cores = (stack.Usage().CpuSeconds - cpu) / took;
        var heard = (await TakenInAsync(stack, ct) - before) / took;
        var (postgres, agents, others, words) = shares.Tell();
        foreach (var line in words.Concat(Routes(paths, reads))) await progress.WriteLineAsync($"fleet: {line}");
        if (crowd.Fault is { } fault) throw new InvalidOperationException($"the simulated agents: {fault}");
        var late = await stack.Database.FirstAsync<long>("select count(*) from node where state <> 'ready' or last_seen_at < now() - interval '12 seconds'", null, ct);
        return late == 0
            ? new(heard, cores, rss, postgres, agents, others, reads)
            : throw new InvalidOperationException($"{late} nodes were not heard in time: the control plane does not keep up with {heard:0} heartbeats a second");
    }

    /// <summary>How long each route took: which one it is that is slow, or all of them at times.</summary>
    private static IEnumerable<string> Routes(string[] paths, List<double> reads) =>
        from read in reads.Select((ms, i) => (Ms: ms, Path: paths[i % paths.Length])) group read.Ms by read.Path into route
        let sorted = route.ToList()
        select string.Create(CultureInfo.InvariantCulture, $"p50 {Repeats.Median(sorted),6:0.0} ms, p90 {Repeats.Percentile(sorted, 90),6:0.0} ms, worst {sorted.Max(),6:0.0} ms: GET {route.Key}");

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
}
