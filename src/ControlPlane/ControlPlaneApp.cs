using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using StreamClips.ControlPlane.Http;
using StreamClips.Shared.Hosting;

namespace StreamClips.ControlPlane;

/// <summary>Puts the features together: which services there are, and which routes.</summary>
public static class ControlPlaneApp
{
    /// <summary>The whole application, not yet started.</summary>
    /// <param name="options">What the environment told.</param>
    /// <param name="configure">Last word on the services, for tests.</param>
    public static WebApplication Build(ControlPlaneOptions options, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = typeof(ControlPlaneApp).Assembly.GetName().Name });
        builder.Logging.ClearProviders().AddSimpleConsole(o =>
        {
            o.SingleLine = true;
            o.TimestampFormat = "HH:mm:ss.fff ";
        });
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddHostedService<StopWithParent>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 1 << 20;
            kestrel.Listen(IPAddress.Loopback, options.DashboardPort, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, options.GrpcPort, listen => listen.Protocols = HttpProtocols.Http2);
        });
        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseSecurityHeaders();
        app.MapGet("/health/live", () => Results.Ok(new { status = "live" })).AllowAnonymous();
        return app;
    }
}
