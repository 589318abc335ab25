using StreamClips.Bench.Chat;

namespace StreamClips.Bench;

/// <summary>The benches there are.</summary>
internal static class BenchList
{
    /// <summary>All of them, in the order in which they run.</summary>
    public static IReadOnlyList<IBench> All { get; } = [new ChatBench(), new Worker.WorkerBench(), new Clip.ClipBench(), new Restart.RestartBench(), new Agent.AgentBench(), new Planning.FleetBench(), new Logs.LogBench(), new Failover.FailoverBench()];
}
