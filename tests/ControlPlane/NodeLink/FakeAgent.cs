using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using StreamClips.ControlPlane.Tests.Enrollment;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Trust;
using Contract = StreamClips.Shared.Contracts.V1.NodeLink;

namespace StreamClips.ControlPlane.Tests.NodeLink;

/// <summary>An agent that says what a test tells it to, over a real gRPC connection.</summary>
internal sealed class FakeAgent : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly GrpcChannel _channel;
    private readonly AsyncDuplexStreamingCall<AgentMessage, ControlMessage> _call;
    private readonly Channel<ControlMessage> _heard = Channel.CreateUnbounded<ControlMessage>();
    private readonly CancellationTokenSource _leaving = new();
    private readonly Task<RpcException?> _reading;

    private FakeAgent(GrpcChannel channel, bool reads)
    {
        _channel = channel;
        _call = new Contract.NodeLinkClient(channel).Connect(cancellationToken: _leaving.Token);
        _reading = reads ? ReadAsync() : Task.FromResult<RpcException?>(null);
    }

    /// <summary>Opens a call, with this certificate or none, without saying anything.</summary>
    public static FakeAgent Dial(TestControlPlane control, X509Certificate2? certificate, bool reads = true) => new(TestNode.Channel(control, certificate), reads);

    /// <summary>Opens a call as a node that is enrolled for it.</summary>
    public static async Task<FakeAgent> DialAsync(TestControlPlane control, string node = "node-1", bool reads = true) =>
        Dial(control, await TestNode.EnrolledAsync(control, node), reads);

    /// <summary>Connects as a node and waits for the welcome.</summary>
    public static async Task<FakeAgent> ConnectAsync(TestControlPlane control, string node = "node-1", string boot = "boot-1", int capacity = 10)
    {
        var agent = await DialAsync(control, node);
        await agent.SayAsync(Hello(node, boot, capacity));
        await agent.HearAsync(m => m.Welcome);
        return agent;
    }

    public static AgentMessage Hello(string node, string boot = "boot-1", int capacity = 10, string agent = "agent-1") =>
        new() { Hello = new Hello { NodeId = node, HostName = "host", AgentVersion = "1", BootId = boot, Capacity = capacity, AgentId = agent } };

    public Task SayAsync(AgentMessage message) => _call.RequestStream.WriteAsync(message);

    /// <summary>Says the same again and again, until the call is cut.</summary>
    public async Task SayUntilRefusedAsync(AgentMessage message, int most)
    {
        using var deadline = new CancellationTokenSource(Patience);
        for (var i = 0; i < most; i++)
        {
            try
            {
                await _call.RequestStream.WriteAsync(message, deadline.Token);
            }
            catch (Exception e) when (e is RpcException or IOException or InvalidOperationException && !deadline.IsCancellationRequested)
            {
                return;
            }
        }

        throw new InvalidOperationException($"the call still takes messages after {most}");
    }

    /// <summary>Says the status of these processes.</summary>
    public Task StatusAsync(long applied, params ProcessStatus[] processes)
    {
        var status = new NodeStatus { AppliedRevision = applied, Health = new HostHealth { Load1M = 0.5, DiskFreeBytes = 7 } };
        status.Processes.AddRange(processes);
        return SayAsync(new AgentMessage { NodeStatus = status });
    }

    /// <summary>Sends journal lines and waits for their acknowledgement.</summary>
    public async Task<JournalCursor> JournalAsync(Guid process, JournalCursor from, JournalCursor to, params JournalEntry[] entries)
    {
        var batch = new JournalBatch { ProcessId = process.ToString(), From = from, To = to };
        batch.Lines.AddRange(entries.Select(e => ByteString.CopyFrom(e.ToUtf8())));
        return await JournalAsync(batch);
    }

    public async Task<JournalCursor> JournalAsync(JournalBatch batch)
    {
        await SayAsync(new AgentMessage { JournalBatch = batch });
        return (await HearAsync(m => m.JournalAck)).To;
    }

    /// <summary>The next message of a kind; others are passed over.</summary>
    public async Task<T> HearAsync<T>(Func<ControlMessage, T?> kind)
        where T : class
    {
        using var deadline = new CancellationTokenSource(Patience);
        try
        {
            while (true)
            {
                if (kind(await _heard.Reader.ReadAsync(deadline.Token)) is { } wanted) return wanted;
            }
        }
        catch (ChannelClosedException e)
        {
            throw new InvalidOperationException($"the call ended: {(await _reading)?.Status}", e);
        }
    }

    /// <summary>The next desired state that fits.</summary>
    public Task<DesiredState> DesiredAsync(Func<DesiredState, bool> fits) => HearAsync(m => m.DesiredState is { } d && fits(d) ? d : null);

    /// <summary>How the call ended.</summary>
    public async Task<Status?> EndAsync() => (await _reading.WaitAsync(Patience))?.Status;

    /// <summary>How the control plane put the node out with the end of the call; null: it did not.</summary>
    public async Task<string?> PutOutAsync() => (await _reading.WaitAsync(Patience))?.Trailers.GetValue(PutOut.Trailer);

    /// <summary>Says goodbye and waits for the end.</summary>
    public async Task<Status?> LeaveAsync()
    {
        await _call.RequestStream.CompleteAsync();
        return await EndAsync();
    }

    /// <summary>Hangs up. The reader ends first: a call must not be disposed of under it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        await _reading;
        _call.Dispose();
        _channel.Dispose();
        _leaving.Dispose();
    }

    private async Task<RpcException?> ReadAsync()
    {
        try
        {
            while (await _call.ResponseStream.MoveNext(CancellationToken.None)) await _heard.Writer.WriteAsync(_call.ResponseStream.Current);
            return null;
        }
        catch (RpcException e)
        {
            return e;
        }
        finally
        {
            _heard.Writer.TryComplete();
        }
    }
}
