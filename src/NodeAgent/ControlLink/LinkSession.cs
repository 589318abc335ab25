using System.Threading.Channels;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using StreamClips.NodeAgent.Assignments;
using StreamClips.NodeAgent.Host;
using StreamClips.NodeAgent.Shipping;
using StreamClips.NodeAgent.Workers;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Trust;

namespace StreamClips.NodeAgent.ControlLink;

/// <summary>How a session ended.</summary>
/// <param name="Reason">Why, for people.</param>
/// <param name="WasOpen">The control plane had said Welcome.</param>
/// <param name="Refused">Trying again soon is no use.</param>
public sealed record LinkEnd(string Reason, bool WasOpen, bool Refused)
{
    /// <summary>The node's certificate is not let in: only enrolling again helps.</summary>
    public bool WantsEnrolment { get; init; }

    /// <summary>The node was put out, or another agent has its place: its workers are to end.</summary>
    public PutOutBy PutOut { get; init; }

    /// <summary>What answered has another CA: only a join token of its helps, where it is the control plane.</summary>
    public bool IsStranger { get; init; }

    /// <summary>It ended for the sake of a newer certificate: go on at once.</summary>
    public bool Renewed { get; init; }
}

/// <summary>
/// One call to the control plane, from Hello to its end. One loop writes, one reads, and three make what is written; the
/// first one that ends ends all.
/// </summary>
public sealed partial class LinkSession(LinkParts parts, Uri address, NodeLink.NodeLinkClient client)
{
    // How Grpc.Net.Client is told to compress what it sends: journals and statuses are text that repeats itself.
    private static readonly Metadata.Entry Compressed = new("grpc-internal-encoding-request", "gzip");

    private readonly Channel<AgentMessage> _outbox = Channel.CreateBounded<AgentMessage>(16);
    private bool _open;
    private bool _heardState;

    /// <summary>Runs until the connection ends or the agent does.</summary>
    /// <exception cref="OperationCanceledException">The agent ends.</exception>
    public async Task<LinkEnd> RunAsync(CancellationToken cancellation)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            using var call = client.Connect(new CallOptions(new Metadata { Compressed }, cancellationToken: ends.Token));
            if (await GreetAsync(call, ends.Token) is not { } welcome)
                return new($"no welcome within {parts.Options.ConnectTimeout.TotalSeconds:0} s", WasOpen: false, Refused: false);
            _open = true;
            parts.State.Words = $"connected to {address}";
            parts.Token.Used();
            LogConnected(parts.Logger, address, parts.Options.NodeId, welcome.SessionId);
            await RunLoopsAsync(call, welcome, ends);
            return new("the control plane ended the session", _open, Refused: false);
        }
        catch (RpcException) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
        catch (RpcException e)
        {
            return ToEnd(e.Status, e.Trailers.GetValue(PutOut.Trailer) is not null);
        }
        catch (TimeoutException)
        {
            return new($"the control plane took no message for {parts.Options.SendTimeout.TotalSeconds:0} s.", _open, Refused: false);
        }
        catch (InvalidOperationException e)
        {
            // Writing into a call that has just ended: its status is with the reader, but this is said first.
            return new(e.Message, _open, Refused: false);
        }
    }

    private async Task<Welcome?> GreetAsync(AsyncDuplexStreamingCall<AgentMessage, ControlMessage> call, CancellationToken cancellation)
    {
        var read = ReadWelcomeAsync(call, cancellation);
        try
        {
            return await read.WaitAsync(parts.Options.ConnectTimeout, parts.Clock, cancellation);
        }
        catch (TimeoutException)
        {
            _ = read.ContinueWith(t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return null;
        }
    }

    private async Task<Welcome?> ReadWelcomeAsync(AsyncDuplexStreamingCall<AgentMessage, ControlMessage> call, CancellationToken cancellation)
    {
        await call.RequestStream.WriteAsync(new() { Hello = parts.Hello() }, cancellation);
        return await call.ResponseStream.MoveNext(cancellation) ? call.ResponseStream.Current.Welcome : null;
    }

    private async Task RunLoopsAsync(AsyncDuplexStreamingCall<AgentMessage, ControlMessage> call, Welcome welcome, CancellationTokenSource ends)
    {
        var heartbeat = TimeSpan.FromMilliseconds(Math.Clamp(welcome.HeartbeatIntervalMs, 100, 60_000));
        foreach (var worker in parts.Fleet.All) worker.Tail.Rewind();
        parts.Journals.Begin(takesChat: welcome.ChatVersion >= ChatPacker.Version);
        Task[] loops =
        [
            ReceiveAsync(call.ResponseStream, ends.Token),
            SendAsync(call.RequestStream, ends.Token),
            parts.Statuses.RunAsync(_outbox.Writer, heartbeat, ends.Token),
            parts.Journals.RunAsync(_outbox.Writer, ends.Token),
            parts.Clips.RunAsync(_outbox.Writer, ends.Token),
        ];
        var first = await Task.WhenAny(loops);
        await ends.CancelAsync();
        try
        {
            await Task.WhenAll(loops);
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException or InvalidOperationException or ChannelClosedException or TimeoutException)
        {
            // They were told to end; why is told by the first one.
        }

        await first;
    }

    private async Task SendAsync(IClientStreamWriter<AgentMessage> stream, CancellationToken cancellation)
    {
        await foreach (var message in _outbox.Reader.ReadAllAsync(cancellation))
        {
            var write = stream.WriteAsync(message, cancellation);
            if (!write.IsCompletedSuccessfully) await write.WaitAsync(parts.Options.SendTimeout, parts.Clock, cancellation);
            if (message.BodyCase == AgentMessage.BodyOneofCase.NodeStatus) parts.Pulse.Beat(AgentLoop.ControlLink);
        }
    }

    private async Task ReceiveAsync(IAsyncStreamReader<ControlMessage> stream, CancellationToken cancellation)
    {
        while (await stream.MoveNext(cancellation))
        {
            try
            {
                Take(stream.Current);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The disk is full: the control plane says it again, or the next session does.
                LogNotTaken(parts.Logger, stream.Current.BodyCase, e.Message);
            }
        }
    }

    private void Take(ControlMessage message)
    {
        switch (message.BodyCase)
        {
            case ControlMessage.BodyOneofCase.DesiredState:
                var (state, nameless) = LinkContracts.ToWanted(message.DesiredState);
                if (nameless > 0) LogNameless(parts.Logger, nameless, state.Revision);
                parts.Reconciler.Accept(state, first: !_heardState);
                _heardState = true;
                break;
            case ControlMessage.BodyOneofCase.JournalAck when Guid.TryParse(message.JournalAck.ProcessId, out var process):
                var to = message.JournalAck.To;
                parts.Journals.Acknowledge(process, new JournalPosition(Math.Max(1, to?.File ?? 1), Math.Max(0, to?.Offset ?? 0)));
                break;
            case ControlMessage.BodyOneofCase.ClipAck when Guid.TryParse(message.ClipAck.ClipId, out var clip):
                parts.Shipper.Acknowledge(clip, message.ClipAck.Error);
                break;
            case ControlMessage.BodyOneofCase.EndingsAck:
                foreach (var told in message.EndingsAck.Endings)
                    if (Guid.TryParse(told.ProcessId, out var ended)) parts.Fleet.Find(ended)?.EndingsTold(told.ToMs);
                parts.Reconciler.Wake();
                break;
            case ControlMessage.BodyOneofCase.RenditionAck when Guid.TryParse(message.RenditionAck.ClipId, out var renditioned):
                parts.Renditions.Acknowledge(renditioned, message.RenditionAck.Kind, message.RenditionAck.Error);
                break;
        }
    }

    private LinkEnd ToEnd(Status status, bool putOut) => status.StatusCode switch
    {
        StatusCode.Unauthenticated =>
            new($"the control plane refuses this node: {status.Detail}. Put the join token into the file of JOIN_TOKEN_FILE", _open, Refused: true)
            {
                WantsEnrolment = true,
                PutOut = putOut ? PutOutBy.ControlPlane : PutOutBy.Nobody,
            },
        StatusCode.PermissionDenied => new($"the control plane refuses what this node sent: {status.Detail}", _open, Refused: true),
        StatusCode.AlreadyExists =>
            new($"another agent is connected as {parts.Options.NodeId}: {status.Detail}", _open, Refused: true) { PutOut = PutOutBy.OtherAgent },
        StatusCode.InvalidArgument => new($"the control plane refuses the greeting: {status.Detail}", _open, Refused: true),
        StatusCode.Unimplemented => new($"{address} speaks no node link: check CONTROL_PLANE_URL", _open, Refused: true),
        _ => new($"{status.StatusCode}: {status.Detail}", _open, Refused: false),
    };

    [LoggerMessage(401, LogLevel.Information, "Connected to {ControlPlane} as {NodeId}, session {SessionId}.", EventName = "link.connected")]
    private static partial void LogConnected(ILogger logger, Uri controlPlane, string nodeId, string sessionId);

    [LoggerMessage(402, LogLevel.Error, "A message of the control plane ({Kind}) could not be written down: {Reason}", EventName = "link.not_taken")]
    private static partial void LogNotTaken(ILogger logger, ControlMessage.BodyOneofCase kind, string reason);

    [LoggerMessage(403, LogLevel.Error, "{Count} assignments of wanted state {Revision} have no valid process_id and are passed over.", EventName = "link.nameless")]
    private static partial void LogNameless(ILogger logger, int count, long revision);
}
