using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Tests.Accounts;
using StreamClips.ControlPlane.Tests.Enrollment;
using StreamClips.ControlPlane.Tests.NodeLink;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Journal;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Logs;

/// <summary>The command, as a process, reads and follows the log.</summary>
[Category("Slow")]
public sealed class LogCommandTests
{
    private readonly Guid _process = Guid.NewGuid();
    private TemporaryDirectory _directory = null!;
    private TestControlPlane _control = null!;
    private FakeAgent _agent = null!;
    private string _token = "";

    [SetUp]
    public async Task StartAsync()
    {
        _directory = new TemporaryDirectory();
        _control = await TestControlPlane.StartAsync();
        _agent = await FakeAgent.ConnectAsync(_control);
        _token = (await _control.Http.TokenAsync("read")).Text;
        await _agent.JournalAsync(_process, Cursor(0), Cursor(1), Line(1), Line(2, "warning"), Line(3, "error"));
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _agent.DisposeAsync();
        await _control.DisposeAsync();
        _directory.Dispose();
    }

    [Test]
    public async Task Lines_are_listed_in_their_order_and_filtered()
    {
        using var all = Command(_control.Address, "--node", "node-1", "--limit", "2");
        using var some = Command(_control.Address, "--level", "warning", "--grep", "LINE 2", "--json");
        using var wrong = Command(_control.Address, "-f", "--until", "1h");

        Assert.That((await all.ExitAsync(), await some.ExitAsync(), await wrong.ExitAsync()), Is.EqualTo((0, 0, 2)));
        Assert.That(all.Answer, Does.Match("(?s)warning .*line 2.*error .*line 3").And.Not.Contain("line 1"));
        Assert.That(JsonNode.Parse(some.Answer)!["message"]!.ToString(), Is.EqualTo("line 2"));
    }

    [Test]
    public async Task Whoever_follows_misses_nothing_where_the_connection_breaks()
    {
        using var relay = new Relay(_control.Address);
        using var follow = Command(relay.Address, "-f", "--json", "--limit", "1");
        await follow.SaysAsync("line 3");
        await _agent.JournalAsync(_process, Cursor(1), Cursor(2), Line(4));
        await follow.SaysAsync("line 4");

        relay.Cut();
        await _agent.JournalAsync(_process, Cursor(2), Cursor(3), Line(5), Line(6));
        await follow.SaysAsync("line 6");

        var lines = follow.Answer.Split('\n').Select(l => JsonNode.Parse(l)!["message"]!.ToString());
        Assert.That(lines, Is.EqualTo((string[])["line 3", "line 4", "line 5", "line 6"]));
    }

    private OtherProgram Command(Uri address, params string[] arguments) => new("Cli", new Dictionary<string, string>
    {
        ["XDG_CONFIG_HOME"] = _directory.Path, ["STREAMCLIPS_URL"] = address.ToString(), ["STREAMCLIPS_TOKEN"] = _token,
    }, ["logs", .. arguments]);

    private static JournalCursor Cursor(long offset) => new() { File = 1, Offset = offset };

    private static LogEntry Line(int number, string level = "info") =>
        new() { At = TimeProvider.System.GetUtcNow(), Level = level, Event = "test.event", Message = $"line {number}" };

    /// <summary>Stands between command and control plane, and cuts what is open when it is told to.</summary>
    private sealed class Relay : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly List<TcpClient> _open = [];
        private readonly Uri _target;

        public Relay(Uri target)
        {
            _target = target;
            _listener.Start();
            _ = AcceptAsync();
        }

        public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

        public void Cut()
        {
            lock (_open)
            {
                foreach (var client in _open) client.Dispose();
                _open.Clear();
            }
        }

        public void Dispose()
        {
            _listener.Dispose();
            Cut();
        }

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    var (near, far) = (await _listener.AcceptTcpClientAsync(), new TcpClient());
                    await far.ConnectAsync(_target.Host, _target.Port);
                    lock (_open) _open.AddRange([near, far]);
                    _ = CarryAsync(near, far);
                    _ = CarryAsync(far, near);
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // It was disposed of.
            }
        }

        private static async Task CarryAsync(TcpClient from, TcpClient to)
        {
            try
            {
                await from.GetStream().CopyToAsync(to.GetStream());
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
            {
                // Cut.
            }

            to.Dispose();
        }
    }
}
