using System.Threading.Channels;
using Grpc.Core;
using StreamClips.ControlPlane.Nodes;
using StreamClips.ControlPlane.Notifications;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Journal;

namespace StreamClips.ControlPlane.NodeLink;

/// <summary>
/// One agent's session: takes its messages in one by one, and sends what it shall run whenever that changes. What is to
/// be sent waits in a bounded queue; an agent that does not read loses its session.
/// </summary>
public sealed class NodeSession(
    CallingNode caller, Guid session, NodeStatusStore statuses, NodeSessionStore sessions, JournalStore journals, ClipReportStore clips, RenditionReportStore renditions,
    NodeTrustStore trust, SessionWatch watch, TimeProvider clock)
{
    private const int MostWaiting = 256;
    private static readonly TimeSpan LongestWrite = TimeSpan.FromSeconds(20);
    // For a retired node: until what it ran was planned elsewhere and it was told, and then to take it in.
    private static readonly TimeSpan LongestFarewell = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FarewellPoll = TimeSpan.FromMilliseconds(100);

    // A certificate may hold for longer than a timer can wait.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromHours(1);

    private readonly string _node = caller.Node;
    private readonly ReportMemory _reports = statuses.Begin();

    // What the agent was told last, and has on its connection, is to run nothing.
    private volatile bool _runsNothing = true;

    private readonly Channel<ControlMessage> _outgoing = Channel.CreateBounded<ControlMessage>(MostWaiting);

    /// <summary>Runs until the agent leaves.</summary>
    /// <exception cref="RpcException">The session cannot go on; the status tells the agent why.</exception>
    public async Task RunAsync(IAsyncStreamReader<AgentMessage> incoming, IServerStreamWriter<ControlMessage> outgoing, CancellationToken cancellation)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Send(new ControlMessage { Welcome = new Welcome { SessionId = session.ToString(), HeartbeatIntervalMs = (int)NodeLinkService.Heartbeat.TotalMilliseconds, ChatVersion = ChatPacker.Version } });
        var ingest = new JournalIngest(_node, journals, clock, Send);
        using var watched = watch.Add(_node, caller.Serial);
        Task[] parts = [ingest.RunAsync(ends.Token), ReadAsync(incoming, ingest, ends.Token), WriteAsync(outgoing, ends.Token), TellDesiredAsync(watched, ends.Token), WatchTrustAsync(watched, ends.Token)];
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
        finally
        {
            statuses.End();
        }
    }

    private async Task ReadAsync(IAsyncStreamReader<AgentMessage> incoming, JournalIngest ingest, CancellationToken cancellation)
    {
        while (await incoming.MoveNext(cancellation))
        {
            var message = incoming.Current;
            switch (message.BodyCase)
            {
                case AgentMessage.BodyOneofCase.NodeStatus:
                    if (!await statuses.TakeAsync(_node, session, message.NodeStatus, cancellation, _reports)) await TakenAsync(cancellation);
                    else if (ProcessEndingStore.Acknowledge(message.NodeStatus) is { } kept) Send(new ControlMessage { EndingsAck = kept });
                    break;
                case AgentMessage.BodyOneofCase.JournalBatch:
                    await ingest.OfferAsync(message.JournalBatch, cancellation);
                    break;
                case AgentMessage.BodyOneofCase.ClipReport:
                    var error = await clips.TakeAsync(_node, message.ClipReport, cancellation);
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

    private async Task TakeAsync(RenditionReport report, CancellationToken cancellation)
    {
        var error = await renditions.TakeAsync(_node, report, cancellation);
        Send(new ControlMessage { RenditionAck = new RenditionAck { ClipId = report.ClipId, Kind = report.File?.Kind ?? "", Error = error ?? "" } });
    }

    private async Task TellDesiredAsync(WatchedSession watched, CancellationToken cancellation)
    {
        while (true)
        {
            var change = watched.Desired.NextAsync();
            if (await sessions.DesiredAsync(_node, watched.Told, watched.Repeats, cancellation) is { } desired)
            {
                var message = new DesiredState { Revision = desired.Revision };
                message.Assignments.AddRange(desired.Assignments);
                Send(new ControlMessage { DesiredState = message });
                watched.Tell(desired.Revision);
            }

            await change.WaitAsync(cancellation);
        }
    }

    /// <summary>Ends the session when its certificate does: expired, revoked, or of a node that was retired, which is first told to run nothing.</summary>
    private async Task WatchTrustAsync(WatchedSession watched, CancellationToken cancellation)
    {
        while (true)
        {
            var change = watched.Trust.NextAsync();
            var standing = await trust.StandingAsync(caller.Serial, cancellation);
            if (standing == NodeStanding.Retired) await FarewellAsync(cancellation);
            if (NodeCertificateAuthentication.Refusal(standing, _node) is { } refusal) throw refusal;
            var left = caller.ValidUntil - clock.GetUtcNow();
            if (left <= TimeSpan.Zero)
                throw new RpcException(new Status(StatusCode.Unauthenticated, $"the certificate of node '{_node}' ended: " + NodeCertificateAuthentication.Again(_node)));
            await change.OrAfterAsync(left < LongestTimer ? left : LongestTimer, clock, cancellation);
        }
    }

    private async Task FarewellAsync(CancellationToken cancellation)
    {
        var begun = clock.GetTimestamp();
        while (!_runsNothing && clock.GetElapsedTime(begun) < LongestFarewell) await Task.Delay(FarewellPoll, clock, cancellation);
        await Task.Delay(LastWords, clock, cancellation);
    }

    /// <summary>The node's row names another session, or none.</summary>
    private async Task TakenAsync(CancellationToken cancellation)
    {
        // What ends the trust in the certificate ends the session too, and says why.
        if (await trust.StandingAsync(caller.Serial, cancellation) == NodeStanding.Good)
            throw new RpcException(new Status(StatusCode.Aborted, $"another session of node '{_node}' has taken the place of this one"));
    }

    private async Task WriteAsync(IServerStreamWriter<ControlMessage> outgoing, CancellationToken cancellation)
    {
        await foreach (var message in _outgoing.Reader.ReadAllAsync(cancellation))
        {
            try
            {
                if (message.DesiredState is { Assignments.Count: > 0 }) _runsNothing = false;
                await outgoing.WriteAsync(message, CancellationToken.None).WaitAsync(LongestWrite, clock, cancellation);
                if (message.DesiredState is { Assignments.Count: 0 }) _runsNothing = true;
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
