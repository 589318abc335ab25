using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using StreamClips.ControlPlane.Enrollment;
using StreamClips.Shared.Trust;

namespace StreamClips.ControlPlane.Tests.Enrollment;

/// <summary>A node's key and certificate as a test makes them, and channels that show them.</summary>
internal static class TestNode
{
    public static ECDsa Key() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static byte[] SigningRequest(ECDsa key, string node = "node-1") =>
        new CertificateRequest(NodeName.Subject(node), key, HashAlgorithmName.SHA256).CreateSigningRequest();

    /// <summary>A certificate for a node, written down as an enrolment does it.</summary>
    public static async Task<X509Certificate2> EnrolledAsync(TestControlPlane control, string node = "node-1", TimeSpan? life = null, DateTimeOffset? at = null)
    {
        using var key = Key();
        var now = at ?? TimeProvider.System.GetUtcNow();
        using var bare = control.Get<AuthorityService>().Authority.IssueNode(node, new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).PublicKey, now, life ?? TimeSpan.FromDays(1));
        await control.ExecuteAsync(
            """
            insert into node_certificate (serial, node_id, key_hash, certificate, host_name, address, issued_at, expires_at)
            values (@SerialNumber, @node, @hash, @RawData, 'host', '127.0.0.1', @now, @until)
            """,
            new { bare.SerialNumber, node, hash = SHA256.HashData(key.ExportSubjectPublicKeyInfo()), bare.RawData, now = now.UtcDateTime, until = bare.NotAfter.ToUniversalTime() });
        return bare.CopyWithPrivateKey(key);
    }

    /// <summary>A channel that knows the control plane by its CA, and shows a certificate where one is given.</summary>
    public static GrpcChannel Channel(TestControlPlane control, X509Certificate2? certificate) =>
        GrpcChannel.ForAddress(control.GrpcAddress, new GrpcChannelOptions { HttpHandler = Handler(control, certificate), DisposeHttpClient = true });

    public static SocketsHttpHandler Handler(TestControlPlane control, X509Certificate2? certificate)
    {
        var authority = control.Get<AuthorityService>().Authority.Certificate;
        return new SocketsHttpHandler
        {
            SslOptions = new()
            {
                AllowTlsResume = false,
                ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is X509Certificate2 server
                    && CertificateCheck.Of(server, authority, Purpose.Server, TimeProvider.System.GetUtcNow()) == CertificateFault.None,
            },
        };
    }
}
