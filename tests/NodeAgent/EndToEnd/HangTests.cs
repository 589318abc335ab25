using Microsoft.Extensions.Logging;
using StreamClips.NodeAgent.Host;
using StreamClips.NodeAgent.Tests.Fixtures;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.EndToEnd;

/// <summary>Workers that hang, and what is told of those that ended.</summary>
[Category("Slow")]
public sealed class HangTests
{
    [Test]
    public async Task A_worker_that_hangs_is_asked_then_killed_and_runs_again_and_how_it_ended_is_told()
    {
        await using var bench = await AgentBench.StartAsync();
        var hung = AgentBench.Assignment("hang-after=300&status-every=100&ignore-sigterm&leave-child");
        var crashed = AgentBench.Assignment("run-for=500&exit-code=3&log-every=50&status-every=100");
        bench.ControlPlane.Want(hung, crashed);
        var (options, _) = AgentOptions.FromEnvironment(bench.Environment());
        using var log = new LogCapture();
        using var host = AgentHost.Build(
            options! with { Workers = options.Workers with { LeastSilence = TimeSpan.FromSeconds(5), StopGrace = TimeSpan.FromSeconds(1) } }, l => l.AddProvider(log));
        await host.StartAsync();
        await bench.RunsAsync(hung);
        var before = bench.Processes(hung);

        var ended = await Eventually.ValueAsync(
            () => Task.FromResult(bench.ControlPlane.StatusOf(hung) is { Endings.Count: > 0, Restarts: > 0 } s ? s : null), "it is replaced");
        var hang = ended.Endings.FirstOrDefault(e => e.Cause.Contains(": it hung: it has said nothing for ", StringComparison.Ordinal));
        Assert.That(hang?.LastLines, Has.Some.EndsWith("status watching"), $"{ended}");
        Assert.That(before.Select(p => Signals.IsAlive(p.Identity.Pid)), Has.None.True, "with all that it had started");

        // However many ends there were by now: the last ones are told.
        await Eventually.TrueAsync(() => Crashes().Count > 1, "the other one's ends are told");
        Assert.That(Crashes(), Has.All.Property("Cause").EndsWith(": exit code 3"));
        Assert.That(Crashes()[0].LastLines, Has.Count.EqualTo(5).And.Some.Contains("info script.line: "));
        await host.StopAsync();

        List<ProcessEnding> Crashes() => [.. bench.ControlPlane.StatusOf(crashed)?.Endings.Where(e => !e.Cause.Contains("it hung", StringComparison.Ordinal)) ?? []];
    }
}
