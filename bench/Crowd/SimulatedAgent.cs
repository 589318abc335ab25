using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Trust;
using Contract = StreamClips.Shared.Contracts.V1.NodeLink;

namespace StreamClips.Bench.Crowd;

/// <summary>An agent as its control plane sees one: a TLS connection of its own with a node's certificate, a hello, and a whole status every 5 s. It runs nothing.</summary>
internal sealed class SimulatedAgent : IAsyncDisposable
{
    private const int MessagesPerStatus = 30;
    private readonly string _node;
    private readonly GrpcChannel _channel;
    private readonly AsyncDuplexStreamingCall<AgentMessage, ControlMessage> _call;
    private readonly TaskCompletionSource _welcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;
    private long _revision;
    private long _count;

    /// <summary>Dials.</summary>
    public SimulatedAgent(string node, Uri address, X509Certificate2 certificate, X509Certificate2 authority)
    {
        _node = node;
        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            DisposeHttpClient = true,
            HttpHandler = new SocketsHttpHandler
            {
                SslOptions = new()
                {
                    ClientCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true),
                    RemoteCertificateValidationCallback = (_, shown, _, _) =>
                        shown is X509Certificate2 server && CertificateCheck.Of(server, authority, Purpose.Server, TimeProvider.System.GetUtcNow()) == CertificateFault.None,
                },
            },
        });
        _call = new Contract.NodeLinkClient(_channel).Connect();
        _reading = ReadAsync();
    }

    /// <summary>The processes that it says it runs.</summary>
    public IReadOnlyList<Guid> Processes { get; set; } = [];

    /// <summary>Says hello and waits for the welcome.</summary>
    public async Task JoinAsync(int capacity, CancellationToken ct)
    {
        await _call.RequestStream.WriteAsync(new AgentMessage { Hello = new Hello { NodeId = _node, HostName = _node, AgentVersion = "bench", BootId = "boot", AgentId = _node, Capacity = capacity } }, ct);
        await Task.WhenAny(_welcome.Task, _reading).WaitAsync(ct);
        if (!_welcome.Task.IsCompleted) await _reading;
    }

    /// <summary>Says how it is: as an agent does whose workers all watch a stream.</summary>
    public async Task SayAsync(CancellationToken ct)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        _count++;
        var status = new NodeStatus
        {
            AppliedRevision = Interlocked.Read(ref _revision),
            SentAtMs = now,
            Health = new HostHealth { Load1M = 1.5, Cores = 8, Kernel = "6.12", MemoryTotalBytes = 16L << 30, MemoryAvailableBytes = (8L << 30) + _count, DiskTotalBytes = 160L << 30, DiskFreeBytes = (80L << 30) - _count },
            Shipping = new ShippingStatus { LimitBytes = 10L << 30 },
        };
        foreach (var process in Processes)
        {
            status.Processes.Add(new ProcessStatus
            {
                ProcessId = process.ToString(), Epoch = 1, State = ProcessState.Running, Pid = 4242, StartedAtMs = 1_700_000_000_000,
                Worker = new WorkerStatus
                {
                    AtMs = now, Phase = "watching", ChatRatePerS = 2 + _count % 7, BaselineRatePerS = 2.5, ChatMessages = _count * MessagesPerStatus, Segments = _count * 2, Bytes = _count * 4096, LagS = 4.5,
                },
            });
        }

        await _call.RequestStream.WriteAsync(new AgentMessage { NodeStatus = status }, ct);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _call.Dispose();
        try
        {
            await _reading;
        }
        catch (RpcException)
        {
            // It was cut, as was wished.
        }

        _channel.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _call.ResponseStream.MoveNext(CancellationToken.None))
        {
            if (_call.ResponseStream.Current.Welcome is not null) _welcome.TrySetResult();
            if (_call.ResponseStream.Current.DesiredState is { } desired) Interlocked.Exchange(ref _revision, desired.Revision);
        }
    }
}
