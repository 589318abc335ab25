using Grpc.Net.Client;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StreamClips.Shared.Contracts.V1;

namespace StreamClips.NodeAgent.ControlLink;

/// <summary>Keeps a session with the control plane. Nothing else of the agent waits for it.</summary>
public sealed partial class ControlLinkService(LinkParts parts, Random random, ILogger<ControlLinkService> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var options = parts.Options;
        using var handler = new SocketsHttpHandler
        {
            ConnectTimeout = options.ConnectTimeout,
            KeepAlivePingDelay = options.PingAfter,
            KeepAlivePingTimeout = options.PingAfter * 2,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            PooledConnectionIdleTimeout = options.PingAfter,
        };
        using var channel = GrpcChannel.ForAddress(options.ControlPlane, new GrpcChannelOptions { HttpHandler = handler });
        var client = new NodeLink.NodeLinkClient(channel);
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            var end = await RunOnceAsync(client, stoppingToken);
            failures = end.WasOpen ? 1 : failures + 1;
            var wait = end.Refused ? options.RefusedRetry * (0.75 + (random.NextDouble() / 2)) : options.Retry.Delay(failures, random);
            LogLost(logger, end.Refused ? LogLevel.Error : LogLevel.Warning, end.Reason, wait.TotalSeconds);
            await Task.Delay(wait, parts.Clock, stoppingToken);
        }
    }

    private async Task<LinkEnd> RunOnceAsync(NodeLink.NodeLinkClient client, CancellationToken stoppingToken)
    {
        try
        {
            var token = (await File.ReadAllTextAsync(parts.Options.TokenFile, stoppingToken)).Trim();
            return await new LinkSession(parts, client, token).RunAsync(stoppingToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new($"NODE_TOKEN_FILE cannot be read: {e.Message}", WasOpen: false, Refused: true);
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            // Nothing that comes over the link may end the agent: its workers need it more than the control plane does.
            return new($"the session failed ({e.GetType().Name}: {e.Message}).", WasOpen: false, Refused: false);
        }
    }

    [LoggerMessage(EventId = 421, Message = "No connection to the control plane: {Reason} Next try in {Seconds:0.0} s; workers go on.", EventName = "link.lost")]
    private static partial void LogLost(ILogger logger, LogLevel level, string reason, double seconds);
}
