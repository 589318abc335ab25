using System.Threading.Channels;
using Grpc.Core;
using StreamClips.ControlPlane.Notifications;
using StreamClips.Shared.Contracts.V1;

namespace StreamClips.ControlPlane.NodeLink;

/// <summary>
/// One agent's session: takes its messages in one by one, and sends what it shall run whenever that changes. What is to
/// be sent waits in a bounded queue; an agent that does not read loses its session.
/// </summary>
public sealed class NodeSession(
    string node, Guid session, NodeStatusStore statuses, NodeSessionStore sessions, JournalStore journals, ClipReportStore clips, RenditionReportStore renditions, ChangeSignal signal, TimeProvider clock)
{
    private const int MostWaiting = 256;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(5);
    // Less than the poll, so that each poll repeats what is not applied, and a burst of changes to others does not.
    private static readonly TimeSpan RepeatAfter = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan LongestWrite = TimeSpan.FromSeconds(20);

    private readonly Channel<ControlMessage> _outgoing = Channel.CreateBounded<ControlMessage>(MostWaiting);

    /// <summary>Runs until the agent leaves.</summary>
    /// <exception cref="RpcException">The session cannot go on; the status tells the agent why.</exception>
    public async Task RunAsync(IAsyncStreamReader<AgentMessage> incoming, IServerStreamWriter<ControlMessage> outgoing, CancellationToken cancellation)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Send(new ControlMessage { Welcome = new Welcome { SessionId = session.ToString(), HeartbeatIntervalMs = (int)NodeLinkService.Heartbeat.TotalMilliseconds } });
        Task[] parts = [ReadAsync(incoming, ends.Token), WriteAsync(outgoing, ends.Token), TellDesiredAsync(ends.Token)];
        var first = await Task.WhenAny(parts);
        await ends.CancelAsync();
        try
        {
            await Task.WhenAll(parts);
        }
        catch (Exception)
        {
            // The first to end says why, or that all is well; the others were only told to.
            await first;
        }
    }

    private async Task ReadAsync(IAsyncStreamReader<AgentMessage> incoming, CancellationToken cancellation)
    {
        while (await incoming.MoveNext(cancellation))
        {
            var message = incoming.Current;
            switch (message.BodyCase)
            {
                case AgentMessage.BodyOneofCase.NodeStatus:
                    if (!await statuses.TakeAsync(node, session, message.NodeStatus, cancellation))
                        throw new RpcException(new Status(StatusCode.Aborted, $"another session of node '{node}' has taken the place of this one"));
                    break;
                case AgentMessage.BodyOneofCase.JournalBatch:
                    Send(new ControlMessage { JournalAck = await TakeAsync(message.JournalBatch, cancellation) });
                    break;
                case AgentMessage.BodyOneofCase.ClipReport:
                    var error = await clips.TakeAsync(node, message.ClipReport, cancellation);
                    Send(new ControlMessage { ClipAck = new ClipAck { ClipId = message.ClipReport.ClipId, Error = error ?? "" } });
                    break;
                case AgentMessage.BodyOneofCase.RenditionReport:
                    await TakeAsync(message.RenditionReport, cancellation);
                    break;
                case AgentMessage.BodyOneofCase.Hello:
                    throw new RpcException(new Status(StatusCode.InvalidArgument, "hello is said once"));
                default:
                    // A newer agent says something that this program does not know.
                    break;
            }
        }
    }

    private async Task<JournalAck> TakeAsync(JournalBatch batch, CancellationToken cancellation)
    {
        if (!Guid.TryParse(batch.ProcessId, out var process))
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"process_id is '{batch.ProcessId}': give a UUID"));
        if (batch.From is null || batch.To is null || batch.To.File < 1 || batch.To.Offset < 0 || (batch.To.File, batch.To.Offset).CompareTo((batch.From.File, batch.From.Offset)) < 0)
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"the journal batch of {process} goes from {batch.From} to {batch.To}: give a cursor and a later one"));
        if (batch.Lines.Count > JournalStore.MostLines)
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"the journal batch of {process} has {batch.Lines.Count} lines: send at most {JournalStore.MostLines}"));
        var taken = await journals.TakeAsync(node, process, batch, cancellation);
        return taken.Refusal is null
            ? new JournalAck { ProcessId = batch.ProcessId, To = taken.Cursor }
            : throw new RpcException(new Status(StatusCode.PermissionDenied, taken.Refusal));
    }

    private async Task TakeAsync(RenditionReport report, CancellationToken cancellation)
    {
        try
        {
            var error = await renditions.TakeAsync(node, report, cancellation);
            Send(new ControlMessage { RenditionAck = new RenditionAck { ClipId = report.ClipId, Kind = report.File?.Kind ?? "", Error = error ?? "" } });
        }
        catch (IOException)
        {
            // Not acknowledged, so it is reported again.
        }
    }

    private async Task TellDesiredAsync(CancellationToken cancellation)
    {
        var (told, at) = (0L, clock.GetTimestamp());
        while (true)
        {
            var change = signal.NextAsync(Topic.Desired);
            if (await sessions.DesiredAsync(node, told, clock.GetElapsedTime(at) > RepeatAfter, cancellation) is { } desired)
            {
                var message = new DesiredState { Revision = desired.Revision };
                message.Assignments.AddRange(desired.Assignments);
                Send(new ControlMessage { DesiredState = message });
                (told, at) = (desired.Revision, clock.GetTimestamp());
            }

            await change.OrAfterAsync(Poll, clock, cancellation);
        }
    }

    private async Task WriteAsync(IServerStreamWriter<ControlMessage> outgoing, CancellationToken cancellation)
    {
        await foreach (var message in _outgoing.Reader.ReadAllAsync(cancellation))
        {
            try
            {
                await outgoing.WriteAsync(message, CancellationToken.None).WaitAsync(LongestWrite, clock, cancellation);
            }
            catch (TimeoutException)
            {
                throw new RpcException(new Status(StatusCode.ResourceExhausted, "the agent does not read what it is sent"));
            }
        }
    }

    private void Send(ControlMessage message)
    {
        if (!_outgoing.Writer.TryWrite(message))
            throw new RpcException(new Status(StatusCode.ResourceExhausted, $"the agent does not read what it is sent: {MostWaiting} messages wait"));
    }
}
