using StreamClips.ControlPlane.Tests.Accounts;
using StreamClips.ControlPlane.Tests.Enrollment;
using StreamClips.ControlPlane.Tests.NodeLink;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Nodes;

/// <summary>The command, as a process, empties nodes and evens out their load.</summary>
[Category("Slow")]
public sealed class NodeCommandTests
{
    [Test]
    public async Task Nodes_are_emptied_and_used_again_and_the_load_is_evened_out_by_command()
    {
        using var directory = new TemporaryDirectory();
        await using var control = await TestControlPlane.StartAsync();
        await using var agent = await FakeAgent.ConnectAsync(control);
        var token = (await control.Http.TokenAsync("operate")).Text;

        Assert.That(await RunAsync("drain", "node-1"), Is.EqualTo((0, "node node-1 gives away what it runs; when all is done: streamclips nodes show node-1")));
        Assert.That((await control.GetAsync("/nodes/node-1"))["draining"]!.GetValue<bool>(), Is.True);
        Assert.That((await RunAsync("show", "node-1")).Output, Does.Match("State +drain(ing|ed)"));
        Assert.That(await RunAsync("undrain", "node-1"), Is.EqualTo((0, "node node-1 is used again")));
        Assert.That((await control.GetAsync("/nodes/node-1"))["draining"]!.GetValue<bool>(), Is.False);
        var (code, said) = await RunAsync("rebalance");
        Assert.That((code, said.StartsWith("the load is being evened out. At most ", StringComparison.Ordinal)), Is.EqualTo((0, true)), said);
        Assert.That(await control.ScalarAsync<string>("select asked_by from balance where asked_at is not null"), Is.EqualTo("admin"));
        Assert.That(await RunAsync("drain", "node-1", "--timeout", "5m"), Is.EqualTo((2, "streamclips: --timeout says how long to wait: give --wait too.")));
        var (late, lateSaid) = await RunAsync("drain", "node-1", "--wait", "--timeout", "10ms");
        Assert.That((late, lateSaid.Contains("is not drained after 10 ms", StringComparison.Ordinal)), Is.EqualTo((1, true)), lateSaid);
        var waiting = RunAsync("drain", "node-1", "--wait");
        var empty = await agent.DesiredAsync(_ => true);
        await agent.SayAsync(new() { NodeStatus = new() { AppliedRevision = empty.Revision, Health = new() } });
        // On a slow machine after lines of how far it is.
        var (emptied, emptiedSaid) = await waiting;
        Assert.That((emptied, emptiedSaid.Contains("node node-1 is drained: nothing runs there any more, and every clip is in storage", StringComparison.Ordinal)), Is.EqualTo((0, true)), emptiedSaid);
        Assert.That(await RunAsync("drain", "nobody"), Is.EqualTo((1, "streamclips: there is no node nobody")));

        async Task<(int Code, string Output)> RunAsync(params string[] arguments)
        {
            using var program = new OtherProgram("Cli", new Dictionary<string, string>
            {
                ["XDG_CONFIG_HOME"] = directory.Path, ["STREAMCLIPS_URL"] = control.Address.ToString(), ["STREAMCLIPS_TOKEN"] = token,
            }, ["nodes", .. arguments]);
            return (await program.ExitAsync(), program.Output.Trim());
        }
    }
}
