using System.Collections.Concurrent;
using System.Threading.Channels;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.Fixtures;

/// <summary>
/// The control plane's side of the node link, as the contract says it, with its rows in memory: lines are taken only where
/// they follow its cursor, and every acknowledgement says where the cursor is.
/// </summary>
public sealed class FakeControlPlane(TestAuthority authority) : NodeLink.NodeLinkBase, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, JournalCursor> _cursors = new();
    private readonly List<Session> _sessions = [];
    private WebApplication? _app;
    private int _port;

    public ConcurrentQueue<Hello> Hellos { get; } = new();

    /// <summary>What the agent that is connected last said; null before it said anything.</summary>
    public NodeStatus? LastStatus { get; private set; }

    /// <summary>Lines by process, as they were committed.</summary>
    public ConcurrentDictionary<string, List<string>> Lines { get; } = new();

    public ConcurrentQueue<ClipReport> Reports { get; } = new();

    /// <summary>Rows of clips by id.</summary>
    public ConcurrentDictionary<string, ClipReport> Clips { get; } = new();

    public DesiredState Desired { get; private set; } = new() { Revision = 1 };

    public bool AcknowledgesClips { get; set; } = true;

    /// <summary>Every ending that was told, as often as it was.</summary>
    public ConcurrentQueue<ProcessEnding> Endings { get; } = new();

    public bool AcknowledgesEndings { get; set; }

    public string ClipError { get; set; } = "";

    public Status? Refusal { get; set; }

    public Metadata RefusalTrailers { get; set; } = Metadata.Empty;

    public string Url => $"https://127.0.0.1:{_port}";

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(k => k.Listen(System.Net.IPAddress.Loopback, _port, l =>
        {
            l.Protocols = HttpProtocols.Http2;
            l.UseHttps(https =>
            {
                https.ServerCertificate = authority.Server;
                https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                https.ClientCertificateValidation = (certificate, _, _) => authority.IsOfNode(certificate);
            });
        }));
        builder.Services.AddSingleton(this);
        builder.Services.AddGrpc();
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(h => h.ShutdownTimeout = TimeSpan.FromMilliseconds(100));
        _app = builder.Build();
        _app.MapGrpcService<FakeControlPlane>();
        await Eventually.TrueAsync(ListensAsync, $"port {_port} can be listened on");
        _port = new Uri(_app.Urls.First()).Port;
    }

    /// <summary>Goes away as a process does: every connection ends. Its rows stay.</summary>
    public async Task StopAsync()
    {
        if (_app is null) return;
        lock (_lock)
            foreach (var session in _sessions) session.Abort();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _app = null;
    }

    /// <summary>As after a restored backup: lines and cursors are gone.</summary>
    public void ForgetJournals()
    {
        _cursors.Clear();
        Lines.Clear();
    }

    public void Want(params Assignment[] assignments)
    {
        lock (_lock)
        {
            Desired = new() { Revision = Desired.Revision + 1 };
            Desired.Assignments.AddRange(assignments);
        }

        SendDesired(Desired);
    }

    public void SendDesired(DesiredState state)
    {
        lock (_lock)
            foreach (var session in _sessions) session.Outbox.Writer.TryWrite(new() { DesiredState = state });
    }

    public ProcessStatus? StatusOf(Assignment assignment) =>
        LastStatus?.Processes.FirstOrDefault(p => p.ProcessId == assignment.ProcessId);

    public IReadOnlyList<string> LinesOf(Assignment assignment)
    {
        if (!Lines.TryGetValue(assignment.ProcessId, out var lines)) return [];
        lock (lines) return [.. lines];
    }

    public override async Task Connect(IAsyncStreamReader<AgentMessage> requestStream, IServerStreamWriter<ControlMessage> responseStream, ServerCallContext context)
    {
        if (Refusal is { } refusal) throw new RpcException(refusal, RefusalTrailers);
        if (!await requestStream.MoveNext(context.CancellationToken) || requestStream.Current.Hello is not { } hello)
            throw new RpcException(new Status(StatusCode.InvalidArgument, "the first message is no Hello"));
        LastStatus = null; // that of another agent says nothing of this one
        Hellos.Enqueue(hello);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        var session = new Session(Channel.CreateUnbounded<ControlMessage>(), () => { end.Cancel(); context.GetHttpContext().Abort(); });
        session.Outbox.Writer.TryWrite(new() { Welcome = new() { SessionId = $"{Hellos.Count}", HeartbeatIntervalMs = 1000 } });
        lock (_lock)
        {
            session.Outbox.Writer.TryWrite(new() { DesiredState = Desired });
            _sessions.Add(session);
        }

        try
        {
            var writing = WriteAsync(session, responseStream, end.Token);
            while (await requestStream.MoveNext(end.Token)) Take(requestStream.Current, session);
            session.Outbox.Writer.Complete();
            await writing;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The agent went, or this side did.
        }
        finally
        {
            lock (_lock) _sessions.Remove(session);
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    /// <summary>A port that was given up for a while may have become that of somebody's outgoing connection.</summary>
    private async Task<bool> ListensAsync()
    {
        try
        {
            await _app!.StartAsync();
            return true;
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            return false;
        }
    }

    private static async Task WriteAsync(Session session, IServerStreamWriter<ControlMessage> stream, CancellationToken cancellation)
    {
        await foreach (var message in session.Outbox.Reader.ReadAllAsync(cancellation)) await stream.WriteAsync(message, cancellation);
    }

    private void Take(AgentMessage message, Session session)
    {
        switch (message.BodyCase)
        {
            case AgentMessage.BodyOneofCase.NodeStatus:
                LastStatus = message.NodeStatus;
                foreach (var ending in message.NodeStatus.Processes.SelectMany(p => p.Endings)) Endings.Enqueue(ending);
                if (AcknowledgesEndings) session.Outbox.Writer.TryWrite(new() { EndingsAck = Acknowledge(message.NodeStatus) });
                break;
            case AgentMessage.BodyOneofCase.JournalBatch:
                session.Outbox.Writer.TryWrite(new() { JournalAck = Commit(message.JournalBatch) });
                break;
            case AgentMessage.BodyOneofCase.ClipReport:
                Reports.Enqueue(message.ClipReport);
                if (!AcknowledgesClips) break;
                Clips.TryAdd(message.ClipReport.ClipId, message.ClipReport);
                session.Outbox.Writer.TryWrite(new() { ClipAck = new() { ClipId = message.ClipReport.ClipId, Error = ClipError } });
                break;
        }
    }

    private static EndingsAck Acknowledge(NodeStatus status)
    {
        var ack = new EndingsAck();
        ack.Endings.AddRange(status.Processes.Where(p => p.Endings.Count > 0).Select(p => new EndingAck { ProcessId = p.ProcessId, ToMs = p.Endings[^1].AtMs }));
        return ack;
    }

    private JournalAck Commit(JournalBatch batch)
    {
        var cursor = _cursors.GetOrAdd(batch.ProcessId, new JournalCursor { File = 1 });
        if (batch.From.Equals(cursor))
        {
            var lines = Lines.GetOrAdd(batch.ProcessId, []);
            lock (lines) lines.AddRange(batch.Lines.Select(l => l.ToStringUtf8()));
            _cursors[batch.ProcessId] = cursor = batch.To;
        }

        return new() { ProcessId = batch.ProcessId, To = cursor };
    }

    private sealed record Session(Channel<ControlMessage> Outbox, Action Abort);
}
