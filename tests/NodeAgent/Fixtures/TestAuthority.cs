using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StreamClips.NodeAgent.Enrollment;
using StreamClips.Shared.Trust;

namespace StreamClips.NodeAgent.Tests.Fixtures;

/// <summary>A CA for the tests, with a server's certificate for loopback, that makes nodes.</summary>
public sealed class TestAuthority
{
    private readonly X509Certificate2 _authority;

    public TestAuthority(params string[] names)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=CA of a test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        _authority = request.CreateSelfSigned(now.AddDays(-100), now.AddDays(100));
        Server = MakeServer(now.AddDays(-1), now.AddDays(1), names);
    }

    public X509Certificate2 Certificate => _authority;

    /// <summary>For 127.0.0.1, or other names.</summary>
    public X509Certificate2 Server { get; }

    public static ECDsa Key() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public X509Certificate2 MakeServer(DateTimeOffset from, DateTimeOffset until, params string[] names)
    {
        using var key = Key();
        var request = new CertificateRequest("CN=control plane of a test", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names) alternatives.AddDnsName(name);
        if (names.Length == 0) alternatives.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(alternatives.Build());
        return Sign(request, Purpose.Server, key, from, until);
    }

    public NodeIdentity MakeNode(string name, DateTimeOffset? until = null)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var key = Key();
        return new(Sign(new CertificateRequest(NodeName.Subject(name), key, HashAlgorithmName.SHA256), Purpose.Client, key, now.AddDays(-1), until ?? now.AddDays(30)),
            X509CertificateLoader.LoadCertificate(_authority.RawData));
    }

    public bool IsOfNode(X509Certificate2 certificate) =>
        NodeName.Of(certificate) is not null && CertificateCheck.Of(certificate, _authority, Purpose.Client, TimeProvider.System.GetUtcNow()) == CertificateFault.None;

    private X509Certificate2 Sign(CertificateRequest request, Oid purpose, ECDsa key, DateTimeOffset from, DateTimeOffset until)
    {
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([purpose], critical: true));
        using var signed = request.Create(_authority, from, until, RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }
}
