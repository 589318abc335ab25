using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Nodes;
using StreamClips.ControlPlane.Notifications;
using StreamClips.Shared.Contracts.V1;
using Contract = StreamClips.Shared.Contracts.V1.NodeLink;

namespace StreamClips.ControlPlane.NodeLink;

/// <summary>Where agents connect: admits them, and turns what goes wrong into a status that they understand.</summary>
public sealed partial class NodeLinkService(
    NodeSessionStore sessions, NodeStatusStore statuses, JournalStore journals, ClipReportStore clips, RenditionReportStore renditions,
    NodeTrustStore trust, SessionWatch watch, TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<NodeLinkService> log) : Contract.NodeLinkBase
{
    /// <summary>How often an agent says how it is when nothing changes.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestHello = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestLeave = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    [Authorize(NodeCertificateAuthentication.SchemeName)]
    public override async Task Connect(IAsyncStreamReader<AgentMessage> requestStream, IServerStreamWriter<ControlMessage> responseStream, ServerCallContext context)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        var session = Guid.NewGuid();
        var caller = CallingNode.Of(context.GetHttpContext());
        var node = "";
        try
        {
            var hello = await HelloAsync(requestStream, ends.Token);
            if (hello.NodeId != caller.Node)
                throw new RpcException(new Status(StatusCode.PermissionDenied, $"the certificate is of node '{caller.Node}', which may not speak for '{hello.NodeId}': give INSTANCE_ID {caller.Node}, or enrol '{hello.NodeId}' with a join token"));
            await JoinAsync(hello, caller, session, ends.Token);
            node = hello.NodeId;
            Connected(node, hello.HostName, hello.AgentVersion);
            await new NodeSession(caller, session, statuses, sessions, journals, clips, renditions, trust, watch, clock).RunAsync(requestStream, responseStream, ends.Token);
            Left(node, "it said goodbye");
        }
        catch (RpcException e)
        {
            Left(node, e.Status.Detail);
            // The status would wait behind what the agent does not read: the stream is cut.
            if (e.StatusCode == StatusCode.ResourceExhausted) context.GetHttpContext().Abort();
            throw;
        }
        catch (Exception e) when (lifetime.ApplicationStopping.IsCancellationRequested && !DatabaseFault.IsUnavailable(e))
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "the control plane stops"));
        }
        catch (Exception e) when (context.CancellationToken.IsCancellationRequested || e is IOException)
        {
            // A reset stream ends the reading of it, and the token a moment later.
            Left(node, $"the connection broke ({e.Message})");
            throw new RpcException(new Status(StatusCode.Cancelled, "the connection broke"));
        }
        catch (Exception e) when (DatabaseFault.IsUnavailable(e))
        {
            Left(node, DatabaseFault.Describe(e));
            throw new RpcException(new Status(StatusCode.Unavailable, "the control plane's database does not answer: connect again in a moment"));
        }
        finally
        {
            if (node.Length > 0) await LeaveAsync(node, session);
        }
    }

    private async Task JoinAsync(Hello hello, CallingNode caller, Guid session, CancellationToken cancellation)
    {
        var joined = await sessions.JoinAsync(hello, caller.Serial, session, cancellation);
        if (!joined.MayConnect)
        {
            // Revoked between the call's beginning and its hello, for one of several reasons.
            var standing = await trust.StandingAsync(caller.Serial, cancellation);
            throw NodeCertificateAuthentication.Refusal(standing == NodeStanding.Good ? NodeStanding.Unknown : standing, caller.Node)!;
        }

        if (joined.Refusal is not { } refusal) return;
        Duplicate(caller.Node, hello.HostName, refusal);
        throw new RpcException(new Status(StatusCode.AlreadyExists, refusal));
    }

    private async Task<Hello> HelloAsync(IAsyncStreamReader<AgentMessage> incoming, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using var timer = clock.CreateTimer(_ => deadline.Cancel(), null, LongestHello, Timeout.InfiniteTimeSpan);
        bool said;
        try
        {
            said = await incoming.MoveNext(deadline.Token);
        }
        catch (Exception) when (deadline.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"no hello came within {LongestHello.TotalSeconds} s"));
        }

        if (!said || incoming.Current.Hello is not { } hello) throw new RpcException(new Status(StatusCode.InvalidArgument, "the first message must be hello"));
        if (HelloCheck.Faults(hello) is { Count: > 0 } faults) throw new RpcException(new Status(StatusCode.InvalidArgument, string.Join("; ", faults)));
        return hello;
    }

    private async Task LeaveAsync(string node, Guid session)
    {
        using var deadline = new CancellationTokenSource(LongestLeave, clock);
        try
        {
            await sessions.LeaveAsync(node, session, deadline.Token);
        }
        catch (Exception e) when (deadline.IsCancellationRequested || DatabaseFault.IsUnavailable(e))
        {
            // The row keeps a session that is silent from now on, and gives way to the next one.
        }
    }

    [LoggerMessage(1401, LogLevel.Information, "node.connected: {Node} on host {Host}, agent {Version}")]
    private partial void Connected(string node, string host, string version);

    [LoggerMessage(1403, LogLevel.Warning, "node.duplicate: {Node}: an agent on host {Host} was refused: {Reason}")]
    private partial void Duplicate(string node, string host, string reason);

    [LoggerMessage(1402, LogLevel.Information, "node.left: {Node}: {Reason}")]
    private partial void Left(string node, string reason);
}
