using System.Net;
using Grpc.Core;
using StreamClips.ControlPlane.Assignments;
using StreamClips.ControlPlane.Enrollment;
using StreamClips.ControlPlane.Tests.Enrollment;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.NodeLink;

/// <summary>Who may hold a session, and whom it is taken from.</summary>
[Category("Slow")]
public sealed class TrustTests : ControlPlaneFixture
{
    [Test]
    public async Task A_node_speaks_only_in_its_own_name()
    {
        await using var agent = await FakeAgent.DialAsync(_control, "node-1");
        await agent.SayAsync(FakeAgent.Hello("node-2"));

        var end = await agent.EndAsync();

        Assert.That(end!.Value.StatusCode, Is.EqualTo(StatusCode.PermissionDenied));
        Assert.That(end.Value.Detail, Does.Contain("the certificate is of node 'node-1', which may not speak for 'node-2'"));
    }

    [Test]
    public async Task A_revoked_node_loses_its_session_at_once_and_gets_none_again()
    {
        using var certificate = await TestNode.EnrolledAsync(_control);
        await using var agent = FakeAgent.Dial(_control, certificate);
        await agent.SayAsync(FakeAgent.Hello("node-1"));
        await agent.HearAsync(m => m.Welcome);

        using var answer = await _control.Http.PostAsync("/nodes/node-1/revoke", null);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));

        var end = await agent.EndAsync();
        Assert.That(end!.Value.StatusCode, Is.EqualTo(StatusCode.Unauthenticated));
        Assert.That(end.Value.Detail, Does.Contain("was revoked").And.Contain("nodes token create --node node-1"));
        await using var again = FakeAgent.Dial(_control, certificate);
        Assert.That((await again.EndAsync())!.Value.Detail, Does.Contain("was revoked"));
        Assert.That((await _control.GetAsync("/nodes/node-1"))["state"]!.ToString(), Is.EqualTo("revoked"));
        Assert.That(await _control.EventKindsAsync(), Has.Member("node.revoked"));
        Assert.That((await _control.Http.PostAsync("/nodes/nobody/revoke", null)).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task A_retired_node_hears_that_it_shall_run_nothing_and_its_channels_move()
    {
        var (agent, assignment, revision) = await _control.RunningAsync("alpha");
        await using var closing = agent;
        await using var other = await FakeAgent.ConnectAsync(_control, "node-2", boot: "boot-2");

        await _control.Http.PostAsync("/nodes/node-1/retire", null);

        var moved = await other.DesiredAsync(d => d.Assignments.Count == 1);
        Assert.That((moved.Assignments[0].StreamerId, moved.Assignments[0].Epoch), Is.EqualTo((assignment.StreamerId, 2L)));
        await agent.DesiredAsync(d => d.Revision > revision && d.Assignments.Count == 0);
        Assert.That((await agent.EndAsync())!.Value.Detail, Does.Contain("was retired"));
    }

    [Test]
    public async Task A_certificate_that_ended_is_told_with_both_times()
    {
        using var certificate = await TestNode.EnrolledAsync(_control, life: TimeSpan.FromHours(1), at: TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(2));
        await using var agent = FakeAgent.Dial(_control, certificate);

        var end = await agent.EndAsync();

        Assert.That(end!.Value.StatusCode, Is.EqualTo(StatusCode.Unauthenticated));
        Assert.That(end.Value.Detail, Does.Contain("the certificate ended at").And.Contain("here: enrol it again with a join token"));
    }

    [Test]
    public async Task A_session_ends_with_its_certificate()
    {
        await _control.DisposeAsync();
        var clock = new ManualClock(TimeProvider.System.GetUtcNow());
        _control = await TestControlPlane.StartAsync(clock: clock);
        using var certificate = await TestNode.EnrolledAsync(_control, life: TimeSpan.FromSeconds(8), at: clock.GetUtcNow());
        await using var agent = FakeAgent.Dial(_control, certificate);
        await agent.SayAsync(FakeAgent.Hello("node-1"));
        await agent.HearAsync(m => m.Welcome);

        var end = agent.EndAsync();
        await TurnAsync(clock, end);

        Assert.That((await end)!.Value.Detail, Does.Contain("the certificate of node 'node-1' ended"));
    }

    [Test]
    public async Task A_retired_node_is_kept_until_it_was_told_however_long_the_planning_takes()
    {
        await _control.DisposeAsync();
        var clock = new ManualClock(TimeProvider.System.GetUtcNow());
        _control = await TestControlPlane.StartAsync(clock: clock);
        var (agent, _, revision) = await _control.RunningAsync("alpha");
        await using var closing = agent;
        await using var other = await FakeAgent.ConnectAsync(_control, "node-2", boot: "boot-2");
        await using var connection = new Npgsql.NpgsqlConnection(_control.Connection + ";Pooling=false");
        await connection.OpenAsync();
        await using var planning = await connection.BeginTransactionAsync();
        await using (var held = new Npgsql.NpgsqlCommand($"select pg_advisory_xact_lock({AssignmentStore.PlannerLock})", connection, planning)) await held.ExecuteNonQueryAsync();

        await _control.Http.PostAsync("/nodes/node-1/retire", null);
        for (var i = 0; i < 5; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        }

        await planning.CommitAsync();
        await agent.DesiredAsync(d => d.Revision > revision && d.Assignments.Count == 0);
        var end = agent.EndAsync();
        await TurnAsync(clock, end);
        Assert.That((await end)!.Value.Detail, Does.Contain("was retired"));
    }

    [Test]
    public async Task A_certificate_of_another_CA_or_that_nobody_wrote_down_lets_nobody_in()
    {
        using var strangers = Authority.Make(TimeProvider.System.GetUtcNow());
        using var key = TestNode.Key();
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=x", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        using var foreign = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.CopyWithPrivateKey(
            strangers.IssueNode("node-1", request.PublicKey, TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(1)), key);
        await using (var agent = FakeAgent.Dial(_control, foreign)) Assert.That((await agent.EndAsync())!.Value.Detail, Does.Contain("of another CA"));

        using var forgotten = await TestNode.EnrolledAsync(_control);
        await _control.ExecuteAsync("delete from node_certificate");
        await using var unknown = FakeAgent.Dial(_control, forgotten);
        Assert.That((await unknown.EndAsync())!.Value.Detail, Does.Contain("does not know this certificate"));

        using var server = _control.Get<AuthorityService>().Authority.IssueServer(["localhost"], TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(1));
        await using var swapped = FakeAgent.Dial(_control, server);
        Assert.That((await swapped.EndAsync())!.Value.Detail, Does.Contain("not a node's"), "the port's own certificate makes no node");
    }

    [Test]
    public async Task A_certificate_that_cannot_be_read_is_refused_as_no_nodes()
    {
        using var key = TestNode.Key();
        // A common name with what its type cannot hold: SEQUENCE { SET { SEQUENCE { OID 2.5.4.3, PrintableString "**" } } }
        var subject = new System.Security.Cryptography.X509Certificates.X500DistinguishedName(Convert.FromHexString("300D310B3009060355040313022A2A"));
        var now = TimeProvider.System.GetUtcNow();
        using var odd = new System.Security.Cryptography.X509Certificates.CertificateRequest(subject, key, System.Security.Cryptography.HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        await using var agent = FakeAgent.Dial(_control, odd);

        var end = await agent.EndAsync();

        Assert.That((end!.Value.StatusCode, end.Value.Detail), Is.EqualTo((StatusCode.Unauthenticated, "the certificate cannot be read, and is not a node's: enrol with a join token")));
    }

    /// <summary>Lets time pass until something is done.</summary>
    private static async Task TurnAsync(ManualClock clock, Task until)
    {
        while (!until.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    [Test]
    public async Task A_copied_key_is_refused_while_its_node_is_connected_and_both_are_told_of()
    {
        using var certificate = await TestNode.EnrolledAsync(_control);
        await using var first = FakeAgent.Dial(_control, certificate);
        await first.SayAsync(FakeAgent.Hello("node-1", agent: "first"));
        await first.HearAsync(m => m.Welcome);
        await _control.ExecuteAsync("update node set last_seen_at = now() + interval '1 hour'"); // its session is live, however slow the machine

        for (var tries = 0; tries < 2; tries++)
        {
            await using var copy = FakeAgent.Dial(_control, certificate);
            await copy.SayAsync(FakeAgent.Hello("node-1", agent: "copy")); // of the same boot: a copied directory on the same machine
            var end = await copy.EndAsync();
            Assert.That(end!.Value.StatusCode, Is.EqualTo(StatusCode.AlreadyExists));
            Assert.That(end.Value.Detail, Does.Contain("another agent, on host 'host'").And.Contain("nodes revoke node-1"));
        }

        Assert.That((await _control.EventKindsAsync()).Count(k => k == "node.duplicate"), Is.EqualTo(1), "it calls every few seconds: told once");
        Assert.That((await _control.GetAsync("/nodes/node-1"))["duplicate_host"]!.ToString(), Is.EqualTo("host"));
        Assert.That(await _control.Http.GetStringAsync("/app/nodes"), Does.Contain("another agent, on host host, used this node"));

        await using var restarted = FakeAgent.Dial(_control, certificate);
        await restarted.SayAsync(FakeAgent.Hello("node-1", agent: "first"));
        await restarted.HearAsync(m => m.Welcome);
    }
}
