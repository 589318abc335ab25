using Microsoft.Extensions.Logging;
using StreamClips.NodeAgent.Enrollment;
using StreamClips.Shared.Trust;

namespace StreamClips.NodeAgent.ControlLink;

/// <summary>
/// Whether this node is one, and as whom: has the identity, enrols where there is none or it is refused, and takes the renewed one.
/// The way back is always the same: a new join token in the file of JOIN_TOKEN_FILE.
/// </summary>
public sealed partial class Membership(LinkOptions options, IdentityFiles files, Enroller enroller, ILogger<Membership> logger) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Lock _writing = new();
    private CancellationTokenSource _replaced = new();
    private NodeIdentity? _current;
    private string _failedToken = "";
    private string _told = "";

    /// <summary>The identity in use; null: none yet.</summary>
    public NodeIdentity? Current
    {
        get
        {
            lock (_lock) return _current;
        }
    }

    /// <summary>Cancelled when another identity takes the place of this one.</summary>
    public CancellationToken Replaced
    {
        get
        {
            lock (_lock) return _replaced.Token;
        }
    }

    /// <summary>The identity to connect with: that of the directory, or a new one for the join token.</summary>
    /// <param name="refused">The control plane refused the present one, or is not the one that it was: a token helps, if there is one.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The identity, or why there is none and what to do.</returns>
    public async Task<(NodeIdentity? Identity, string Fault)> AdmitAsync(bool refused, CancellationToken cancellation)
    {
        string? damaged = null;
        if (Current is null)
        {
            (var kept, damaged) = files.Load();
            if (kept is not null) Use(kept);
        }

        if (Current is { } good && !refused) return (good, "");
        var (token, fault) = ReadToken();
        if (token is null) return Current is { } same ? (same, "") : (null, damaged ?? fault);
        if (Current is { } before && token.Text == _failedToken) return (before, "");
        var answer = await enroller.EnrollAsync(token, cancellation);
        if (answer.Identity is not { } identity)
        {
            if (Current is not { } old) return (null, $"this node could not enrol: {answer.Fault}");
            // Told here once; the refusal of the certificate is told with each try.
            if (answer.Fault != _told) LogNotEnrolled(logger, _told = answer.Fault);
            // What may pass, as a control plane that is being restarted, is no reason to give the token up.
            if (answer.TokenRefused) _failedToken = token.Text;
            return (old, "");
        }

        LogEnrolled(logger, options.NodeId, CertificateCheck.Words(CertificateCheck.Fingerprint(identity.Authority)), CertificateCheck.Words(CertificateCheck.ValidUntil(identity.Certificate)));
        TakeEnrolled(identity);
        return (identity, "");
    }

    /// <summary>Keeps an identity that came for a token, and takes it into use; sessions with the one before begin anew.</summary>
    /// <exception cref="IOException">The node's directory cannot be written; all is as before.</exception>
    public void TakeEnrolled(NodeIdentity identity)
    {
        // File and memory under one lock: a renewal that ends at the same time finds both changed, or neither.
        lock (_writing)
        {
            files.Save(identity);
            files.ForgetPendingKey();
            Use(identity);
        }
    }

    /// <summary>The same for one that renewed another, unless an enrolment came meanwhile, which is newer.</summary>
    /// <returns>Whether it was taken.</returns>
    /// <exception cref="IOException">The node's directory cannot be written; all is as before.</exception>
    public bool TakeRenewed(NodeIdentity identity, NodeIdentity before)
    {
        lock (_writing)
        {
            if (Current != before) return false;
            files.Save(identity);
            Use(identity);
            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _replaced.Dispose();

    private void Use(NodeIdentity identity)
    {
        CancellationTokenSource replaced;
        lock (_lock)
        {
            _current = identity;
            (replaced, _replaced) = (_replaced, new());
        }

        replaced.Cancel();
        replaced.Dispose();
    }

    private (JoinToken? Token, string Fault) ReadToken()
    {
        if (options.JoinTokenFile is not { } path)
            return (null, "this node has no certificate: give a file with a join token as JOIN_TOKEN_FILE (streamclips nodes token create)");
        try
        {
            using var file = File.OpenText(path);
            var text = new char[JoinToken.LongestText + 1];
            var length = file.ReadBlock(text);
            var (token, fault) = JoinToken.Parse(new string(text, 0, length));
            return token is null ? (null, $"JOIN_TOKEN_FILE is '{path}': {fault}") : (token, "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, $"this node has no certificate, and JOIN_TOKEN_FILE '{path}' cannot be read ({e.Message}): write a join token there (streamclips nodes token create)");
        }
    }

    [LoggerMessage(431, LogLevel.Information, "This node is {NodeId} now, by the CA with SHA-256 {Authority}; the certificate is valid until {Until} and renewed before.", EventName = "membership.enrolled")]
    private static partial void LogEnrolled(ILogger logger, string nodeId, string authority, string until);

    [LoggerMessage(432, LogLevel.Error, "The join token does not bring this node back: {Reason}", EventName = "membership.not_enrolled")]
    private static partial void LogNotEnrolled(ILogger logger, string reason);
}
