using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Encodings.Web;
using Grpc.Core;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Enrollment;
using StreamClips.ControlPlane.Nodes;
using StreamClips.Shared.Trust;

namespace StreamClips.ControlPlane.NodeLink;

/// <summary>The node behind a call, as its certificate says.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Serial">The certificate's serial number.</param>
/// <param name="ValidUntil">When the certificate ends.</param>
public sealed record CallingNode(string Node, string Serial, DateTimeOffset ValidUntil)
{
    private const string ValidUntilClaim = "valid_until";

    /// <summary>The node behind a request that the scheme has let in.</summary>
    public static CallingNode Of(HttpContext context)
    {
        var user = context.User;
        return new(user.FindFirstValue(ClaimTypes.NameIdentifier)!, user.FindFirstValue(ClaimTypes.SerialNumber)!,
            DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(user.FindFirstValue(ValidUntilClaim)!, CultureInfo.InvariantCulture)));
    }

    /// <summary>As claims.</summary>
    public ClaimsIdentity ToIdentity(string scheme) => new(
        [
            new Claim(ClaimTypes.NameIdentifier, Node), new Claim(ClaimTypes.SerialNumber, Serial),
            new Claim(ValidUntilClaim, ValidUntil.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)),
        ], scheme);
}

/// <summary>Lets a call in that came with a certificate of our CA for a node that may still speak. Each refusal says what to do.</summary>
public sealed partial class NodeCertificateAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> schemeOptions, ILoggerFactory logger, UrlEncoder encoder, AuthorityService authority, NodeTrustStore trust, TimeProvider clock)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemeOptions, logger, encoder)
{
    /// <summary>Name of the scheme and of the policy that asks for it.</summary>
    public const string SchemeName = "node";

    private const int Unauthenticated = 16;
    private const int Unavailable = 14;
    private string _refusal = "this call wants a node's certificate: enrol with a join token first";
    private int _status = Unauthenticated;
    private NodeStanding _standing = NodeStanding.Good;

    /// <inheritdoc/>
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Context.Connection.ClientCertificate is not { } certificate) return AuthenticateResult.NoResult();
        string? node;
        try
        {
            node = NodeName.Of(certificate);
            if (Fault(certificate, node) is { } fault) return Refuse(node, fault);
        }
        catch (CryptographicException)
        {
            // TLS takes whatever anybody shows.
            return Refuse(node: null, "the certificate cannot be read, and is not a node's: enrol with a join token");
        }

        try
        {
            _standing = await trust.StandingAsync(certificate.SerialNumber, Context.RequestAborted);
            if (_standing == NodeStanding.Superseded) await trust.TellCopyAsync(node!, Address, Context.RequestAborted);
            if (Words(_standing, node!) is { } bad) return Refuse(node, bad);
        }
        catch (Exception e) when (DatabaseFault.IsUnavailable(e))
        {
            _status = Unavailable;
            return Refuse(node, "the control plane's database does not answer: connect again in a moment");
        }

        var caller = new CallingNode(node!, certificate.SerialNumber, CertificateCheck.ValidUntil(certificate));
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(caller.ToIdentity(SchemeName)), SchemeName));
    }

    /// <summary>Answers as gRPC does, so that the agent reads the reason (gRPC over HTTP2, Trailers-Only).</summary>
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status200OK;
        Response.ContentType = "application/grpc";
        Response.Headers["grpc-status"] = $"{_status}";
        Response.Headers["grpc-message"] = _refusal;
        if (PutOutWord(_standing) is { } word) Response.Headers[PutOut.Trailer] = word;
        return Task.CompletedTask;
    }

    /// <summary>The refusal of a node of this standing, which also tells its agent whether it is put out; null: it is not refused.</summary>
    public static RpcException? Refusal(NodeStanding standing, string node) => Words(standing, node) is { } bad
        ? new RpcException(new Status(StatusCode.Unauthenticated, bad), PutOutWord(standing) is { } word ? new Metadata { { PutOut.Trailer, word } } : Metadata.Empty)
        : null;

    /// <summary>Why a node of this standing is refused; null: it is not.</summary>
    private static string? Words(NodeStanding standing, string node) => standing switch
    {
        NodeStanding.Good => null,
        NodeStanding.Unknown => "the control plane does not know this certificate (its database may be an older copy): " + Again(node),
        NodeStanding.Retired => $"node '{node}' was retired: to bring it back, " + Again(node),
        NodeStanding.Superseded => $"this certificate of node '{node}' was renewed, and the new one is in use: a copied directory, an old backup, or a key in strange hands. "
            + $"Give this agent an INSTANCE_ID, a NODE_DIRECTORY and a join token of its own; to put it in the place of the other, {Again(node)}",
        _ => $"the certificate of node '{node}' was revoked: " + Again(node),
    };

    /// <summary>What to do where a certificate is of no use any more.</summary>
    public static string Again(string node) => $"enrol it again with a join token: streamclips nodes token create --node {node}";

    private static string? PutOutWord(NodeStanding standing) => standing switch
    {
        NodeStanding.Revoked => "revoked",
        NodeStanding.Retired => "retired",
        NodeStanding.Superseded => "superseded",
        // A database that was put back to an older copy may not know the certificate: no reason to end what runs.
        _ => null,
    };

    private string Address => Context.Connection.RemoteIpAddress?.ToString() ?? "?";

    private string? Fault(X509Certificate2 certificate, string? node)
    {
        var now = clock.GetUtcNow();
        return CertificateCheck.Of(certificate, authority.Authority.Certificate, Purpose.Client, now) switch
        {
            CertificateFault.None when node is not null => null,
            CertificateFault.Expired => $"the certificate ended at {CertificateCheck.Words(CertificateCheck.ValidUntil(certificate))}, and it is {CertificateCheck.Words(now)} here: "
                + (node is null ? "get another" : Again(node)),
            CertificateFault.NotYetValid => $"the certificate is valid from {CertificateCheck.Words(CertificateCheck.ValidFrom(certificate))}, and it is {CertificateCheck.Words(now)} here: set the clock of the control plane's machine",
            CertificateFault.OtherAuthority => "the certificate is of another CA than this control plane's: " + (node is null ? "enrol with a join token" : Again(node)),
            _ => "the certificate is not a node's: enrol with a join token",
        };
    }

    private AuthenticateResult Refuse(string? node, string why)
    {
        _refusal = why;
        Refused(Logger, node ?? "?", Address, why);
        return AuthenticateResult.Fail(why);
    }

    [LoggerMessage(1411, LogLevel.Warning, "node.refused: {Node} from {Address}: {Reason}")]
    private static partial void Refused(ILogger log, string node, string address, string reason);
}
