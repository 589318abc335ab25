using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using StreamClips.Bench.Crowd;
using StreamClips.ControlPlane.Assignments;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Nodes;
using StreamClips.ControlPlane.Processes;
using StreamClips.Shared.Settings;

namespace StreamClips.Bench.Planning;

/// <summary>
/// <c>bench fleet</c>: how long it takes to find nodes for a whole fleet, and for one streamer that changed in it; the decision alone
/// and, as <c>stored</c>, from the rows of a Postgres on this machine to the commit. The whole is planned from nothing, where every row is written; as a replica does that begins to
/// lead, where every row is read; and as the leader does every 5 s, from what it remembers. One change comes in the steady state, when the planner has taken in what it wrote itself.
/// And what a control plane costs that a fleet reports to.
/// </summary>
internal sealed class FleetBench : IBench
{
    private const int Streamers = 10_000;
    private const int Nodes = 500;
    private const int Capacity = 30;

    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    /// <inheritdoc/>
    public string Name => "fleet";

    /// <inheritdoc/>
    public string Summary => "2,000 simulated agents at one control plane, its cost and its API meanwhile; and the time to plan 10,000 streamers over 500 nodes, and one change among them";

    /// <inheritdoc/>
    public async Task<BenchResult> RunAsync(BenchContext context, CancellationToken ct)
    {
        var rounds = context.Quick ? 5 : 20;
        await context.Progress.WriteLineAsync($"fleet: {Streamers} streamers, {Nodes} nodes, {rounds} rounds");
        var (all, one) = Decide(rounds, ct);
        var stored = await StoreAsync(Path.Combine(context.Directory, "postgres"), rounds, ct);
        var swarm = await Swarm.MeasureAsync(context.Quick ? 200 : 2_000, TimeSpan.FromSeconds(context.Quick ? 15 : 40), Path.Combine(context.Directory, "swarm"), context.Progress, ct);
        return new(
            [
                new("heartbeats_per_s", swarm.HeartbeatsPerS, "1/s"),
                new("control_plane_cores", swarm.Cores, "cores"),
                new("control_plane_rss_mib", swarm.RssMiB, "MiB"),
                new("postgres_cores", swarm.PostgresCores, "cores"),
                new("simulated_agents_cores", swarm.CrowdCores, "cores"),
                new("other_programs_cores", swarm.OtherCores, "cores"),
                new("api_read_p50_ms", Repeats.Median(swarm.ReadsMs), "ms"),
                new("api_read_p99_ms", Repeats.Percentile(swarm.ReadsMs, 99), "ms"),
                new("plan_10000_ms", Repeats.Median(all), "ms"),
                new("plan_10000_max_ms", all.Max(), "ms"),
                new("plan_one_change_ms", Repeats.Median(one), "ms"),
                new("plan_one_change_max_ms", one.Max(), "ms"),
                // All of them are given to nodes, and all of that is written: once in the life of a fleet.
                new("plan_10000_stored_ms", Repeats.Median(stored.All), "ms"),
                new("plan_10000_stored_max_ms", stored.All.Max(), "ms"),
                // A replica begins to lead: it reads all, plans, and finds everything in its place.
                new("plan_10000_reread_ms", Repeats.Median(stored.Reread), "ms"),
                new("plan_10000_reread_max_ms", stored.Reread.Max(), "ms"),
                // The leader's plan of every 5 s: from memory, with what changed since the last one.
                new("plan_10000_steady_ms", Repeats.Median(stored.Steady), "ms"),
                new("plan_10000_steady_max_ms", stored.Steady.Max(), "ms"),
                // In the steady state: the plan before it took in what the whole plan wrote.
                new("plan_one_change_stored_ms", Repeats.Median(stored.One), "ms"),
                new("plan_one_change_stored_max_ms", stored.One.Max(), "ms"),
            ],
            []);
    }

    private static (List<double> All, List<double> One) Decide(int rounds, CancellationToken ct)
    {
        PlannedStreamer[] streamers = [.. Enumerable.Range(0, Streamers).Select(i => new PlannedStreamer(
            Guid.CreateVersion7(Now), true, new WorkOrder($"s{i}", $"https://www.twitch.tv/s{i}", null, ClipSettings.Default), "", null))];
        PlannedNode[] nodes = [.. Enumerable.Range(0, Nodes).Select(i => new PlannedNode($"node-{i:000}", NodeUse.Takes, NodeState.Ready, Capacity, NodeHealth.Unknown, Now))];
        var nothing = new PlanFacts(streamers, nodes, [], [], Balance.None);
        var running = nothing with
        {
            Live = [.. streamers.Select((s, i) => new LiveAssignment(Guid.NewGuid(), s.Id, nodes[i % Nodes].Id, s.Order, ProcessState.Running, "watching", Now))],
            Balance = Balance.None with { BalancedAt = Now },
        };
        var changed = running with { Streamers = [.. streamers.Select((s, i) => i == Streamers / 2 ? s with { Wanted = false } : s)] };
        var (all, one) = (new List<double>(), new List<double>());
        for (var i = 0; i <= rounds; i++)
        {
            ct.ThrowIfCancellationRequested();
            var (tookAll, tookOne) = (Timed(nothing, Streamers), Timed(changed, 1));
            // The first round only warms up.
            if (i == 0) continue;
            all.Add(tookAll);
            one.Add(tookOne);
        }

        return (all, one);
    }

    private static double Timed(PlanFacts facts, int decisions)
    {
        var begun = Stopwatch.GetTimestamp();
        var plan = AssignmentPlanner.Plan(facts, Now);
        return Measured(plan, decisions, Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
    }

    private static async Task<StoredPlans> StoreAsync(string directory, int rounds, CancellationToken ct)
    {
        var server = await PrivatePostgres.StartAsync(directory, TimeProvider.System, ct);
        try
        {
            // A database of its own each time: what earlier runs left may be of another schema.
            var name = $"fleet_{Guid.NewGuid():n}";
            await using (var admin = new Postgres(server.ConnectionTo("postgres"))) await admin.ExecuteAsync($"create database {name}", null, ct);
            await Migrations.BuiltIn.RunAsync(server.ConnectionTo(name), TimeProvider.System, ct);
            await using var postgres = new Postgres(server.ConnectionTo(name));
            await FillAsync(postgres, ct);
            return await MeasureAsync(postgres, rounds, ct);
        }
        finally
        {
            await server.StopAsync();
        }
    }

    private static async Task<StoredPlans> MeasureAsync(Postgres postgres, int rounds, CancellationToken ct)
    {
        using var store = new AssignmentStore(postgres, NullLogger<AssignmentStore>.Instance);
        var figures = new StoredPlans([], [], [], []);
        for (var i = 0; i <= rounds; i++)
        {
            await postgres.ExecuteAsync("truncate process cascade; truncate event, planning_change; update streamer set active = true; analyze", null, ct);
            // What it keeps is of before that.
            await store.CheckAsync(TimeProvider.System.GetUtcNow(), ct);
            var all = await TimedAsync(store, Streamers, ct);
            using var successor = new AssignmentStore(postgres, NullLogger<AssignmentStore>.Instance);
            var reread = await TimedAsync(successor, 0, ct);
            // A plan reads what changed since the one before, and that is all that the first one wrote: what follows is measured after that was taken in.
            _ = await TimedAsync(store, 0, ct);
            await store.CheckAsync(TimeProvider.System.GetUtcNow(), ct);
            var steady = await TimedAsync(store, 0, ct);
            await postgres.ExecuteAsync("update streamer set active = false where id = (select id from streamer where active limit 1)", null, ct);
            var one = await TimedAsync(store, 1, ct);
            if (i == 0) continue;
            figures.All.Add(all);
            figures.Reread.Add(reread);
            figures.Steady.Add(steady);
            figures.One.Add(one);
        }

        return figures;
    }

    private static async Task<double> TimedAsync(AssignmentStore store, int decisions, CancellationToken ct)
    {
        var begun = Stopwatch.GetTimestamp();
        var plan = await store.PlanAsync(TimeProvider.System.GetUtcNow(), null, ct);
        return Measured(plan, decisions, Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
    }

    private static double Measured(IReadOnlyList<Decision> plan, int decisions, double took)
    {
        var made = plan.Count(d => d is not Decision.Balanced);
        return made == decisions ? took : throw new InvalidOperationException($"{made} decisions were made, and {decisions} were to be made: what was measured is not what was meant");
    }

    private static Task<int> FillAsync(Postgres postgres, CancellationToken ct) => postgres.ExecuteAsync(
        """
        insert into node (id, host_name, agent_version, boot_id, capacity, state, first_seen_at, connected_at, last_seen_at)
        select 'node-' || i, 'h', '1', 'b', @Capacity, 'ready', now(), now(), now() from generate_series(1, @Nodes) i;
        insert into streamer (id, name, url, active, created_at, updated_at)
        select gen_random_uuid(), 's' || i, 'https://www.twitch.tv/s' || i, true, now(), now() from generate_series(1, @Streamers) i;
        """, new { Capacity, Nodes, Streamers }, ct);

    private sealed record StoredPlans(List<double> All, List<double> Reread, List<double> Steady, List<double> One);
}
