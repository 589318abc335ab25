using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StreamClips.Shared.Trust;

namespace StreamClips.NodeAgent.Enrollment;

/// <summary>Who this node is: its certificate with the key, and the CA that it trusts, which is the control plane's own.</summary>
/// <param name="Certificate">The certificate, with its key.</param>
/// <param name="Authority">The CA's certificate.</param>
public sealed record NodeIdentity(X509Certificate2 Certificate, X509Certificate2 Authority)
{
    /// <summary>When it is time for a new certificate.</summary>
    public DateTimeOffset RenewAt => CertificateCheck.RenewAt(Certificate);

    /// <summary>Puts an answer of the control plane together with the key that it was asked for.</summary>
    /// <param name="certificate">The node's certificate, DER.</param>
    /// <param name="authority">The CA that must stand behind it.</param>
    /// <param name="key">The key that the certificate must be for.</param>
    /// <param name="node">The name that it must be for.</param>
    /// <param name="now">The time.</param>
    /// <returns>The identity, or why the answer is not to be believed.</returns>
    public static (NodeIdentity? Identity, string Fault) Of(byte[] certificate, X509Certificate2 authority, ECDsa key, string node, DateTimeOffset now)
    {
        try
        {
            using var given = X509CertificateLoader.LoadCertificate(certificate);
            if (NodeName.Of(given) is var name && name != node) return (null, $"the control plane answered with a certificate for '{name}' instead of '{node}'");
            if (!given.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
                return (null, "the control plane answered with a certificate for another key");
            if (CertificateCheck.Of(given, authority, Purpose.Client, now) is var fault and not CertificateFault.None)
            {
                return (null, $"the control plane answered with a certificate that is of no use here ({fault}; valid from {CertificateCheck.Words(CertificateCheck.ValidFrom(given))} "
                    + $"until {CertificateCheck.Words(CertificateCheck.ValidUntil(given))}, and this machine's clock says {CertificateCheck.Words(now)}): check the clocks");
            }

            return (new(given.CopyWithPrivateKey(key), authority), "");
        }
        catch (CryptographicException e)
        {
            return (null, $"the control plane answered with a certificate that cannot be read: {e.Message}");
        }
    }
}
