using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using StreamClips.Shared.Trust;

namespace StreamClips.NodeAgent.Enrollment;

/// <summary>Judges the certificate that a control plane shows, and keeps why it was refused, for who reads the agent's log.</summary>
/// <param name="authority">The only CA that counts.</param>
/// <param name="host">The name or address that was dialled.</param>
/// <param name="clock">The clock.</param>
public sealed class ServerJudge(X509Certificate2 authority, string host, TimeProvider clock)
{
    private const string SubjectAlternativeNameOid = "2.5.29.17";

    /// <summary>Why the last connection was refused, and what to do; null: it was not.</summary>
    public string? Fault { get; private set; }

    /// <summary>The CA itself was another: only a join token of the new one helps.</summary>
    public bool OtherAuthority { get; private set; }

    /// <summary>Whether to go on with a connection.</summary>
    public bool Accept(object sender, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors)
    {
        using var certificate = shown is null ? null : X509CertificateLoader.LoadCertificate(shown.GetRawCertData());
        (Fault, OtherAuthority) = certificate is null ? ("the control plane shows no certificate", false) : Judge(certificate);
        return Fault is null;
    }

    private (string? Fault, bool OtherAuthority) Judge(X509Certificate2 certificate)
    {
        var now = clock.GetUtcNow();
        switch (CertificateCheck.Of(certificate, authority, Purpose.Server, now))
        {
            case CertificateFault.None when certificate.MatchesHostname(host.Trim('[', ']'), allowWildcards: false, allowCommonName: false):
                return (null, false);
            case CertificateFault.None:
                return ($"the control plane's certificate is for {Names(certificate)} and not for '{host}': give one of these in CONTROL_PLANE_URL, or add '{host}' to GRPC_NAMES of the control plane", false);
            case CertificateFault.NotYetValid:
                return ($"the control plane's certificate is valid from {CertificateCheck.Words(CertificateCheck.ValidFrom(certificate))}, and this machine's clock says {CertificateCheck.Words(now)}: set the clock (timedatectl set-ntp true)", false);
            case CertificateFault.Expired:
                return ($"the control plane's certificate ended at {CertificateCheck.Words(CertificateCheck.ValidUntil(certificate))}, and this machine's clock says {CertificateCheck.Words(now)}: set the clock that is wrong (timedatectl set-ntp true); the control plane renews its certificate by itself", false);
            case CertificateFault.OtherPurpose:
                return ("what answers shows a certificate that is no server's: check CONTROL_PLANE_URL", false);
            default:
                return ($"what answers there is not the control plane that this node trusts (CA with SHA-256 {CertificateCheck.Words(CertificateCheck.Fingerprint(authority))}): check CONTROL_PLANE_URL. "
                    + "If the control plane has a new CA, enrol again: make a join token there and put it into the file of JOIN_TOKEN_FILE", true);
        }
    }

    private static string Names(X509Certificate2 certificate)
    {
        var extension = certificate.Extensions.FirstOrDefault(e => e.Oid?.Value == SubjectAlternativeNameOid);
        if (extension is null) return "no name";
        var names = new X509SubjectAlternativeNameExtension(extension.RawData);
        return string.Join(", ", names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(a => a.ToString())));
    }
}
