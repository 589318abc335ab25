using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StreamClips.NodeAgent.Enrollment;
using StreamClips.NodeAgent.Host;
using StreamClips.Shared.Contracts.V1;

namespace StreamClips.NodeAgent.ControlLink;

/// <summary>Keeps a session with the control plane. Nothing else of the agent waits for it.</summary>
public sealed partial class ControlLinkService(LinkParts parts, Membership membership, Random random, ILogger<ControlLinkService> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var options = parts.Options;
        var (pace, judge) = (new LinkPace(options, parts.Addresses.Count, random), new PutOutJudge(options.OustedAfter, parts.Clock));
        while (!stoppingToken.IsCancellationRequested)
        {
            parts.Pulse.Beat(AgentLoop.ControlLink);
            var end = await RunOnceAsync(pace.WantsEnrolment || pace.MayHaveNewAuthority, stoppingToken);
            parts.Pulse.Beat(AgentLoop.ControlLink);
            if (end.Renewed) continue;
            if (judge.IsOut(end.PutOut, end.WasOpen)) StandDown(end.Reason);
            parts.Addresses.MoveOn();
            var wait = pace.After(end);
            parts.State.Words = $"not connected: {end.Reason}";
            LogLost(logger, end.Refused ? LogLevel.Error : LogLevel.Warning, end.Reason, wait.TotalSeconds, parts.Addresses.Count > 1 ? $" at {parts.Addresses.Current}" : "");
            await Task.Delay(wait, parts.Clock, stoppingToken);
        }
    }

    /// <summary>Ends the workers: their channels are with another node, or another agent. What they have cut stays until a control plane takes it.</summary>
    private void StandDown(string reason)
    {
        try
        {
            if (parts.Reconciler.StandDown() is > 0 and var workers) LogStoodDown(logger, workers, reason);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // With the next try.
            LogNotStoodDown(logger, e.Message);
        }
    }

    private async Task<LinkEnd> RunOnceAsync(bool refused, CancellationToken stoppingToken)
    {
        try
        {
            var (identity, fault) = await membership.AdmitAsync(refused, stoppingToken);
            return identity is null ? new(fault, WasOpen: false, Refused: true) : await RunAsync(identity, stoppingToken);
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            // Nothing that comes over the link may end the agent: its workers need it more than the control plane does.
            return new($"the session failed ({e.GetType().Name}: {e.Message}).", WasOpen: false, Refused: false);
        }
    }

    private async Task<LinkEnd> RunAsync(NodeIdentity identity, CancellationToken stoppingToken)
    {
        var address = parts.Addresses.Current;
        var judge = new ServerJudge(identity.Authority, address.IdnHost, parts.Clock);
        using var channel = LinkChannel.Open(parts.Options, address, identity, judge);
        // A renewed certificate counts from the next connection on, so that one comes at once.
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, membership.Replaced);
        if (membership.Current != identity) return new("the certificate was renewed", WasOpen: false, Refused: false) { Renewed = true };
        try
        {
            var end = await new LinkSession(parts, address, new NodeLink.NodeLinkClient(channel.Channel)).RunAsync(ends.Token);
            return judge.Fault is { } fault ? new(fault, WasOpen: false, Refused: true) { IsStranger = judge.OtherAuthority } : end;
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested && !stoppingToken.IsCancellationRequested)
        {
            return new("the certificate was renewed", WasOpen: true, Refused: false) { Renewed = true };
        }
    }

    [LoggerMessage(422, LogLevel.Warning, "This node is out, and its {Workers} workers are ended: {Reason}", EventName = "link.stood_down")]
    private static partial void LogStoodDown(ILogger logger, int workers, string reason);

    [LoggerMessage(423, LogLevel.Error, "This node is out, but it cannot be written down that its workers are to end: {Reason}", EventName = "link.not_stood_down")]
    private static partial void LogNotStoodDown(ILogger logger, string reason);

    [LoggerMessage(EventId = 421, Message = "No connection to the control plane: {Reason} Next try in {Seconds:0.0} s{Where}; workers go on.", EventName = "link.lost")]
    private static partial void LogLost(ILogger logger, LogLevel level, string reason, double seconds, string where);
}
