using System.Net.Sockets;
using System.Text;
using StreamClips.NodeAgent.Tests.Fixtures;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.EndToEnd;

/// <summary>The agent as a systemd service of Type=notify, by a socket like systemd's.</summary>
[Category("Slow")]
public sealed class ServiceTests
{
    private readonly List<string> _told = [];
    private AgentBench _bench = null!;

    [SetUp]
    public async Task MakeBench()
    {
        _told.Clear();
        _bench = await AgentBench.StartAsync();
    }

    [TearDown]
    public async Task EndBench() => await _bench.DisposeAsync();

    [Test]
    public async Task Systemd_hears_when_the_agent_is_ready_how_it_is_that_it_lives_and_that_it_stops_while_workers_run_on([Values] bool isAbstract)
    {
        var name = isAbstract ? $"@streamclips-{Guid.NewGuid()}" : Path.Combine(_bench.Node, "notify");
        using var systemd = Listen(name);
        var assignment = AgentBench.Assignment();
        _bench.ControlPlane.Want(assignment);

        using var agent = _bench.StartAgent(("NOTIFY_SOCKET", name), ("WATCHDOG_USEC", "8000000"));
        await HearsAsync(systemd, "READY=1");
        await HearsAsync(systemd, "WATCHDOG=1");
        var pid = await _bench.RunsAsync(assignment);
        await HearsAsync(systemd, $"STATUS=connected to {_bench.ControlPlane.Url}/; 1 of 1 workers run, 0 clips wait");
        Assert.That(_told, Has.None.StartsWith("STOPPING"));

        await agent.TerminateAsync();
        await HearsAsync(systemd, "STOPPING=1");
        Assert.That(Signals.IsAlive(pid));
    }

    [Test]
    public async Task A_watchdog_that_is_not_for_the_agent_is_not_fed_and_a_loop_that_hangs_is_no_life()
    {
        var name = $"@streamclips-{Guid.NewGuid()}";
        using var systemd = Listen(name);
        using (var other = _bench.StartAgent(("NOTIFY_SOCKET", name), ("WATCHDOG_USEC", "2000000"), ("WATCHDOG_PID", "1")))
        {
            await HearsAsync(systemd, "READY=1");
            await other.TerminateAsync();
            await HearsAsync(systemd, "STOPPING=1");
            Assert.That(_told, Has.None.EqualTo("WATCHDOG=1"));
        }

        var assignment = AgentBench.Assignment();
        _bench.ControlPlane.Want(assignment);
        using var agent = _bench.StartAgent(("NOTIFY_SOCKET", name), ("WATCHDOG_USEC", "4000000"));
        await _bench.RunsAsync(assignment);
        await HearsAsync(systemd, "WATCHDOG=1");

        // Whoever opens it waits for somebody who writes.
        var trap = Path.Combine(_bench.WorkerDirectory(assignment), "journal-000002.ndjson");
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", [trap])) await mkfifo.WaitForExitAsync();
        await Eventually.TrueAsync(() => IsSilentAsync(systemd), "systemd hears no sign of life any more");
        await Eventually.TrueAsync(() => agent.Output.Contains("The loop Journals has not been round for", StringComparison.Ordinal), "the loop that hangs is named");
    }

    /// <summary>Whether there is no sign of life for three times as long as between two.</summary>
    private async Task<bool> IsSilentAsync(Socket systemd)
    {
        Hear(systemd);
        _told.Clear();
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);
        Hear(systemd);
        return !_told.Contains("WATCHDOG=1");
    }

    private static Socket Listen(string name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        socket.Bind(new UnixDomainSocketEndPoint(name[0] == '@' ? $"\0{name[1..]}" : name));
        return socket;
    }

    private Task HearsAsync(Socket systemd, string what) => Eventually.TrueAsync(
        () =>
        {
            Hear(systemd);
            return _told.Contains(what);
        },
        $"systemd hears {what}");

    private void Hear(Socket systemd)
    {
        var buffer = new byte[4096];
        while (systemd.Available > 0) _told.AddRange(Encoding.UTF8.GetString(buffer, 0, systemd.Receive(buffer)).Split('\n'));
    }
}
