using StreamClips.NodeAgent.Tests.Fixtures;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.EndToEnd;

/// <summary>How runs ended is told until the control plane has it, by whichever agent, and then no more.</summary>
[Category("Slow")]
public sealed class EndingTests
{
    [Test]
    public async Task An_ending_is_told_again_also_by_the_next_agent_until_it_is_acknowledged_and_then_never()
    {
        await using var bench = await AgentBench.StartAsync();
        var assignment = AgentBench.Assignment();
        bench.ControlPlane.Want(assignment);
        using (var first = bench.StartAgent())
        {
            await bench.ReplaceAsync(assignment, await bench.RunsAsync(assignment));
            await Eventually.TrueAsync(() => bench.ControlPlane.Endings.Count >= 2, "it is told again");
            await first.KillAsync();
        }

        var told = bench.ControlPlane.Endings.Count;
        using (var second = bench.StartAgent())
        {
            await Eventually.TrueAsync(() => bench.ControlPlane.Endings.Count > told, "and again");
            Assert.That(bench.ControlPlane.Endings.Select(e => e.AtMs).Distinct().Count(), Is.EqualTo(1));

            bench.ControlPlane.AcknowledgesEndings = true;
            await Eventually.TrueAsync(() => bench.ControlPlane.StatusOf(assignment) is { Endings.Count: 0 }, "it is not told any more");
            await Eventually.TrueAsync(() => !File.ReadAllText(Path.Combine(bench.WorkerDirectory(assignment), "process.json")).Contains("SIGKILL", StringComparison.Ordinal), "nor kept");
            await second.KillAsync();
        }

        told = bench.ControlPlane.Endings.Count;
        using var third = bench.StartAgent();
        await bench.ReplaceAsync(assignment, await bench.RunsAsync(assignment));
        await Eventually.TrueAsync(() => bench.ControlPlane.StatusOf(assignment) is { Restarts: 2, Endings.Count: 0 }, "the next one is told and acknowledged");
        Assert.That(bench.ControlPlane.Endings.Skip(told).Select(e => e.Cause).Distinct(), Is.EqualTo(["crash 2: it ended while no agent was its parent"]));
    }
}
