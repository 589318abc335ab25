using StreamClips.ControlPlane.Enrollment;
using StreamClips.Shared.Trust;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Enrollment;

public sealed class AuthorityTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public async Task Replicas_that_start_at_once_have_one_CA_and_keep_it_over_a_restart()
    {
        var database = await TestServer.DatabaseAsync();
        var replicas = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => StartAsync(database, TestControlPlane.Secret, TimeProvider.System)));
        var restarted = await StartAsync(database, TestControlPlane.Secret, TimeProvider.System);

        Assert.That(replicas.Append(restarted).Select(r => CertificateCheck.Words(r.Authority.Fingerprint)).Distinct().Count(), Is.EqualTo(1));
        using var issued = replicas[0].Authority.IssueServer(["localhost"], TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(1));
        Assert.That(CertificateCheck.Of(issued, restarted.Authority.Certificate, Purpose.Server, TimeProvider.System.GetUtcNow()), Is.EqualTo(CertificateFault.None));
    }

    [Test]
    public async Task A_wrong_secret_is_told_with_the_way_back()
    {
        var database = await TestServer.DatabaseAsync();
        await StartAsync(database, TestControlPlane.Secret, TimeProvider.System);

        Assert.That(async () => await StartAsync(database, "another secret key, and long enough too", TimeProvider.System), Throws.TypeOf<StartupException>()
            .With.Message.Contains("SECRET_KEY is not the one").And.Message.Contains("delete from authority").And.Message.Not.Contains("another secret key"));
    }

    [Test]
    public async Task Another_secret_takes_over_where_the_one_before_is_given_beside_it()
    {
        const string Next = "the secret key from now on, long enough";
        var database = await TestServer.DatabaseAsync();
        var before = await StartAsync(database, TestControlPlane.Secret, TimeProvider.System);

        var turned = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => StartAsync(database, Next, TimeProvider.System, TestControlPlane.Secret)));
        var after = await StartAsync(database, Next, TimeProvider.System);

        Assert.That(turned.Append(after).Select(r => r.Authority.Fingerprint), Is.All.EqualTo(before.Authority.Fingerprint));
        Assert.That(async () => await StartAsync(database, TestControlPlane.Secret, TimeProvider.System), Throws.TypeOf<StartupException>(), "the old one opens nothing any more");
        Assert.That(async () => await StartAsync(database, TestControlPlane.Secret, TimeProvider.System, "neither of both, but long enough too"), Throws.TypeOf<StartupException>());
    }

    [Test]
    public async Task The_key_in_the_database_is_sealed()
    {
        var database = await TestServer.DatabaseAsync();
        var service = await StartAsync(database, TestControlPlane.Secret, TimeProvider.System);
        await using var postgres = new StreamClips.ControlPlane.Database.Postgres(database);
        var row = (await new AuthorityStore(postgres).FindAsync(CancellationToken.None))!;

        using var parsed = System.Security.Cryptography.ECDsa.Create();
        Assert.That(() => parsed.ImportPkcs8PrivateKey(row.SealedKey, out _), Throws.InstanceOf<System.Security.Cryptography.CryptographicException>());
        Assert.That(row.Certificate, Is.EqualTo(service.Authority.Certificate.RawData));
    }

    [Test]
    public async Task The_ports_certificate_is_renewed_at_two_thirds_of_its_life()
    {
        var clock = new ManualClock(Start);
        var service = await StartAsync(await TestServer.DatabaseAsync(), TestControlPlane.Secret, clock);

        var first = service.ServerCertificate();
        clock.Advance(AuthorityService.ServerLife / 2);
        Assert.That(service.ServerCertificate(), Is.SameAs(first));
        clock.Advance(AuthorityService.ServerLife / 4);
        var second = service.ServerCertificate();

        Assert.That(second, Is.Not.SameAs(first));
        Assert.That(CertificateCheck.ValidUntil(second.TargetCertificate), Is.EqualTo(clock.GetUtcNow() + AuthorityService.ServerLife).Within(TimeSpan.FromSeconds(1)));
        clock.Step(-TimeSpan.FromDays(100));
        Assert.That(CertificateCheck.Of(service.ServerCertificate().TargetCertificate, service.Authority.Certificate, Purpose.Server, Start), Is.Not.EqualTo(CertificateFault.None), "a clock that is set back makes another too");
    }

    [Test]
    public void A_certificate_is_judged_by_CA_time_and_purpose()
    {
        using var authority = Authority.Make(Start);
        using var other = Authority.Make(Start);
        using var server = authority.IssueServer(["a.example", "10.0.0.1"], Start, TimeSpan.FromDays(1));

        CertificateFault Judge(Authority by, DateTimeOffset at) => CertificateCheck.Of(server, by.Certificate, Purpose.Server, at);
        Assert.That(Judge(authority, Start), Is.EqualTo(CertificateFault.None));
        Assert.That(Judge(other, Start), Is.EqualTo(CertificateFault.OtherAuthority));
        Assert.That(Judge(authority, Start - TimeSpan.FromHours(1)), Is.EqualTo(CertificateFault.NotYetValid));
        Assert.That(Judge(authority, Start + TimeSpan.FromDays(2)), Is.EqualTo(CertificateFault.Expired));
        Assert.That(Judge(other, Start + TimeSpan.FromDays(2)), Is.EqualTo(CertificateFault.OtherAuthority), "whose it is counts first");
        Assert.That(CertificateCheck.Of(server, authority.Certificate, Purpose.Client, Start), Is.EqualTo(CertificateFault.OtherPurpose));
        Assert.That((server.MatchesHostname("a.example"), server.MatchesHostname("10.0.0.1"), server.MatchesHostname("b.example")), Is.EqualTo((true, true, false)));
    }

    private static async Task<AuthorityService> StartAsync(string database, string secret, TimeProvider clock, string? old = null)
    {
        var options = new ControlPlaneOptions { DataDirectory = "/nowhere", Storages = [], SecretKey = secret, OldSecretKey = old };
        await using var postgres = new StreamClips.ControlPlane.Database.Postgres(database);
        var service = new AuthorityService(new AuthorityStore(postgres), options, clock, new Microsoft.Extensions.Logging.Logger<AuthorityService>(new LogCapture()));
        await service.StartAsync(CancellationToken.None);
        return service;
    }
}
