using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using StreamClips.ControlPlane.Enrollment;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Trust;
using StreamClips.Testing;
using Contract = StreamClips.Shared.Contracts.V1.Enrollment;

namespace StreamClips.ControlPlane.Tests.Enrollment;

/// <summary>Join tokens, and the certificates that they are good for, over real TLS and a real database.</summary>
[Category("Slow")]
public sealed class EnrollmentTests : ControlPlaneFixture
{
    [Test]
    public async Task A_token_makes_a_node_once_and_is_listed_with_who_used_it()
    {
        var token = await _control.JoinTokenAsync();
        using var key = TestNode.Key();
        using var certificate = X509CertificateLoader.LoadCertificate((await EnrollAsync(token, key)).Certificate.ToByteArray());

        Assert.That(NodeName.Of(certificate), Is.EqualTo("node-1"));
        Assert.That(certificate.PublicKey.ExportSubjectPublicKeyInfo(), Is.EqualTo(key.ExportSubjectPublicKeyInfo()));
        Assert.That(CertificateCheck.Of(certificate, _control.Get<AuthorityService>().Authority.Certificate, Purpose.Client, TimeProvider.System.GetUtcNow()), Is.EqualTo(CertificateFault.None));
        var listed = (await _control.GetAsync("/tokens/join"))["items"]![0]!;
        Assert.That((listed["state"]!.ToString(), listed["used"]!.GetValue<int>(), listed["created_by"]!.ToString()), Is.EqualTo(("used_up", 1, "admin")));
        Assert.That((listed["used_by"]![0]!["node_id"]!.ToString(), listed["used_by"]![0]!["host_name"]!.ToString()), Is.EqualTo(("node-1", "some-host")));
        Assert.That(listed.ToJsonString(), Does.Not.Contain(token), "it is shown once");
        Assert.That(await _control.ScalarAsync<long>("select count(*) from join_token where position(@secret::bytea in secret_hash) > 0", new { secret = JoinToken.Parse(token).Token!.Authority }), Is.Zero);

        var again = await RefusedAsync(() => EnrollAsync(token, TestNode.Key(), "node-2"));
        Assert.That((again.StatusCode, again.Detail), Is.EqualTo((StatusCode.Unauthenticated, "the join token is used up (1 of 1): make another: streamclips nodes token create")));
    }

    [Test]
    public async Task An_answer_that_was_lost_is_given_again_for_the_same_key_and_burns_no_use()
    {
        var token = await _control.JoinTokenAsync(uses: 2);
        using var key = TestNode.Key();

        var first = await EnrollAsync(token, key);
        var second = await EnrollAsync(token, key);

        Assert.That(second.Certificate, Is.EqualTo(first.Certificate));
        Assert.That(await _control.ScalarAsync<int>("select used from join_token"), Is.EqualTo(1));
        Assert.That((await RefusedAsync(() => EnrollAsync(token, key, "node-2"))).StatusCode, Is.EqualTo(StatusCode.AlreadyExists), "the key is node-1's");
    }

    [Test]
    public async Task Of_many_that_come_at_once_with_a_single_use_one_is_let_in()
    {
        var token = await _control.JoinTokenAsync();

        var outcomes = await Task.WhenAll(Enumerable.Range(1, 12).Select(async i =>
        {
            try
            {
                await EnrollAsync(token, TestNode.Key(), $"node-{i}");
                return StatusCode.OK;
            }
            catch (RpcException e)
            {
                return e.StatusCode;
            }
        }));

        Assert.That(outcomes.Count(o => o == StatusCode.OK), Is.EqualTo(1));
        Assert.That(outcomes.Count(o => o == StatusCode.Unauthenticated), Is.EqualTo(11));
        Assert.That(await _control.ScalarAsync<long>("select count(*) from node_certificate"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_token_that_expired_or_was_revoked_lets_nobody_in()
    {
        var expired = await _control.JoinTokenAsync();
        await _control.ExecuteAsync("update join_token set created_at = now() - interval '2 hours', expires_at = now() - interval '1 second'");
        Assert.That((await RefusedAsync(() => EnrollAsync(expired, TestNode.Key()))).Detail, Does.Contain("expired at").And.Contain("nodes token create"));

        var revoked = await _control.JoinTokenAsync();
        var id = (await _control.GetAsync("/tokens/join"))["items"]![0]!["id"]!.ToString();
        Assert.That((await _control.Http.DeleteAsync($"/tokens/join/{id}")).StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await RefusedAsync(() => EnrollAsync(revoked, TestNode.Key()))).Detail, Does.Contain("was revoked"));
        var listed = (await _control.GetAsync("/tokens/join"))["items"]!.AsArray();
        Assert.That(listed.Select(t => t!["state"]!.ToString()), Is.EqualTo(["revoked", "expired"]));
        Assert.That((await _control.Http.DeleteAsync($"/tokens/join/{Guid.NewGuid()}")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task A_name_that_is_held_is_only_given_for_a_token_of_that_name_and_the_old_key_ends()
    {
        using var old = await TestNode.EnrolledAsync(_control);

        var taken = await RefusedAsync(async () => await EnrollAsync(await _control.JoinTokenAsync(uses: 5), TestNode.Key()));
        Assert.That((taken.StatusCode, taken.Detail), Is.EqualTo((StatusCode.AlreadyExists, taken.Detail)));
        Assert.That(taken.Detail, Does.Contain("node 'node-1' is enrolled already, on host 'host'").And.Contain("--node node-1"));

        var bound = await _control.JoinTokenAsync(node: "node-1");
        Assert.That((await RefusedAsync(() => EnrollAsync(bound, TestNode.Key(), "node-2"))).Detail, Does.Contain("is for node 'node-1' and not for 'node-2'"));
        await EnrollAsync(bound, TestNode.Key());
        Assert.That((await RefusedAsync(() => RenewAsync(old, TestNode.Key()))).Detail, Does.Contain("was revoked"));
    }

    [Test]
    public async Task A_certificate_is_renewed_for_a_new_key_by_who_holds_it_and_by_nobody_else()
    {
        using var certificate = await TestNode.EnrolledAsync(_control, at: TimeProvider.System.GetUtcNow().AddHours(-16));
        using var next = TestNode.Key();

        using var renewed = X509CertificateLoader.LoadCertificate((await RenewAsync(certificate, next)).Certificate.ToByteArray());

        Assert.That(NodeName.Of(renewed), Is.EqualTo("node-1"));
        using var usable = renewed.CopyWithPrivateKey(next);
        var early = await RefusedAsync(() => RenewAsync(usable, TestNode.Key()));
        Assert.That((early.StatusCode, early.Detail.Contains("is renewed from", StringComparison.Ordinal)), Is.EqualTo((StatusCode.FailedPrecondition, true)), "a copied key does not renew as often as it likes");
        Assert.That((await RefusedAsync(() => RenewAsync(null, TestNode.Key()))).StatusCode, Is.EqualTo(StatusCode.Unauthenticated));
        Assert.That((await RefusedAsync(() => RenewAsync(certificate, next))).Detail, Does.Contain("used before"));
        Assert.That((await RenewAsync(certificate, TestNode.Key())).Certificate, Is.Not.Empty, "an answer that was lost is asked for again with another key");

        using var revoked = await _control.Http.PostAsync("/nodes/node-1/revoke", null);
        Assert.That(revoked.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await RefusedAsync(() => RenewAsync(usable, TestNode.Key()))).Detail, Does.Contain("was revoked").And.Contain("nodes token create --node node-1"));
    }

    [TestCase("revoke", "revoked", true)]
    [TestCase("revoke", "revoked", false)]
    [TestCase("retire", "retired", true)]
    public async Task Who_was_put_out_does_not_come_back_with_a_token_for_anybody(string how, string state, bool connected)
    {
        var token = await _control.JoinTokenAsync(uses: 3);
        await EnrollAsync(token, TestNode.Key());
        if (connected) await _control.ExecuteAsync("insert into node (id, host_name, agent_version, boot_id, capacity, state, first_seen_at, connected_at, last_seen_at) values ('node-1', 'h', '1', 'b', 1, 'ready', now(), now(), now())");
        using (await _control.Http.PostAsync($"/nodes/node-1/{how}", null))
        {
            var refused = await RefusedAsync(() => EnrollAsync(token, TestNode.Key()));
            Assert.That((refused.StatusCode, refused.Detail), Is.EqualTo((StatusCode.AlreadyExists, $"node 'node-1' was {state}, and only a token for it brings it back: streamclips nodes token create --node node-1")));
        }

        await EnrollAsync(token, TestNode.Key(), "node-2");
        await EnrollAsync(await _control.JoinTokenAsync(node: "node-1"), TestNode.Key());
    }

    [Test]
    public async Task A_renewal_that_runs_while_its_node_is_revoked_is_revoked_with_it()
    {
        using var certificate = await TestNode.EnrolledAsync(_control, at: TimeProvider.System.GetUtcNow().AddHours(-16));
        await using var connection = new Npgsql.NpgsqlConnection(_control.Connection + ";Pooling=false");
        await connection.OpenAsync();
        await using var holding = await connection.BeginTransactionAsync();

        // Both wait for this row: the renewal first, so that it goes on first.
        await using (var held = new Npgsql.NpgsqlCommand("select serial from node_certificate for update", connection, holding)) await held.ExecuteNonQueryAsync();
        var renewal = Record(RenewAsync(certificate, TestNode.Key()));
        await WaitersAsync(1);
        var revocation = _control.Http.PostAsync("/nodes/node-1/revoke", null);
        await WaitersAsync(2);
        await holding.CommitAsync();

        using var answer = await revocation;
        await renewal;
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await _control.ScalarAsync<long>("select count(*) from node_certificate where revoked_at is null"), Is.Zero);

        Task WaitersAsync(int count) => Eventually.TrueAsync(
            async () => await _control.ScalarAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") >= count, $"{count} wait for a lock");

        static async Task Record(Task call)
        {
            try
            {
                await call;
            }
            catch (RpcException)
            {
                // The revocation was first.
            }
        }
    }

    [Test]
    public async Task Who_asks_too_often_waits_and_costs_the_database_nothing()
    {
        await _control.DisposeAsync();
        _control = await TestControlPlane.StartAsync(clock: new ManualClock(TimeProvider.System.GetUtcNow()));
        for (var i = 0; i < EnrollmentThrottle.Burst; i++) Assert.That(_control.Get<EnrollmentThrottle>().Take(IPAddress.Loopback), Is.Null);
        var token = JoinToken.Make(_control.Get<AuthorityService>().Authority.Fingerprint).Text;

        var refused = await RefusedAsync(() => EnrollAsync(token, TestNode.Key()));

        Assert.That((refused.StatusCode, refused.Detail), Is.EqualTo((StatusCode.ResourceExhausted, "too many enrolments are asked for from this address: try again in 1 s")));
        Assert.That(_control.Get<EnrollmentThrottle>().Take(IPAddress.Parse("192.0.2.1")), Is.Null, "others do not wait");
        Assert.That(_control.Log.Select(l => l.Message), Has.None.Contains("node.enrolment_refused"));
    }

    [Test]
    public async Task A_token_request_is_told_every_fault()
    {
        using var response = await _control.Http.PostAsJsonAsync("/tokens/join", new { uses = 0, ttl_s = 1, node = "Node 1", colour = "red" });
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        var text = await response.Content.ReadAsStringAsync();
        Assert.That(text, Does.Contain("uses is 0").And.Contain("ttl_s is 1").And.Contain("Node 1").And.Contain("colour"));

        using var stranger = _control.Client();
        Assert.That((await stranger.PostAsJsonAsync("/tokens/join", new { })).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await stranger.GetAsync("/tokens/join")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task A_token_of_another_control_plane_is_told_from_a_wrong_one()
    {
        var other = JoinToken.Make(RandomNumberGenerator.GetBytes(32)).Text;
        Assert.That((await RefusedAsync(() => EnrollAsync(other, TestNode.Key()))).Detail, Does.Contain("of another control plane"));

        var unknown = JoinToken.Make(_control.Get<AuthorityService>().Authority.Fingerprint).Text;
        Assert.That((await RefusedAsync(() => EnrollAsync(unknown, TestNode.Key()))).Detail, Does.Contain("knows no such join token"));
    }

    [Test]
    public async Task Pages_and_api_are_not_behind_the_agents_port()
    {
        using var client = new HttpClient(TestNode.Handler(_control, certificate: null)) { BaseAddress = _control.GrpcAddress };
        foreach (var path in (string[])["/app", "/nodes", "/auth/login", "/health/live", "/installer", "/streamclips.v1.NodeLinks"])
        {
            Assert.That((await client.GetAsync(path)).StatusCode, Is.EqualTo(HttpStatusCode.NotFound), path);
            using var claims = new HttpRequestMessage(HttpMethod.Get, path) { Content = new ByteArrayContent([]) { Headers = { ContentType = new("application/grpc") } } };
            using var answer = await client.SendAsync(claims);
            Assert.That((answer.StatusCode, (await answer.Content.ReadAsStringAsync()).Contains("port for node agents", StringComparison.Ordinal)), Is.EqualTo((HttpStatusCode.NotFound, true)), $"{path} as gRPC");
        }
    }

    private async Task<NodeCertificate> EnrollAsync(string token, ECDsa key, string node = "node-1")
    {
        using var channel = TestNode.Channel(_control, certificate: null);
        var request = new EnrollRequest { Token = token, NodeId = node, HostName = "some-host", SigningRequest = ByteString.CopyFrom(TestNode.SigningRequest(key, node)) };
        return await new Contract.EnrollmentClient(channel).EnrollAsync(request);
    }

    private async Task<NodeCertificate> RenewAsync(X509Certificate2? with, ECDsa key)
    {
        using var channel = TestNode.Channel(_control, with);
        return await new Contract.EnrollmentClient(channel).RenewAsync(new RenewRequest { SigningRequest = ByteString.CopyFrom(TestNode.SigningRequest(key)) });
    }

    private static async Task<Status> RefusedAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (RpcException e)
        {
            return e.Status;
        }

        throw new AssertionException("it was let in");
    }
}
