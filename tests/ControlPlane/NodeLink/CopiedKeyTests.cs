using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using StreamClips.ControlPlane.Tests.Enrollment;
using StreamClips.Shared.Contracts.V1;
using Contract = StreamClips.Shared.Contracts.V1.Enrollment;

namespace StreamClips.ControlPlane.Tests.NodeLink;

/// <summary>Certificates that are renewed, by their node and by who has a copy of its key.</summary>
[Category("Slow")]
public sealed class CopiedKeyTests : ControlPlaneFixture
{
    private X509Certificate2 _enrolled = null!;

    [SetUp]
    public async Task PrepareAsync() => _enrolled = await TestNode.EnrolledAsync(_control, at: TimeProvider.System.GetUtcNow().AddHours(-16));

    [TearDown]
    public void PutAway() => _enrolled.Dispose();

    [Test]
    public async Task With_the_first_use_of_a_renewed_certificate_copies_of_the_old_one_and_their_renewals_end()
    {
        using var stolen = await RenewAsync(_enrolled);
        using var own = await RenewAsync(_enrolled);
        await using var node = await ConnectAsync(own);

        var told = new HashSet<string>();
        foreach (var copy in (X509Certificate2[])[_enrolled, stolen])
        {
            await using var thief = FakeAgent.Dial(_control, copy);
            var end = await thief.EndAsync();
            Assert.That((end!.Value.StatusCode, await thief.PutOutAsync()), Is.EqualTo((StatusCode.Unauthenticated, "superseded")));
            Assert.That(end.Value.Detail, Does.Contain("was renewed, and the new one is in use").And.Contain("streamclips nodes token create --node node-1"));
            told.Add((await _control.GetAsync("/nodes/node-1"))["duplicate_at"]!.ToString());
        }

        Assert.That(() => RenewAsync(stolen), Throws.TypeOf<RpcException>());
        Assert.That((await _control.EventKindsAsync()).Count(k => k == "node.duplicate"), Is.EqualTo(1), "it calls every few seconds: told once");
        Assert.That(told, Has.Count.EqualTo(1), "and written once");
        Assert.That((await _control.GetAsync("/nodes/node-1"))["duplicate_host"]!.ToString(), Is.EqualTo("127.0.0.1"));
        await node.StatusAsync(1);
        await using var again = await ConnectAsync(own);
    }

    [Test]
    public async Task A_node_whose_copy_was_first_is_refused_and_told_of()
    {
        using var own = await RenewAsync(_enrolled);
        using var stolen = await RenewAsync(_enrolled);
        await using (await ConnectAsync(stolen))
        {
        }

        await using var node = FakeAgent.Dial(_control, own);

        Assert.That((await node.EndAsync())!.Value.Detail, Does.Contain("a key in strange hands"));
        Assert.That(await _control.EventKindsAsync(), Has.Member("node.duplicate"));
    }

    [Test]
    public async Task A_renewal_whose_answer_was_lost_hinders_nobody_and_the_old_certificate_serves_until_the_new_one_is_used()
    {
        using var lost = await RenewAsync(_enrolled);
        await using (await ConnectAsync(_enrolled))
        {
        }

        using var second = await RenewAsync(_enrolled);
        await using var node = await ConnectAsync(second);

        Assert.That(await _control.ScalarAsync<long>("select count(*) from node_certificate where revoked_at is null"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_session_that_begins_late_with_the_old_certificate_does_not_end_the_new_one()
    {
        using var first = await RenewAsync(_enrolled);
        using var second = await TestNode.EnrolledAsync(_control);
        await _control.ExecuteAsync("update node_certificate set renews = @first, family = @enrolled where serial = @second",
            new { first = first.SerialNumber, enrolled = _enrolled.SerialNumber, second = second.SerialNumber });

        await using (await ConnectAsync(first))
        {
        }

        await using var node = await ConnectAsync(second);
    }

    private async Task<FakeAgent> ConnectAsync(X509Certificate2 certificate)
    {
        var agent = FakeAgent.Dial(_control, certificate);
        await agent.SayAsync(FakeAgent.Hello("node-1"));
        await agent.HearAsync(m => m.Welcome);
        return agent;
    }

    private async Task<X509Certificate2> RenewAsync(X509Certificate2 with)
    {
        using var key = TestNode.Key();
        using var channel = TestNode.Channel(_control, with);
        var answer = await new Contract.EnrollmentClient(channel).RenewAsync(new RenewRequest { SigningRequest = ByteString.CopyFrom(TestNode.SigningRequest(key)) });
        using var bare = X509CertificateLoader.LoadCertificate(answer.Certificate.ToByteArray());
        return bare.CopyWithPrivateKey(key);
    }
}
