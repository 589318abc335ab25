using System.Net;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StreamClips.Testing;

namespace StreamClips.Grpc.Tests.Pairs;

/// <summary>Grpc.AspNetCore.Server on Kestrel: HTTP/2 without TLS on a free port of loopback.</summary>
public sealed class OurServer : IProbeServer
{
    private readonly WebApplication _application;

    private OurServer(WebApplication application, LogCapture log, WireCount wire)
    {
        _application = application;
        Log = log;
        Wire = wire;
    }

    public Uri Address => new(_application.Urls.Single());

    public WaitingCalls Waiting => _application.Services.GetRequiredService<WaitingCalls>();

    public LogCapture Log { get; }

    /// <summary>The bytes that crossed all connections.</summary>
    public WireCount Wire { get; }

    public static async Task<OurServer> StartAsync(Action<GrpcServiceOptions>? configure = null)
    {
        var log = new LogCapture();
        var wire = new WireCount();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(log);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.Use(next => connection => wire.CountAsync(connection, next));
        }));
        builder.Services.AddGrpc(options => configure?.Invoke(options));
        builder.Services.AddSingleton<WaitingCalls>();
        var application = builder.Build();
        application.MapGrpcService<ProbeService>();
        await application.StartAsync();
        return new OurServer(application, log, wire);
    }

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();
}
