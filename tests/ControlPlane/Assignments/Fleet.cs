using StreamClips.ControlPlane.Assignments;
using StreamClips.ControlPlane.Processes;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Tests.Assignments;

/// <summary>Makes the planner's facts, at random too, and carries plans out on them as the database would.</summary>
internal static class Fleet
{
    public static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly string[] States = ["ready", "ready", "ready", "ready", "draining", "lost", "retired"];

    /// <summary>Facts of a fleet in which nothing failed and everything was found even after the last node came.</summary>
    public static PlanFacts Of(IReadOnlyList<PlannedStreamer> streamers, IReadOnlyList<PlannedNode> nodes, IReadOnlyList<LiveAssignment>? live = null) =>
        new(streamers, nodes, live ?? [], [], Balance.None with { BalancedAt = Now.AddDays(-1) });

    public static PlannedStreamer Streamer(Guid id, string name) =>
        new(id, true, new WorkOrder(name, $"https://www.twitch.tv/{name}", null, ClipSettings.Default), "", null);

    public static PlannedNode Node(string id, int capacity = 10, string state = "ready") =>
        new(id, PlannedNode.UseOf(state), state, capacity, NodeHealth.Unknown, Now.AddDays(-2));

    public static LiveAssignment Live(PlannedStreamer streamer, string node, DateTimeOffset since) =>
        new(Guid.NewGuid(), streamer.Id, node, streamer.Order, ProcessState.Running, "watching", since);

    /// <summary>Any fleet that the database could hold: states, pressure, failures, changed orders, overfull nodes, requests.</summary>
    public static PlanFacts Random(int seed)
    {
        var random = new Random(seed);
        var nodes = Enumerable.Range(0, random.Next(0, 12)).Select(i => Node($"node-{i}", random.Next(1, 12), States[random.Next(States.Length)]) with
        {
            Health = random.Next(6) == 0 ? new NodeHealth(0, 0, 100, 1) : NodeHealth.Unknown,
            JoinedAt = Now.AddMinutes(-random.Next(1, 4000)),
        }).ToList();
        var (streamers, live, failures) = (new List<PlannedStreamer>(), new List<LiveAssignment>(), new List<PastFailure>());
        for (var i = random.Next(0, 80); i > 0; i--)
        {
            var streamer = Streamer(Id(random), $"s{i}") with { Wanted = random.Next(8) > 0, Waiting = random.Next(5) == 0 ? "some old reason" : "" };
            var placed = nodes.Count > 0 && random.Next(3) > 0 ? nodes[random.Next(nodes.Count)] : null;

            // A node is rarely given more than it takes: its capacity was lowered.
            if (placed is not null && live.Count(l => l.NodeId == placed.Id) >= placed.Capacity && random.Next(20) > 0) placed = null;
            if (placed is not null) live.Add(RandomLive(random, streamer, placed.Id));
            else if (random.Next(4) == 0) streamer = streamer with { Last = new LastRun(ProcessState.Ended, Now.AddMinutes(-random.Next(2, 60)), Now.AddMinutes(-random.Next(0, 2))) };
            if (random.Next(30) == 0) streamer = streamer with { Order = null };
            for (var f = nodes.Count == 0 ? 0 : random.Next(-4, 3); f > 0; f--) failures.Add(new(streamer.Id, nodes[random.Next(nodes.Count)].Id, Now.AddMinutes(-random.Next(0, 300))));
            streamers.Add(streamer);
        }

        var balance = new Balance(random.Next(2) == 0 ? Now.AddMinutes(-1) : null, "anna", random.Next(3) == 0 ? null : Now.AddMinutes(-random.Next(2, 4000)), random.Next(4) == 0 ? Now.AddSeconds(-5) : null);
        return new PlanFacts(streamers, nodes, live, failures, balance);
    }

    /// <summary>The same facts in another order.</summary>
    public static PlanFacts Shuffled(PlanFacts facts, int seed)
    {
        var random = new Random(seed);
        return facts with
        {
            Streamers = [.. facts.Streamers.OrderBy(_ => random.Next())], Nodes = [.. facts.Nodes.OrderBy(_ => random.Next())],
            Live = [.. facts.Live.OrderBy(_ => random.Next())], Failures = [.. facts.Failures.OrderBy(_ => random.Next())],
        };
    }

    /// <summary>The facts after the plan, as the database holds them. Every step must be possible when its turn comes.</summary>
    public static PlanFacts After(PlanFacts facts, IReadOnlyList<Decision> plan, DateTimeOffset now)
    {
        var live = facts.Live.ToDictionary(l => l.StreamerId);
        var waiting = facts.Streamers.ToDictionary(s => s.Id, s => s.Waiting);
        var (failures, balance) = (facts.Failures.ToList(), facts.Balance);
        foreach (var decision in plan)
        {
            switch (decision)
            {
                case Decision.End end:
                    Assert.That(live.Remove(end.StreamerId, out var ended) && ended.ProcessId == end.ProcessId && ended.NodeId == end.NodeId, $"{end} ends what is not live");
                    if (end.Failed) failures.Add(new(end.StreamerId, end.NodeId, now));
                    break;
                case Decision.Start start:
                    Assert.That(live.TryAdd(start.StreamerId, new(Guid.NewGuid(), start.StreamerId, start.NodeId, start.Order, ProcessState.Assigned, null, now)), $"{start} makes two of one");
                    waiting[start.StreamerId] = "";
                    if (start.IsMove) balance = balance with { MovedAt = now };
                    break;
                case Decision.Retell told:
                    Assert.That(live[told.StreamerId].ProcessId, Is.EqualTo(told.ProcessId), $"{told} tells what is not live");
                    live[told.StreamerId] = live[told.StreamerId] with { Order = told.Order, ToldAt = now, IsRenewing = told.Restarts };
                    break;
                case Decision.Wait wait: waiting[wait.StreamerId] = wait.Reason; break;
                case Decision.Balanced balanced: balance = balance with { BalancedAt = balanced.At }; break;
            }
        }

        return facts with { Live = [.. live.Values], Streamers = [.. facts.Streamers.Select(s => s with { Waiting = waiting[s.Id] })], Failures = failures, Balance = balance };
    }

    private static LiveAssignment RandomLive(Random random, PlannedStreamer streamer, string node)
    {
        string?[] phases = ["watching", "watching", "clipping", "waiting", null];
        var live = Live(streamer, node, Now.AddMinutes(-random.Next(0, 60))) with { ProcessId = Id(random), Phase = phases[random.Next(phases.Length)] };
        if (random.Next(6) == 0) live = live with { State = ProcessState.Failed };
        if (random.Next(4) == 0) live = live with { Order = streamer.Order! with { Settings = streamer.Order.Settings with { SurgeThreshold = 3 } } };
        if (random.Next(4) == 0) live = live with { Order = live.Order! with { Settings = live.Order.Settings with { Quality = "worst" } } };
        return random.Next(8) == 0 ? live with { Order = streamer.Order! with { Url = "https://www.twitch.tv/before" } } : live;
    }

    private static Guid Id(Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }
}
