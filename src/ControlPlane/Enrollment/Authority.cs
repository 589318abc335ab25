using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StreamClips.ControlPlane.Secrets;
using StreamClips.Shared.Trust;

namespace StreamClips.ControlPlane.Enrollment;

/// <summary>
/// The control plane's own CA: an ECDSA key on P-256 and a certificate that it signed itself (RFC 5280). It signs the certificates of nodes and of
/// the port that they dial, nothing else: its path length is 0.
/// </summary>
public sealed class Authority : IDisposable
{
    /// <summary>How long the CA lives. Its end is that of every node's trust, so it is far.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(20 * 365);

    /// <summary>What a certificate is backdated by at most, for machines whose clock is behind.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(10);

    private const string SealPurpose = "authority key";
    private const int SerialBytes = 16;

    private readonly ECDsa _key;
    private readonly Lock _signing = new();

    private Authority(X509Certificate2 certificate, ECDsa key)
    {
        (Certificate, _key) = (certificate, key);
        Fingerprint = CertificateCheck.Fingerprint(certificate);
    }

    /// <summary>The CA's certificate, without its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>SHA-256 of the certificate: what join tokens carry.</summary>
    public byte[] Fingerprint { get; }

    /// <summary>Makes a new CA.</summary>
    public static Authority Make(DateTimeOffset now)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // A name of its own each, so that certificates of two CAs are told apart by their issuer alone.
        var name = $"CN=StreamClips CA {Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        using var signed = request.CreateSelfSigned(now - TimeSpan.FromDays(1), now + Life);
        return new(X509CertificateLoader.LoadCertificate(signed.RawData), key);
    }

    /// <summary>Opens a CA that was made before.</summary>
    /// <returns>Null where the secret is not the one that it was sealed with.</returns>
    public static Authority? Open(byte[] certificate, byte[] sealedKey, SecretKey secret)
    {
        if (secret.Open(SealPurpose, sealedKey) is not { } plain) return null;
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(plain, out _);
        CryptographicOperations.ZeroMemory(plain);
        return new(X509CertificateLoader.LoadCertificate(certificate), key);
    }

    /// <summary>The CA's key as the database keeps it.</summary>
    public byte[] Seal(SecretKey secret)
    {
        var plain = _key.ExportPkcs8PrivateKey();
        var box = secret.Seal(SealPurpose, plain);
        CryptographicOperations.ZeroMemory(plain);
        return box;
    }

    /// <summary>A certificate for a node's key.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="key">Its public key.</param>
    /// <param name="now">The time.</param>
    /// <param name="life">How long from now.</param>
    public X509Certificate2 IssueNode(string node, PublicKey key, DateTimeOffset now, TimeSpan life)
    {
        var request = new CertificateRequest(NodeName.Subject(node), key, HashAlgorithmName.SHA256);
        return Issue(request, Purpose.Client, now, life);
    }

    /// <summary>A certificate, with its key, for the port that nodes dial.</summary>
    /// <param name="names">Host names and addresses that it is for.</param>
    /// <param name="now">The time.</param>
    /// <param name="life">How long from now.</param>
    public X509Certificate2 IssueServer(IReadOnlyList<string> names, DateTimeOffset now, TimeSpan life)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=StreamClips control plane", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address)) alternatives.AddIpAddress(address);
            else alternatives.AddDnsName(name);
        }

        request.CertificateExtensions.Add(alternatives.Build());
        using var issued = Issue(request, Purpose.Server, now, life);
        return issued.CopyWithPrivateKey(key);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _key.Dispose();
        Certificate.Dispose();
    }

    private X509Certificate2 Issue(CertificateRequest request, Oid purpose, DateTimeOffset now, TimeSpan life)
    {
        var extensions = request.CertificateExtensions;
        extensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        extensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        extensions.Add(new X509EnhancedKeyUsageExtension([purpose], critical: true));
        extensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        extensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var serial = RandomNumberGenerator.GetBytes(SerialBytes);
        serial[0] = (byte)((serial[0] & 0x7f) | 0x40); // positive, and of a fixed length
        var tolerance = life / 10 < Tolerance ? life / 10 : Tolerance;
        lock (_signing)
            return request.Create(Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), now - tolerance, now + life, serial);
    }
}
