using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StreamClips.ControlPlane.Enrollment;
using StreamClips.ControlPlane.Tests.NodeLink;
using StreamClips.Shared.Trust;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Enrollment;

/// <summary>Real agents, as processes, become nodes of a real control plane; and what keeps them from it, with the way back.</summary>
[Category("Slow")]
public sealed class AgentEnrollmentTests
{
    private readonly List<OtherProgram> _agents = [];
    private TestControlPlane _control = null!;
    private TemporaryDirectory _directory = null!;

    [SetUp]
    public void MakeDirectory() => _directory = new TemporaryDirectory();

    [TearDown]
    public async Task StopAsync()
    {
        foreach (var agent in _agents) agent.Dispose();
        _agents.Clear();
        await _control.DisposeAsync();
        _directory.Dispose();
    }

    [Test]
    public async Task A_server_becomes_a_node_is_revoked_while_connected_and_comes_back_with_a_token()
    {
        _control = await TestControlPlane.StartAsync();
        var token = await _control.JoinTokenAsync();
        var agent = Start(token);
        await IsAsync("ready");

        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        Assert.That(File.GetUnixFileMode(Identity("node-1", "node.pem")) & others, Is.EqualTo(UnixFileMode.None));
        Assert.That(File.Exists(Identity("node-1", "pending-key.pem")), Is.False);
        Assert.That(agent.Output + await File.ReadAllTextAsync($"/proc/{agent.Pid}/cmdline"), Does.Not.Contain(token));

        await agent.KillAsync();
        agent = Start(token);
        await agent.SaysAsync("Connected to");
        Assert.That(await CertificatesAsync(), Is.EqualTo(1), "the certificate is kept, and the token not used again");

        await _control.Http.PostAsync("/nodes/node-1/revoke", null);
        await agent.SaysAsync("the certificate of node 'node-1' was revoked");
        await agent.SaysAsync("The join token does not bring this node back");
        await File.WriteAllTextAsync(_directory["token-node-1"], await _control.JoinTokenAsync(node: "node-1"));
        await IsAsync("ready");
        Assert.That(await CertificatesAsync(), Is.EqualTo(2));
        Assert.That(await _control.EventKindsAsync(), Is.SupersetOf((string[])["node.enrolled", "node.joined", "node.revoked"]));
    }

    [TestCase("its key is on the disk")]
    [TestCase("the certificate was given out")]
    [TestCase("the certificate is on the disk")]
    public async Task An_agent_that_is_killed_while_it_enrols_gets_in_with_the_one_use_that_it_has(string instant)
    {
        _control = await TestControlPlane.StartAsync();
        var token = await _control.JoinTokenAsync();
        var agent = Start(token);
        await Eventually.TrueAsync(async () => instant switch
        {
            "its key is on the disk" => File.Exists(Identity("node-1", "pending-key.pem")) || File.Exists(Identity("node-1", "node.pem")),
            "the certificate was given out" => await CertificatesAsync() == 1,
            _ => File.Exists(Identity("node-1", "node.pem")),
        }, instant);
        await agent.KillAsync();

        Start(token);

        await IsAsync("ready");
        Assert.That(await CertificatesAsync(), Is.EqualTo(1));
        Assert.That(await _control.ScalarAsync<int>("select used from join_token"), Is.EqualTo(1));
    }

    [Test]
    public async Task Of_two_servers_with_one_use_of_a_token_one_becomes_a_node()
    {
        _control = await TestControlPlane.StartAsync();
        var token = await _control.JoinTokenAsync();
        OtherProgram[] agents = [Start(token, "node-1"), Start(token, "node-2")];

        await Eventually.TrueAsync(() => agents.Any(a => a.Output.Contains("Connected to", StringComparison.Ordinal)), "one connects");
        await Eventually.TrueAsync(() => agents.Any(a => a.Output.Contains("the join token is used up (1 of 1)", StringComparison.Ordinal)), "the other is told why it cannot");
        Assert.That(await CertificatesAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_certificate_is_renewed_when_two_thirds_of_its_life_are_over()
    {
        _control = await TestControlPlane.StartAsync();
        await GiveAsync(TimeSpan.FromHours(2), TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(1.5));

        var agent = Start(token: null);

        await agent.SaysAsync("The node's certificate was renewed until");
        await IsAsync("ready");
        using var renewed = X509CertificateLoader.LoadCertificateFromFile(Identity("node-1", "node.pem"));
        Assert.That(CertificateCheck.ValidUntil(renewed), Is.GreaterThan(TimeProvider.System.GetUtcNow().AddDays(6)));
        Assert.That(await CertificatesAsync(), Is.EqualTo(2));
    }

    [Test]
    public async Task A_certificate_that_ended_while_the_agent_was_off_is_told_and_a_token_is_the_way_back()
    {
        _control = await TestControlPlane.StartAsync();
        await GiveAsync(TimeSpan.FromHours(1), TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(2));
        var agent = Start(token: null);
        await agent.SaysAsync("the certificate ended at");
        await agent.SaysAsync("streamclips nodes token create --node node-1");

        await File.WriteAllTextAsync(_directory["token-node-1"], await _control.JoinTokenAsync(node: "node-1"));

        await IsAsync("ready");
    }

    [Test]
    public async Task A_token_for_another_CA_is_shown_to_nobody_and_a_changed_CA_is_told_with_the_way_back()
    {
        _control = await TestControlPlane.StartAsync();
        var foreign = JoinToken.Make(RandomNumberGenerator.GetBytes(32)).Text;
        var agent = Start(foreign);
        await agent.SaysAsync("The token was not sent");
        await agent.SaysAsync(CertificateCheck.Words(_control.Get<AuthorityService>().Authority.Fingerprint));
        Assert.That(_control.Log.Select(l => l.Message), Has.None.Contains("node.enrolment_refused"));

        using var strangers = Authority.Make(TimeProvider.System.GetUtcNow());
        await GiveAsync(TimeSpan.FromDays(1), TimeProvider.System.GetUtcNow(), strangers, "node-2");
        var moved = Start(token: null, "node-2");
        await moved.SaysAsync("is not the control plane that this node trusts");
        await File.WriteAllTextAsync(_directory["token-node-2"], await _control.JoinTokenAsync());
        await moved.SaysAsync("Connected to");
    }

    [Test]
    public async Task A_wrong_host_name_is_told_with_the_right_ones()
    {
        _control = await TestControlPlane.StartAsync(change: o => o with { GrpcNames = ["control.example"] });

        var agent = Start(await _control.JoinTokenAsync());

        await agent.SaysAsync("the control plane's certificate is for control.example and not for '127.0.0.1': give one of these in CONTROL_PLANE_URL, or add '127.0.0.1' to GRPC_NAMES");
    }

    [Test]
    public async Task A_clock_that_is_off_is_told_before_anything_is_spent()
    {
        _control = await TestControlPlane.StartAsync(clock: new ManualClock(TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(3)));

        var agent = Start(await _control.JoinTokenAsync());

        await agent.SaysAsync("minutes ahead of the control plane's: set it");
        Assert.That(await CertificatesAsync(), Is.Zero);
    }

    [Test]
    public async Task A_token_that_met_a_fault_that_passed_is_tried_again()
    {
        var clock = new ManualClock(TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(3));
        _control = await TestControlPlane.StartAsync(clock: clock);
        await GiveAsync(TimeSpan.FromDays(1), TimeProvider.System.GetUtcNow());
        var agent = Start(await _control.JoinTokenAsync(node: "node-1", ttl_s: 86_400));
        await agent.SaysAsync("The join token does not bring this node back");
        await agent.SaysAsync("minutes ahead of the control plane's: set it");
        await _control.ExecuteAsync("update node_certificate set revoked_at = now(), revoked_for = 'a test'");

        clock.Step(TimeSpan.FromHours(3));

        await agent.SaysAsync("This node is node-1 now");
        await IsAsync("ready");
    }

    [Test]
    public async Task A_copied_directory_is_refused_while_its_node_is_connected()
    {
        _control = await TestControlPlane.StartAsync();
        Start(await _control.JoinTokenAsync());
        await IsAsync("ready");
        Directory.CreateDirectory(_directory["copy/identity"]);
        foreach (var file in (string[])["identity/node.pem", "agent-id", "node-id"]) File.Copy(_directory[$"node-1/{file}"], _directory[$"copy/{file}"]);

        var copy = Start(token: null, "node-1", "copy");

        // Which of the two it is: on a busy machine the first may have been silent for so long that it lost its place.
        await Eventually.TrueAsync(() => _agents.Any(a => a.Output.Contains("another agent is connected as node-1", StringComparison.Ordinal)), $"one of the two is refused; the copy said:\n{copy.Output}");
        await Eventually.TrueAsync(async () => (await _control.EventKindsAsync()).Contains("node.duplicate"), "it is told");
    }

    private OtherProgram Start(string? token, string node = "node-1", string? directory = null)
    {
        if (token is not null) File.WriteAllText(_directory[$"token-{node}"], token + "\n");
        var agent = new OtherProgram("NodeAgent", new Dictionary<string, string>
        {
            ["CONTROL_PLANE_URL"] = _control.GrpcAddress.ToString(), ["JOIN_TOKEN_FILE"] = _directory[$"token-{node}"], ["INSTANCE_ID"] = node,
            ["NODE_DIRECTORY"] = _directory[directory ?? node], ["STORAGE_SERVER_PATH"] = _directory["clips"], ["CLIP_WORKER"] = typeof(ControlPlaneApp).Assembly.Location,
        });
        _agents.Add(agent);
        return agent;
    }

    /// <summary>Puts a certificate into the node's directory, as if it had been given out at some time.</summary>
    private async Task GiveAsync(TimeSpan life, DateTimeOffset at, Authority? by = null, string node = "node-1")
    {
        X509Certificate2 certificate;
        if (by is null)
        {
            certificate = await TestNode.EnrolledAsync(_control, node, life, at);
        }
        else
        {
            using var made = TestNode.Key();
            using var bare = by.IssueNode(node, new CertificateRequest("CN=x", made, HashAlgorithmName.SHA256).PublicKey, at, life);
            certificate = bare.CopyWithPrivateKey(made);
        }

        using var key = certificate.GetECDsaPrivateKey()!;
        Directory.CreateDirectory(Path.GetDirectoryName(Identity(node, "node.pem"))!);
        var authority = (by ?? _control.Get<AuthorityService>().Authority).Certificate;
        await File.WriteAllTextAsync(Identity(node, "node.pem"), $"{key.ExportPkcs8PrivateKeyPem()}\n{certificate.ExportCertificatePem()}\n{authority.ExportCertificatePem()}\n");
        certificate.Dispose();
    }

    private string Identity(string node, string file) => Path.Combine(_directory[node], "identity", file);

    private Task<long> CertificatesAsync() => _control.ScalarAsync<long>("select count(*) from node_certificate");

    private async Task IsAsync(string state)
    {
        try
        {
            await Eventually.TrueAsync(
                async () => await _control.ScalarAsync<string>("select state from node where id = 'node-1' and session_id is not null") == state, $"node-1 is {state}");
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}; the agents said:\n{string.Join("\n---\n", _agents.Select(a => a.Output))}", e);
        }
    }
}
