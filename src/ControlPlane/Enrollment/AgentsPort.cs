using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Enrollment;

/// <summary>The port that agents dial: TLS 1.2 or newer, a client's certificate where it has one, and nothing behind it but what agents need.</summary>
public sealed class AgentsPort
{
    private const string Mark = "agents-port";
    // By their paths: what a caller says of itself in a header opens nothing.
    private static readonly PathString Installer = "/install";
    private static readonly TimeSpan LongestHandshake = TimeSpan.FromSeconds(10);

    /// <summary>Its number, once it listens.</summary>
    public int Number { get; set; }

    /// <summary>Makes a listener the agents' port.</summary>
    public static void Configure(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.Use(next => connection =>
        {
            connection.Items[Mark] = true;
            return next(connection);
        });
        var services = listen.ApplicationServices;
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = LongestHandshake,
            OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = services.GetRequiredService<AuthorityService>().ServerCertificate(),
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                ClientCertificateRequired = true,
#pragma warning disable CA5359 // A client's: judged by the authentication of each call, whose answer says what is wrong with it, as a broken handshake would not.
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
                AllowTlsResume = false,
            }),
        });
    }

    /// <summary>Whether a request came by that port.</summary>
    public static bool Is(HttpContext context) => context.Features.Get<IConnectionItemsFeature>()?.Items.ContainsKey(Mark) == true;

    /// <summary>Hides pages and API from that port: they are for the dashboard's, whose requests are not to wait for agents.</summary>
    /// <param name="app">The program.</param>
    /// <param name="services">The paths of what agents call; the installer is there beside it.</param>
    public static void Guard(IApplicationBuilder app, IReadOnlyList<PathString> services) => app.Use((context, next) =>
    {
        var path = context.Request.Path;
        if (!Is(context)) Lane.Request();
        return !Is(context) || services.Append(Installer).Any(p => path.StartsWithSegments(p, StringComparison.Ordinal))
            ? next(context)
            : Problems.Of(404, $"there is nothing at {path}", "this is the port for node agents").ExecuteAsync(context);
    });
}
