using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using StreamClips.Grpc.Tests.Pairs;

namespace StreamClips.Grpc.Tests;

/// <summary>What a client is told when the other end is not there, or no longer.</summary>
[TestFixture(Side.Ours)]
[TestFixture(Side.Foreign)]
public sealed class ConnectionTests(Side client)
{
    private IProbeClient Client => client == Side.Ours ? Programs.OurClient : Programs.ForeignClient;

    [Test]
    public async Task Nobody_listening_is_unavailable()
    {
        // Bound and not listening: the kernel refuses, and gives the port to nobody else.
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://{socket.LocalEndPoint}"));

        var outcome = await CallAsync(address, new Call(Kind.Ask, new Message("anybody?")));

        Assert.That(outcome.Code, Is.EqualTo(StatusCode.Unavailable), outcome.Detail);
    }

    [TestCaseSource(typeof(Call), nameof(Call.Kinds))]
    public async Task A_server_that_is_killed_during_a_call_is_unavailable(Kind kind)
    {
        await using var server = await ForeignServer.StartAsync();
        var text = $"{kind} {Guid.NewGuid()}";

        var calling = CallAsync(server.Address, new Call(kind, new Message(text) { Wait = true }) { Ends = false });
        await server.Waiting.BeganAsync(text);
        server.Kill();

        var outcome = await calling;
        Assert.That(outcome.Code, Is.EqualTo(StatusCode.Unavailable), outcome.Detail);
    }

    [Test]
    public async Task A_server_that_stops_lets_go_of_a_call_that_waits()
    {
        var server = await OurServer.StartAsync();
        var text = Guid.NewGuid().ToString();

        var calling = CallAsync(server.Address, new Call(Kind.Talk, new Message(text) { Wait = true }) { Ends = false });
        await server.Waiting.BeganAsync(text);
        var waiting = server.Waiting;
        await server.DisposeAsync();

        await waiting.EndedAsync(text);
        Assert.That((await calling).Code, Is.Not.EqualTo(StatusCode.OK));
    }

    private Task<Outcome> CallAsync(Uri address, Call call) =>
        Client.CallAsync(address, call, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(120), TimeProvider.System);
}
