using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Enrollment;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Trust;
using Contract = StreamClips.Shared.Contracts.V1.Enrollment;

namespace StreamClips.ControlPlane.NodeLink;

/// <summary>Where servers become nodes: shows the CA, gives certificates for join tokens, and renews them.</summary>
public sealed partial class EnrollmentService(
    AuthorityService authority, EnrollmentStore enrollments, EnrollmentThrottle throttle, ControlPlaneOptions options, TimeProvider clock, ILogger<EnrollmentService> log) : Contract.EnrollmentBase
{
    private const int LongestHostName = 255;

    /// <inheritdoc/>
    [AllowAnonymous]
    public override Task<AuthorityAnswer> GetAuthority(AuthorityRequest request, ServerCallContext context) => Task.FromResult(new AuthorityAnswer
    {
        Certificate = ByteString.CopyFrom(authority.Authority.Certificate.RawData),
        NowMs = clock.GetUtcNow().ToUnixTimeMilliseconds(),
    });

    /// <inheritdoc/>
    [AllowAnonymous]
    public override async Task<NodeCertificate> Enroll(EnrollRequest request, ServerCallContext context)
    {
        // The database is not for whoever calls a thousand times.
        if (throttle.Take(context.GetHttpContext().Connection.RemoteIpAddress) is { } wait)
            throw new RpcException(new Status(StatusCode.ResourceExhausted, $"too many enrolments are asked for from this address: try again in {Math.Ceiling(wait.TotalSeconds):0} s"));
        var faults = new List<string>();
        var (token, tokenFault) = JoinToken.Parse(request.Token);
        if (token is null) faults.Add(tokenFault);
        if (!NodeName.IsValid(request.NodeId)) faults.Add($"node_id is '{request.NodeId}': give 1 to 63 of a-z, 0-9 and '-'");
        if (request.HostName.Length is 0 or > LongestHostName || request.HostName.Any(char.IsControl)) faults.Add($"host_name has {request.HostName.Length} characters: give 1 to {LongestHostName} plain ones");
        var (signing, signingFault) = SigningRequest.Parse(request.SigningRequest.Span);
        if (signing is null) faults.Add(signingFault);
        if (faults.Count > 0) throw new RpcException(new Status(StatusCode.InvalidArgument, string.Join("; ", faults)));
        if (!token!.Authority.AsSpan().SequenceEqual(authority.Authority.Fingerprint))
            throw Refuse(request.NodeId, context, StatusCode.Unauthenticated, "the join token is of another control plane, or of this one's former CA: make another: streamclips nodes token create");
        var outcome = await GuardedAsync(() => enrollments.EnrollAsync(token.Hash, Applicant(request.NodeId, signing!, request.HostName, context), () => Issue(request.NodeId, signing!), context.CancellationToken));
        switch (outcome)
        {
            case EnrollmentOutcome.Done done:
                Enrolled(request.NodeId, request.HostName, Address(context));
                return Answer(done.Certificate);
            case EnrollmentOutcome.BadToken bad: throw Refuse(request.NodeId, context, StatusCode.Unauthenticated, bad.Reason);
            case EnrollmentOutcome.Taken taken: throw Refuse(request.NodeId, context, StatusCode.AlreadyExists, taken.Reason);
            default: throw new InvalidOperationException($"{outcome} is no outcome");
        }
    }

    /// <inheritdoc/>
    [Authorize(NodeCertificateAuthentication.SchemeName)]
    public override async Task<NodeCertificate> Renew(RenewRequest request, ServerCallContext context)
    {
        var caller = CallingNode.Of(context.GetHttpContext());
        var (signing, fault) = SigningRequest.Parse(request.SigningRequest.Span);
        if (signing is null) throw new RpcException(new Status(StatusCode.InvalidArgument, fault));
        // A bound for who has a copied key, and for the rows of a node.
        var from = CertificateCheck.RenewableFrom(context.GetHttpContext().Connection.ClientCertificate!);
        if (clock.GetUtcNow() < from)
            throw Refuse(caller.Node, context, StatusCode.FailedPrecondition, $"the certificate is renewed from {CertificateCheck.Words(from)} on, and it is {CertificateCheck.Words(clock.GetUtcNow())} here");
        var issued = Issue(caller.Node, signing);
        if (!await GuardedAsync(() => enrollments.RenewAsync(caller.Serial, Applicant(caller.Node, signing, caller.Node, context), issued, context.CancellationToken)))
            throw Refuse(caller.Node, context, StatusCode.Unauthenticated, "the certificate was revoked meanwhile, or the new key was used before: " + NodeCertificateAuthentication.Again(caller.Node));
        Renewed(caller.Node, CertificateCheck.Words(issued.ExpiresAt));
        return Answer(issued.Der);
    }

    private static async Task<T> GuardedAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (DatabaseFault.IsUnavailable(e))
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "the control plane's database does not answer: try again in a moment"));
        }
    }

    private static Applicant Applicant(string node, SigningRequest signing, string host, ServerCallContext context) =>
        new(node, signing.KeyHash, PostgresText.Clean(host, LongestHostName), Address(context));

    private static string Address(ServerCallContext context) => context.GetHttpContext().Connection.RemoteIpAddress?.ToString() ?? "unknown";

    private IssuedCertificate Issue(string node, SigningRequest signing)
    {
        using X509Certificate2 certificate = authority.Authority.IssueNode(node, signing.Key, clock.GetUtcNow(), options.NodeCertificateLife);
        return new(certificate.SerialNumber, certificate.RawData, CertificateCheck.ValidUntil(certificate));
    }

    private NodeCertificate Answer(byte[] certificate) => new()
    {
        Certificate = ByteString.CopyFrom(certificate),
        Authority = ByteString.CopyFrom(authority.Authority.Certificate.RawData),
    };

    private RpcException Refuse(string node, ServerCallContext context, StatusCode code, string why)
    {
        Refused(node, Address(context), why);
        return new RpcException(new Status(code, why));
    }

    [LoggerMessage(1421, LogLevel.Information, "node.enrolled: {Node} on host {Host} from {Address}")]
    private partial void Enrolled(string node, string host, string address);

    [LoggerMessage(1422, LogLevel.Information, "node.renewed: {Node} has a new certificate until {Until}")]
    private partial void Renewed(string node, string until);

    [LoggerMessage(1423, LogLevel.Warning, "node.enrolment_refused: {Node} from {Address}: {Reason}")]
    private partial void Refused(string node, string address, string reason);
}
