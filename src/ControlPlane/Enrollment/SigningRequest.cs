using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace StreamClips.ControlPlane.Enrollment;

/// <summary>A node's request for a certificate (PKCS #10, RFC 2986). Only its key is believed, and only where the request is signed with it.</summary>
/// <param name="Key">The public key.</param>
/// <param name="KeyHash">SHA-256 of the key as certificates carry it.</param>
public sealed record SigningRequest(PublicKey Key, byte[] KeyHash)
{
    /// <summary>Longest request that is read, in bytes; one of P-256 has some 250.</summary>
    public const int LongestBytes = 4096;

    private const string Remedy = "send a PKCS #10 request in DER form for an ECDSA key on P-256, signed with that key";
    private const string EcPublicKey = "1.2.840.10045.2.1";
    private const string P256 = "1.2.840.10045.3.1.7";

    /// <summary>Reads one.</summary>
    /// <returns>The request, or what is wrong and what to send.</returns>
    public static (SigningRequest? Request, string Fault) Parse(ReadOnlySpan<byte> der)
    {
        if (der.Length is 0 or > LongestBytes) return (null, $"signing_request has {der.Length} bytes: {Remedy}");
        try
        {
            var request = CertificateRequest.LoadSigningRequest(der.ToArray(), HashAlgorithmName.SHA256, out var read, CertificateRequestLoadOptions.Default);
            if (read != der.Length) return (null, $"signing_request has {der.Length - read} bytes too many: {Remedy}");
            if (request.PublicKey.Oid.Value != EcPublicKey) return (null, $"signing_request is for a key of another kind ({request.PublicKey.Oid.Value}): {Remedy}");
            using var key = request.PublicKey.GetECDsaPublicKey();
            if (key?.ExportParameters(includePrivateParameters: false).Curve.Oid.Value != P256) return (null, $"signing_request is for a key on another curve: {Remedy}");
            return (new(request.PublicKey, SHA256.HashData(request.PublicKey.ExportSubjectPublicKeyInfo())), "");
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or NotSupportedException or PlatformNotSupportedException)
        {
            return (null, $"signing_request cannot be read: {Remedy}");
        }
    }
}
