using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StreamClips.Shared;
using StreamClips.Shared.Trust;

namespace StreamClips.NodeAgent.ControlLink;

/// <summary>Renews the node's certificate when two thirds of its life are over, and tries until it is.</summary>
public sealed partial class CertificateRenewal(Membership membership, Enroller enroller, Random random, TimeProvider clock, ILogger<CertificateRenewal> logger) : BackgroundService
{
    // Looked at this often, so that a clock that is set, or an identity that was replaced, is noticed.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(100);
    private static readonly Backoff Retry = new(TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(1));

    /// <summary>Renews the certificate if it is time.</summary>
    /// <returns>Null where it was not time, or it is done; otherwise why not.</returns>
    public async Task<string?> RunOnceAsync(CancellationToken cancellation)
    {
        if (membership.Current is not { } identity || clock.GetUtcNow() < identity.RenewAt) return null;
        try
        {
            var answer = await enroller.RenewAsync(identity, cancellation);
            if (answer.Identity is not { } renewed) return answer.Fault;
            if (membership.TakeRenewed(renewed, identity)) LogRenewed(logger, CertificateCheck.Words(CertificateCheck.ValidUntil(renewed.Certificate)));
            return null;
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            return e.Message;
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        while (true)
        {
            if (await RunOnceAsync(stoppingToken) is { } fault)
            {
                var wait = Retry.Delay(++failures, random);
                LogFailed(logger, fault, CertificateCheck.Words(CertificateCheck.ValidUntil(membership.Current!.Certificate)), wait.TotalSeconds);
                await Task.Delay(wait, clock, stoppingToken);
                continue;
            }

            failures = 0;
            var left = membership.Current is { } current ? current.RenewAt - clock.GetUtcNow() : TimeSpan.FromSeconds(1);
            await Task.Delay(TimeSpan.FromTicks(Math.Clamp(left.Ticks, ShortestWait.Ticks, LongestWait.Ticks)), clock, stoppingToken);
        }
    }

    [LoggerMessage(441, LogLevel.Information, "The node's certificate was renewed until {Until}.", EventName = "certificate.renewed")]
    private static partial void LogRenewed(ILogger logger, string until);

    [LoggerMessage(442, LogLevel.Warning, "The node's certificate, which ends at {Until}, could not be renewed: {Reason}. Next try in {Seconds:0.0} s.", EventName = "certificate.not_renewed")]
    private static partial void LogFailed(ILogger logger, string reason, string until, double seconds);
}
