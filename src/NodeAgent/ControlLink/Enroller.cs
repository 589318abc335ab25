using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using StreamClips.NodeAgent.Enrollment;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Trust;

namespace StreamClips.NodeAgent.ControlLink;

/// <summary>What came of asking for a certificate.</summary>
/// <param name="Identity">The identity; null: none was given.</param>
/// <param name="Fault">Why not, and what to do.</param>
/// <param name="TokenRefused">Asking again with the same token is no use. Where it is not set, the fault may pass.</param>
public sealed record Enrolment(NodeIdentity? Identity, string Fault, bool TokenRefused = false);

/// <summary>Gets certificates from the control plane: the first one for a join token, the next ones for the one before.</summary>
public sealed class Enroller(LinkOptions options, ControlPlaneAddresses addresses, IdentityFiles files, TimeProvider clock)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>A clock that is off by more would make certificates seem not yet valid, or ended.</summary>
    private static readonly TimeSpan MostSkew = TimeSpan.FromMinutes(5);

    /// <summary>Enrols: learns the CA and compares it with the token, then shows the token and a new key to it alone.</summary>
    /// <returns>The identity, which is not kept yet, or why there is none and what to do.</returns>
    /// <exception cref="IOException">The node's directory cannot be written.</exception>
    public Task<Enrolment> EnrollAsync(JoinToken token, CancellationToken cancellation) => EnrollAsync(addresses.Current, token, cancellation);

    private Task<Enrolment> EnrollAsync(Uri address, JoinToken token, CancellationToken cancellation) => GuardAsync(address, judge: null, async () =>
    {
        var (authority, no) = await AuthorityAsync(address, token, cancellation);
        if (authority is null) return no;
        var judge = new ServerJudge(authority, address.IdnHost, clock);
        return await GuardAsync(address, judge, async () =>
        {
            using var channel = LinkChannel.Open(options, address, identity: null, judge);
            using var key = files.PendingKey();
            var request = new EnrollRequest { Token = token.Text, NodeId = options.NodeId, HostName = Environment.MachineName, SigningRequest = SigningRequest(key) };
            var answer = await new Shared.Contracts.V1.Enrollment.EnrollmentClient(channel.Channel).EnrollAsync(request, CallFor(cancellation));
            return Read(answer, authority, key);
        }, cancellation);
    }, cancellation);

    /// <summary>Gets a new certificate for a new key.</summary>
    /// <returns>The identity, which is not kept yet, or why there is none.</returns>
    public Task<Enrolment> RenewAsync(NodeIdentity identity, CancellationToken cancellation)
    {
        var address = addresses.Current;
        var judge = new ServerJudge(identity.Authority, address.IdnHost, clock);
        return GuardAsync(address, judge, async () =>
        {
            using var channel = LinkChannel.Open(options, address, identity, judge);
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var answer = await new Shared.Contracts.V1.Enrollment.EnrollmentClient(channel.Channel)
                .RenewAsync(new RenewRequest { SigningRequest = SigningRequest(key) }, CallFor(cancellation));
            return Read(answer, identity.Authority, key);
        }, cancellation);
    }

    private async Task<(X509Certificate2? Authority, Enrolment No)> AuthorityAsync(Uri address, JoinToken token, CancellationToken cancellation)
    {
        using var channel = LinkChannel.OpenUnverified(options, address);
        var answer = await new Shared.Contracts.V1.Enrollment.EnrollmentClient(channel.Channel).GetAuthorityAsync(new AuthorityRequest(), CallFor(cancellation));
        var shown = SHA256.HashData(answer.Certificate.Span);
        if (!shown.AsSpan().SequenceEqual(token.Authority))
        {
            return (null, new(null, $"what answers at {address} has the CA with SHA-256 {CertificateCheck.Words(shown)}, and the join token is for {CertificateCheck.Words(token.Authority)}: "
                + "check CONTROL_PLANE_URL, and make the token on that control plane. The token was not sent", TokenRefused: addresses.Count == 1));
        }

        var behind = DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(answer.NowMs, 0, 253402300799999)) - clock.GetUtcNow();
        return behind.Duration() > MostSkew
            ? (null, new(null, $"this machine's clock is {behind.Duration().TotalMinutes:0} minutes {(behind > TimeSpan.Zero ? "behind" : "ahead of")} the control plane's: set it (timedatectl set-ntp true). The token was not sent"))
            : (X509CertificateLoader.LoadCertificate(answer.Certificate.ToByteArray()), new(null, ""));
    }

    private Enrolment Read(NodeCertificate answer, X509Certificate2 authority, ECDsa key)
    {
        var (identity, fault) = NodeIdentity.Of(answer.Certificate.ToByteArray(), authority, key, options.NodeId, clock.GetUtcNow());
        return new(identity, fault);
    }

    private ByteString SigningRequest(ECDsa key) =>
        ByteString.CopyFrom(new CertificateRequest(NodeName.Subject(options.NodeId), key, HashAlgorithmName.SHA256).CreateSigningRequest());

    private CallOptions CallFor(CancellationToken cancellation) => new(deadline: clock.GetUtcNow().UtcDateTime + Deadline, cancellationToken: cancellation);

    private async Task<Enrolment> GuardAsync(Uri address, ServerJudge? judge, Func<Task<Enrolment>> work, CancellationToken cancellation)
    {
        try
        {
            return await work();
        }
        catch (RpcException) when (cancellation.IsCancellationRequested)
        {
            // The agent is stopping, which is no fault of a loop.
            throw new OperationCanceledException(cancellation);
        }
        catch (RpcException e)
        {
            if (judge?.Fault is { } fault) return new(null, fault);
            return e.StatusCode is StatusCode.Unavailable or StatusCode.Internal or StatusCode.DeadlineExceeded
                ? new(null, $"the control plane at {address} does not answer ({e.Status.Detail})")
                : new(null, e.Status.Detail, TokenRefused: e.StatusCode is StatusCode.Unauthenticated or StatusCode.AlreadyExists or StatusCode.InvalidArgument);
        }
        catch (CryptographicException e)
        {
            return new(null, $"what {address} answered cannot be read: {e.Message}");
        }
    }
}
