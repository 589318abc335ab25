using System.Net.Security;
using System.Security.Authentication;
using Grpc.Net.Client;
using StreamClips.NodeAgent.Enrollment;

namespace StreamClips.NodeAgent.ControlLink;

/// <summary>A channel to the control plane: always TLS, without session resumption, so that each connection shows and sees the certificates of now.</summary>
public sealed class LinkChannel : IDisposable
{
    private readonly SocketsHttpHandler _handler;

    private LinkChannel(LinkOptions options, Uri address, NodeIdentity? identity, RemoteCertificateValidationCallback accept)
    {
        _handler = new()
        {
            ConnectTimeout = options.ConnectTimeout,
            KeepAlivePingDelay = options.PingAfter,
            KeepAlivePingTimeout = options.PingAfter * 2,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            PooledConnectionIdleTimeout = options.PingAfter,
            UseProxy = false,
            SslOptions = new()
            {
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                AllowTlsResume = false,
                RemoteCertificateValidationCallback = accept,
                ClientCertificateContext = identity is null ? null : SslStreamCertificateContext.Create(identity.Certificate, additionalCertificates: null, offline: true),
            },
        };
        Channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions { HttpHandler = _handler });
    }

    /// <summary>The channel.</summary>
    public GrpcChannel Channel { get; }

    /// <summary>A channel to a control plane that is judged, as this node where it is one.</summary>
    public static LinkChannel Open(LinkOptions options, Uri address, NodeIdentity? identity, ServerJudge judge) => new(options, address, identity, judge.Accept);

    /// <summary>
    /// A channel to whoever answers, to ask for the CA's certificate and nothing else: what comes is compared with the fingerprint in the join token,
    /// and no secret is sent.
    /// </summary>
#pragma warning disable CA5359 // The one place that verifies no connection: the answer is verified instead.
    public static LinkChannel OpenUnverified(LinkOptions options, Uri address) => new(options, address, identity: null, (_, _, _, _) => true);
#pragma warning restore CA5359

    /// <inheritdoc/>
    public void Dispose()
    {
        Channel.Dispose();
        _handler.Dispose();
    }
}
