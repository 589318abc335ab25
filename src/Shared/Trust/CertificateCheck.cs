using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace StreamClips.Shared.Trust;

/// <summary>What a certificate may be used for (RFC 5280 section 4.2.1.12).</summary>
public static class Purpose
{
    /// <summary>A server shows it.</summary>
    public static Oid Server { get; } = new("1.3.6.1.5.5.7.3.1");

    /// <summary>A client shows it.</summary>
    public static Oid Client { get; } = new("1.3.6.1.5.5.7.3.2");
}

/// <summary>Why a certificate is not to be trusted.</summary>
public enum CertificateFault
{
    /// <summary>It is to be trusted.</summary>
    None,

    /// <summary>The CA did not sign it.</summary>
    OtherAuthority,

    /// <summary>It is not valid yet, or the clock is behind.</summary>
    NotYetValid,

    /// <summary>It is not valid any more, or the clock is ahead.</summary>
    Expired,

    /// <summary>It is for something else.</summary>
    OtherPurpose,
}

/// <summary>Whether the one CA of a control plane stands behind a certificate. Nothing that the machine trusts otherwise counts.</summary>
public static class CertificateCheck
{
    /// <summary>SHA-256 of a certificate's DER form, as join tokens carry it.</summary>
    public static byte[] Fingerprint(X509Certificate2 certificate) => SHA256.HashData(certificate.RawData);

    /// <summary>A fingerprint for people: lower-case hexadecimal digits.</summary>
    public static string Words(byte[] fingerprint) => Convert.ToHexStringLower(fingerprint);

    /// <summary>Checks the chain to the CA, the times and the purpose.</summary>
    public static CertificateFault Of(X509Certificate2 certificate, X509Certificate2 authority, Oid purpose, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // the database knows what is revoked
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.LocalDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(purpose);
        if (chain.Build(certificate)) return CertificateFault.None;
        var flags = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
        if ((flags & ~(X509ChainStatusFlags.NotTimeValid | X509ChainStatusFlags.NotValidForUsage)) != X509ChainStatusFlags.NoError) return CertificateFault.OtherAuthority;
        if (!flags.HasFlag(X509ChainStatusFlags.NotTimeValid)) return CertificateFault.OtherPurpose;
        return now < ValidFrom(certificate) ? CertificateFault.NotYetValid : CertificateFault.Expired;
    }

    /// <summary>When it begins to be valid.</summary>
    public static DateTimeOffset ValidFrom(X509Certificate2 certificate) => new DateTimeOffset(certificate.NotBefore).ToUniversalTime();

    /// <summary>When it ceases to be valid.</summary>
    public static DateTimeOffset ValidUntil(X509Certificate2 certificate) => new DateTimeOffset(certificate.NotAfter).ToUniversalTime();

    /// <summary>When it is time for its successor: two thirds of its life are over.</summary>
    public static DateTimeOffset RenewAt(X509Certificate2 certificate)
    {
        var from = ValidFrom(certificate);
        return from + ((ValidUntil(certificate) - from) * (2.0 / 3));
    }

    /// <summary>From when on a successor is given: half of its life is over.</summary>
    public static DateTimeOffset RenewableFrom(X509Certificate2 certificate)
    {
        var from = ValidFrom(certificate);
        return from + ((ValidUntil(certificate) - from) / 2);
    }

    /// <summary>A time for messages.</summary>
    public static string Words(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
