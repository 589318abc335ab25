using Grpc.Core;
using StreamClips.NodeAgent.Tests.Fixtures;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.EndToEnd;

/// <summary>An agent that knows several addresses: at one nobody is, at one a stranger, and replicas at the others.</summary>
[Category("Slow")]
public sealed class AddressTests
{
    [Test]
    public async Task The_replica_that_serves_is_found_and_when_it_does_no_more_another_one_and_nobody_is_given_up()
    {
        await using var bench = await AgentBench.StartAsync();
        using var nobody = new HeldPort();
        await using var stranger = new FakeControlPlane(new TestAuthority());
        await stranger.StartAsync();
        await using var other = new FakeControlPlane(bench.Authority) { Refusal = new Status(StatusCode.Unavailable, "its database does not answer") };
        await other.StartAsync();
        var assignment = AgentBench.Assignment("log-every=50");
        bench.ControlPlane.Want(assignment);
        other.Want(assignment);

        using var agent = bench.StartAgent(("CONTROL_PLANE_URL", $"https://127.0.0.1:{nobody.Number},{stranger.Url},{other.Url},{bench.ControlPlane.Url}"));
        var pid = await bench.RunsAsync(assignment);
        Assert.That(other.Hellos, Is.Empty, "it was not ready");

        other.Refusal = null;
        await bench.ControlPlane.StopAsync();
        await Eventually.TrueAsync(() => other.StatusOf(assignment) is not null, "it goes on at the other one");
        await bench.ControlPlane.StartAsync();
        var hellos = bench.ControlPlane.Hellos.Count;
        await other.StopAsync();
        await Eventually.TrueAsync(() => bench.ControlPlane.Hellos.Count > hellos, "and comes back");

        Assert.That(stranger.Hellos, Is.Empty);
        Assert.That(bench.Starts(assignment), Is.EqualTo((int[])[pid]), "the worker knows nothing of it");
    }
}
