using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using StreamClips.Shared.Hosting;

namespace StreamClips.ControlPlane.Service;

/// <summary>Calls this control plane's own port as others do, for systemd's watchdog: a server that takes connections and answers none lives for nobody.</summary>
public sealed class RequestWatch(ServiceManager manager, IServer server, IHostApplicationLifetime lifetime, ControlPlanePulse pulse, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Calls once.</summary>
    /// <param name="address">Where: the address that the server listens on.</param>
    /// <param name="clock">The time.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Whether there was an answer. Any will do, also a refusal: with TLS, plain words are answered by an end of the connection.</returns>
    public static async Task<bool> AnswersAsync(Uri address, TimeProvider clock, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(Reachable(address.Host), address.Port, either.Token);
            await using var stream = client.GetStream();
            await stream.WriteAsync("GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray(), either.Token);
            _ = await stream.ReadAsync(new byte[64], either.Token);
            return true;
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return true;
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested && e is SocketException or IOException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (manager.Socket?.Watchdog is null) return;
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            // Before the start is over nothing listens yet: that has a limit of its own.
            if (!lifetime.ApplicationStarted.IsCancellationRequested || await AnswersAsync(Address(), clock, stoppingToken)) pulse.Beat(ControlPlaneLoop.Requests);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static string Reachable(string host) => host switch { "0.0.0.0" => "127.0.0.1", "[::]" => "::1", _ => host.Trim('[', ']') };

    private Uri Address() => new(server.Features.Get<IServerAddressesFeature>()!.Addresses.First());
}
