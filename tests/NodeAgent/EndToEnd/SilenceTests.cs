using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StreamClips.NodeAgent.Host;
using StreamClips.NodeAgent.Tests.Fixtures;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.EndToEnd;

/// <summary>A connection that is open and dead.</summary>
[Category("Slow")]
public sealed class SilenceTests
{
    [Test]
    public async Task A_control_plane_that_falls_silent_counts_as_lost_and_is_called_again()
    {
        await using var bench = await AgentBench.StartAsync();
        using var relay = new Relay(bench.ControlPlane.Url);
        using var log = new LogCapture();
        var (options, faults) = AgentOptions.FromEnvironment(bench.Environment());
        Assert.That(faults, Is.Empty);
        using var host = AgentHost.Build(
            options! with { Link = options.Link with { ControlPlanes = [relay.Url], PingAfter = TimeSpan.FromSeconds(1) } }, l => l.AddProvider(log));
        await host.StartAsync();
        await Eventually.TrueAsync(() => bench.ControlPlane.LastStatus is not null, "the agent is connected");

        relay.Cut();

        await Eventually.TrueAsync(() => bench.ControlPlane.Hellos.Count > 1, "it calls again");
        Assert.That(log.Lines.Count(l => l.Event.Id == 421), Is.GreaterThanOrEqualTo(1), "the loss is told");
        Assert.That(log.Errors, Is.Empty);
        await host.StopAsync();
    }
}
