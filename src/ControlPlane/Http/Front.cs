using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using StreamClips.ControlPlane.Enrollment;

namespace StreamClips.ControlPlane.Http;

/// <summary>The port of API and dashboard: plain on loopback, TLS by certificate files, or behind a proxy that is named.</summary>
public static class Front
{
    private static readonly TimeSpan LongestHandshake = TimeSpan.FromSeconds(10);

    /// <summary>Listens as the binding says.</summary>
    public static void Listen(KestrelServerOptions kestrel, DashboardBinding binding, int port) => kestrel.Listen(binding.Address, port, listen =>
    {
        listen.Protocols = binding.CertificateFile is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
        if (binding.CertificateFile is not { } certificate) return;
        var services = listen.ApplicationServices;
        var files = new CertificateFiles(certificate, binding.KeyFile!, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<CertificateFiles>>());
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = LongestHandshake,
            OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = files.Current(),
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            }),
        });
    });

    /// <summary>
    /// Takes from the proxies that are named, and from nobody else, who really calls and that it came by TLS
    /// (<c>X-Forwarded-For</c>, <c>X-Forwarded-Proto</c>); refuses what comes past them or without TLS. Stands first.
    /// </summary>
    public static void UseFront(this IApplicationBuilder app, DashboardBinding binding)
    {
        if (binding.Proxies.Count == 0) return;
        var forwarded = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, ForwardLimit = null };
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var network in binding.Proxies) forwarded.KnownIPNetworks.Add(network);
        // The agents' port is no proxy's: it has TLS of its own, and nodes dial it themselves.
        app.UseWhen(context => !AgentsPort.Is(context), front =>
        {
            front.Use((context, next) => Passes(context, binding)
                ? next(context)
                : Problems.Of(403, "this came past the proxy", "BEHIND_PROXY names who may connect here").ExecuteAsync(context));
            front.UseForwardedHeaders(forwarded);
            front.Use((context, next) => context.Request.IsHttps || context.Request.Path.StartsWithSegments("/health")
                ? next(context)
                : Problems.Of(403, "the proxy does not say that this came by TLS", "let it send X-Forwarded-Proto: https, and answer plain HTTP itself").ExecuteAsync(context));
        });
    }

    private static bool Passes(HttpContext context, DashboardBinding binding)
    {
        if (context.Request.Path.StartsWithSegments("/health")) return true;
        if (context.Connection.RemoteIpAddress is not { } remote) return false;
        var address = remote.IsIPv4MappedToIPv6 ? remote.MapToIPv4() : remote;
        return binding.Proxies.Any(p => p.Contains(address));
    }
}
