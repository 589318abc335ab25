using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StreamClips.ControlPlane.Http;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Http;

[Category("Slow")]
public sealed class FrontTests
{
    private TemporaryDirectory _directory = null!;

    [SetUp]
    public void MakeDirectory() => _directory = new TemporaryDirectory();

    [TearDown]
    public void RemoveDirectory() => _directory.Dispose();

    [TestCase("0.0.0.0", null, false)]
    [TestCase("::", null, false)]
    [TestCase("192.0.2.1", null, false)]
    [TestCase("0.0.0.0", " ", false)]
    [TestCase("0.0.0.0", " , ", false)]
    [TestCase("0.0.0.0", "10.0.0.0/8, 192.0.2.7", true)]
    [TestCase("127.0.0.1", null, true)]
    [TestCase("::1", null, true)]
    public void What_others_reach_wants_TLS_or_the_name_of_who_provides_it(string address, string? proxy, bool good)
    {
        var (_, faults) = Read(("DASHBOARD_ADDRESS", address), ("BEHIND_PROXY", proxy));

        Assert.That(faults, good ? Is.Empty : Has.One.Contains($"DASHBOARD_ADDRESS is '{address}', which others reach, and nothing provides TLS: give TLS_CERTIFICATE_FILE"));
    }

    [Test]
    public void Every_fault_of_the_front_is_named_at_once()
    {
        File.WriteAllText(_directory["bad.pem"], "no certificate");
        var (_, faults) = Read(("DASHBOARD_ADDRESS", "everywhere"), ("BEHIND_PROXY", "10.0.0.0/8,nginx"), ("TLS_CERTIFICATE_FILE", _directory["bad.pem"]), ("TLS_KEY_FILE", _directory["none.pem"]));

        Assert.That(faults, Has.Count.EqualTo(3));
        Assert.That(faults, Has.One.Contains("DASHBOARD_ADDRESS is 'everywhere'").And.One.Contains("BEHIND_PROXY holds 'nginx'").And.One.Contains("cannot be used"));
        Assert.That(Read(("TLS_KEY_FILE", _directory["none.pem"])).Faults, Has.One.Contains("belong together"));
        Assert.That(Read(("BEHIND_PROXY", ",")).Faults, Has.One.StartsWith("BEHIND_PROXY is ',' and names no proxy: give its address or network"));
    }

    [Test]
    public async Task Over_TLS_the_cookie_is_secure_and_a_renewed_certificate_is_shown_without_a_restart()
    {
        var clock = new ManualClock(TimeProvider.System.GetUtcNow());
        Write("first");
        var (binding, faults) = Read(("DASHBOARD_ADDRESS", "127.0.0.1"), ("TLS_CERTIFICATE_FILE", _directory["tls.pem"]), ("TLS_KEY_FILE", _directory["tls.key"]));
        Assert.That(faults, Is.Empty);
        await using var control = await TestControlPlane.StartAsync(signIn: false, clock: clock, change: o => o with { Dashboard = binding });

        var (shown, response) = await SignInAsync(control);
        Assert.That((response.StatusCode, shown), Is.EqualTo((HttpStatusCode.OK, "CN=first")));
        Assert.That(response.Headers.GetValues("Set-Cookie").Single(), Does.StartWith("__Host-streamclips_").And.Contain("secure").And.Contain("httponly").And.Contain("samesite=strict"));
        Assert.That(response.Headers.GetValues("Strict-Transport-Security").Single(), Is.EqualTo("max-age=31536000"));

        await File.WriteAllTextAsync(_directory["tls.key"], "half a renewal");
        clock.Advance(CertificateFiles.Interval);
        Assert.That((await SignInAsync(control)).Shown, Is.EqualTo("CN=first"), "what cannot be used is passed over");
        Write("second");
        clock.Advance(CertificateFiles.Interval);
        Assert.That((await SignInAsync(control)).Shown, Is.EqualTo("CN=second"));
    }

    [Test]
    public async Task The_proxy_says_who_calls_and_that_it_came_by_TLS()
    {
        await using var control = await TestControlPlane.StartAsync(signIn: false, change: o => o with { Dashboard = new DashboardBinding { Proxies = [IPNetwork.Parse("127.0.0.0/8")] } });
        using var client = control.Client();
        using (var plain = await client.PostAsJsonAsync("/auth/login", new { username = "admin", password = TestControlPlane.Password }))
            Assert.That(await plain.Content.ReadAsStringAsync(), Does.Contain("the proxy does not say that this came by TLS"));
        Assert.That((await client.GetAsync("/health/live")).StatusCode, Is.EqualTo(HttpStatusCode.OK));

        // The caller's own claim stands left of what the proxy saw.
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "198.51.100.1, 203.0.113.9");
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https, https");
        using var response = await client.PostAsJsonAsync("/auth/login", new { username = "admin", password = TestControlPlane.Password });

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(response.Headers.GetValues("Set-Cookie").Single(), Does.Contain("secure"));
        Assert.That(await control.ScalarAsync<string>("select address from session"), Is.EqualTo("203.0.113.9"));
    }

    [Test]
    public async Task What_comes_past_the_proxy_is_refused_and_without_one_nobody_is_believed()
    {
        await using (var control = await TestControlPlane.StartAsync(signIn: false, change: o => o with { Dashboard = new DashboardBinding { Proxies = [IPNetwork.Parse("10.0.0.0/8")] } }))
        {
            using var client = control.Client();
            client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
            using var response = await client.GetAsync("/app/sign-in");
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        }

        await using var alone = await TestControlPlane.StartAsync(signIn: false);
        using var caller = alone.Client();
        caller.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.9");
        await alone.SignInAsync(caller);
        Assert.That(await alone.ScalarAsync<string>("select address from session"), Does.Contain("127.0.0.1"));
    }

    private static (DashboardBinding Binding, List<string> Faults) Read(params (string Name, string? Value)[] variables)
    {
        var faults = new List<string>();
        return (DashboardBinding.Read(name => variables.FirstOrDefault(v => v.Name == name).Value, faults), faults);
    }

    private static async Task<(string Shown, HttpResponseMessage Response)> SignInAsync(TestControlPlane control)
    {
        var shown = "";
        using var handler = new HttpClientHandler();
#pragma warning disable MA0039 // It looks at a certificate that was made for this test, and trusts nothing else by it.
        handler.ServerCertificateCustomValidationCallback = (_, certificate, _, _) =>
        {
            shown = certificate!.Subject;
            return true;
        };
#pragma warning restore MA0039
        using var client = new HttpClient(handler) { BaseAddress = control.Address, Timeout = TimeSpan.FromSeconds(90) };
        var response = await client.PostAsJsonAsync("/auth/login", new { username = "admin", password = TestControlPlane.Password });
        return (shown, response);
    }

    private void Write(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
        File.WriteAllText(_directory["tls.pem"], certificate.ExportCertificatePem());
        File.WriteAllText(_directory["tls.key"], key.ExportPkcs8PrivateKeyPem());
    }
}
