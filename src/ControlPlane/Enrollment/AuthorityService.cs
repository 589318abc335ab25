using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using StreamClips.ControlPlane.Secrets;
using StreamClips.Shared.Trust;

namespace StreamClips.ControlPlane.Enrollment;

/// <summary>
/// Has the CA, from before the first connection on: takes it from the database, or makes it there. And the certificate of the
/// port that nodes dial, which this replica gives itself, anew when two thirds of its life are over.
/// </summary>
public sealed partial class AuthorityService(AuthorityStore store, ControlPlaneOptions options, TimeProvider clock, ILogger<AuthorityService> log) : IHostedService, IDisposable
{
    /// <summary>How long the port's certificate lives.</summary>
    public static readonly TimeSpan ServerLife = TimeSpan.FromDays(30);

    private readonly Lock _lock = new();
    private Authority? _authority;
    private X509Certificate2? _server;
    private SslStreamCertificateContext? _context;

    /// <summary>The CA.</summary>
    public Authority Authority => _authority ?? throw new InvalidOperationException("the CA is there once the program has started");

    /// <summary>The certificate to show now.</summary>
    public SslStreamCertificateContext ServerCertificate()
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            if (_context is not null && now >= CertificateCheck.ValidFrom(_server!) && now < CertificateCheck.RenewAt(_server!)) return _context;
            // The old one may still be in a handshake: it is left to the collector.
            _server = Authority.IssueServer(options.GrpcNames, now, ServerLife);
            ServerRenewed(string.Join(", ", options.GrpcNames), CertificateCheck.Words(CertificateCheck.ValidUntil(_server)));
            return _context = SslStreamCertificateContext.Create(_server, [Authority.Certificate], offline: true);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="StartupException">The secret is not the one that the CA's key was sealed with.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var secret = SecretKey.Of(options);
        if (await store.FindAsync(cancellationToken) is null)
        {
            var now = clock.GetUtcNow();
            using var made = Authority.Make(now);
            await store.AddAsync(new AuthorityRow { Certificate = made.Certificate.RawData, SealedKey = made.Seal(secret) }, now, cancellationToken);
        }

        var row = (await store.FindAsync(cancellationToken))!;
        _authority = Authority.Open(row.Certificate, row.SealedKey, secret) ?? await ResealAsync(row, secret, cancellationToken) ?? throw new StartupException(
            "SECRET_KEY is not the one that this database's CA key was sealed with: give that one (where none was given, it is in the file secret-key of the data directory), "
            + "or beside the new one as SECRET_KEY_OLD. "
            + "If it is lost: `delete from authority` in the database makes a new CA at the next start, and every node has to enrol again with a join token");
        Ready(CertificateCheck.Words(_authority.Fingerprint));
    }

    /// <summary>
    /// Opens what the secret before sealed, and seals it anew. There is no number of the key in the box: the cipher's tag
    /// says whether a key is the one. Replicas that start together do it once.
    /// </summary>
    /// <returns>Null where the secret before is not given, or not the one.</returns>
    private async Task<Authority?> ResealAsync(AuthorityRow row, SecretKey secret, CancellationToken cancellation)
    {
        if (SecretKey.OldOf(options) is not { } old || Authority.Open(row.Certificate, row.SealedKey, old) is not { } authority) return null;
        if (await store.ReplaceAsync(row.SealedKey, authority.Seal(secret), cancellation)) Resealed();
        return authority;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        _authority?.Dispose();
        _server?.Dispose();
    }

    [LoggerMessage(1501, LogLevel.Information, "authority.ready: nodes know this control plane by the CA with SHA-256 {Fingerprint}")]
    private partial void Ready(string fingerprint);

    [LoggerMessage(1503, LogLevel.Information, "authority.resealed: the CA's key is sealed with the new SECRET_KEY; SECRET_KEY_OLD is no longer needed")]
    private partial void Resealed();

    [LoggerMessage(1502, LogLevel.Information, "authority.server_certificate: for {Names}, valid until {Until}")]
    private partial void ServerRenewed(string names, string until);
}
