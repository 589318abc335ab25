using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace StreamClips.ControlPlane.Http;

/// <summary>
/// A certificate in PEM files, read anew when they change, as after a renewal: at a handshake, and no more often than
/// every ten seconds. Where the new files cannot be used, as while only one of them is written, the old ones go on.
/// </summary>
/// <param name="certificateFile">The certificate, its chain after it.</param>
/// <param name="keyFile">Its key.</param>
/// <param name="clock">The clock.</param>
/// <param name="log">Where it is said what was read.</param>
public sealed partial class CertificateFiles(string certificateFile, string keyFile, TimeProvider clock, ILogger<CertificateFiles> log)
{
    /// <summary>The time between two looks at the files.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private SslStreamCertificateContext? _context;
    private (DateTime, DateTime) _read;
    private long _lookedAt;

    /// <summary>Why the files cannot be used; null where they can.</summary>
    public static string? Fault(string certificateFile, string keyFile)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
            return null;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            return $"TLS_CERTIFICATE_FILE '{certificateFile}' and TLS_KEY_FILE '{keyFile}' cannot be used ({e.Message.TrimEnd('.')}): give a certificate and its key in PEM, the key without a password";
        }
    }

    /// <summary>The certificate to show now.</summary>
    /// <exception cref="InvalidOperationException">The files could not be used from the start.</exception>
    public SslStreamCertificateContext Current()
    {
        lock (_lock)
        {
            if (_context is not null && clock.GetElapsedTime(_lookedAt) < Interval) return _context;
            _lookedAt = clock.GetTimestamp();
            var changed = (WrittenAt(certificateFile), WrittenAt(keyFile));
            if (_context is not null && changed == _read) return _context;
            _read = changed;
            if (Fault(certificateFile, keyFile) is { } fault)
            {
                Unusable(fault);
                return _context ?? throw new InvalidOperationException(fault);
            }

            using var leaf = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(certificateFile);
            // Through PKCS #12, as not every platform's TLS takes a key that is in memory alone. The one before may still be in a handshake.
            var usable = X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), null);
            Read(usable.Subject, usable.NotAfter.ToUniversalTime());
            return _context = SslStreamCertificateContext.Create(usable, chain, offline: true);
        }
    }

    /// <summary>When a file was written; of a link the file that it leads to, which is what a renewal exchanges.</summary>
    private static DateTime WrittenAt(string path)
    {
        try
        {
            return File.GetLastWriteTimeUtc(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
        }
        catch (IOException)
        {
            return default;
        }
    }

    [LoggerMessage(1031, LogLevel.Information, "tls.certificate: {Subject}, valid until {Until}")]
    private partial void Read(string subject, DateTime until);

    [LoggerMessage(1032, LogLevel.Warning, "tls.unusable: the certificate before goes on: {Fault}")]
    private partial void Unusable(string fault);
}
