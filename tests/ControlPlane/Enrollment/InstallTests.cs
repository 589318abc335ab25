using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Enrollment;
using StreamClips.Shared.Trust;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Enrollment;

/// <summary>The install script, served over TLS and run into an empty directory instead of a server.</summary>
[Category("Slow")]
public sealed class InstallTests
{
    private TestControlPlane _control = null!;
    private TemporaryDirectory _directory = null!;
    private HttpClient _server = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _directory = new TemporaryDirectory();
        Directory.CreateDirectory(_directory["package/agent"]);
        await File.WriteAllTextAsync(_directory["package/agent/StreamClips.NodeAgent.dll"], "an agent");
        Directory.CreateDirectory(_directory["package/worker"]);
        await File.WriteAllTextAsync(_directory["package/worker/StreamClips.ClipWorker.dll"], "a worker");
        await PackAsync();
        _control = await TestControlPlane.StartAsync(change: o => o with { AgentPackage = _directory["agent.tar.gz"] });
        _control.Get<AgentsPort>().Number = _control.GrpcAddress.Port;
        _server = new HttpClient(TestNode.Handler(_control, certificate: null)) { BaseAddress = _control.GrpcAddress };
    }

    [TearDown]
    public async Task StopAsync()
    {
        _server.Dispose();
        await _control.DisposeAsync();
        _directory.Dispose();
    }

    [Test]
    public async Task The_script_installs_the_agent_that_the_control_plane_gives_and_twice_is_as_once()
    {
        var token = await _control.JoinTokenAsync();
        await FetchAsync();

        Assert.That(await InstallAsync(token, "--node", "node-7"), Does.EndWith("install: done"));
        Assert.That(await InstallAsync(token, "--node", "another"), Does.Contain("keeping").And.Contain("this is node node-7").And.Contain("ignored, as that file says it already: --node").And.EndsWith("install: done"));

        Assert.That(await File.ReadAllTextAsync(_directory["root/opt/streamclips/agent/agent/StreamClips.NodeAgent.dll"]), Is.EqualTo("an agent"));
        foreach (var path in (string[])["agent/", "agent/agent", "agent/agent/StreamClips.NodeAgent.dll"])
        {
            var mode = File.GetUnixFileMode(_directory[$"root/opt/streamclips/{path}"]);
            Assert.That(mode.HasFlag(UnixFileMode.OtherRead) && (mode.HasFlag(UnixFileMode.OtherExecute) || path.EndsWith(".dll", StringComparison.Ordinal)), Is.True, $"the service's user reads {path}: {mode}");
        }

        Assert.That(Directory.GetDirectories(_directory["root/opt/streamclips"]).Select(Path.GetFileName), Has.Exactly(2).Items, "the version and the link to it");
        Assert.That(await File.ReadAllTextAsync(_directory["root/etc/streamclips/agent.env"]), Does.Contain($"CONTROL_PLANE_URL={_control.GrpcAddress.GetLeftPart(UriPartial.Authority)}\n").And.Contain("INSTANCE_ID=node-7\n").And.Contain("CLIP_WORKER=/opt/streamclips/agent/worker/StreamClips.ClipWorker.dll\n").And.Contain("JOIN_TOKEN_REMOVE=true\n"));
        Assert.That(await File.ReadAllTextAsync(_directory["root/var/lib/streamclips/join-token"]), Is.EqualTo(token + "\n"));
        Assert.That(File.GetUnixFileMode(_directory["root/var/lib/streamclips/join-token"]), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(await File.ReadAllTextAsync(_directory["root/etc/systemd/system/node-agent.service"]), Does.Contain("KillMode=process\n").And.Contain("Environment=WORKER_CGROUPS=false\n").And.Contain("StreamClips.NodeAgent.dll\n"));
    }

    [Test]
    public async Task The_line_vouches_for_the_script_and_the_script_for_the_package()
    {
        using var made = await _control.Http.PostAsJsonAsync("/tokens/join", new { node = "node-1" });
        var answer = (await made.Content.ReadFromJsonAsync<JsonObject>())!;
        await FetchAsync();
        var script = await File.ReadAllBytesAsync(_directory["install.sh"]);
        Assert.That(answer["install"]!.ToString(), Does.Contain(CertificateCheck.Words(SHA256.HashData(script))).And.EndWith("sh install.sh --node node-1").And.Not.Contain(answer["token"]!.ToString()));
        Assert.That(Encoding.UTF8.GetString(script), Does.Contain(_control.Get<AuthorityService>().Authority.Certificate.ExportCertificatePem()).And.Not.Contain("@PACKAGE_SHA256@"));

        await File.WriteAllTextAsync(_directory["agent.tar.gz"], "something else");
        Assert.That(await InstallAsync("scj1_x", "--node", "node-1"), Does.Contain("the agent package is not the one that this script names"));
        Assert.That(Directory.Exists(_directory["root/opt"]), Is.False, "nothing was installed");
        await FetchAsync();
        File.Delete(_directory["agent.tar.gz"]);
        Assert.That((await _server.GetAsync("/install/agent.tar.gz")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        await FetchAsync();
        Assert.That(await InstallAsync("scj1_x", "--node", "Node 1"), Does.Contain("the node's name is 'Node 1'"));
        Assert.That(await InstallAsync("scj1_x", "--node", "node-1"), Does.Contain("this control plane has no agent package to give"));
    }

    [Test]
    public async Task An_upgrade_keeps_the_version_before_and_no_older_one()
    {
        var token = await _control.JoinTokenAsync();
        foreach (var version in (string[])["an agent", "a newer agent", "the newest agent"])
        {
            await File.WriteAllTextAsync(_directory["package/agent/StreamClips.NodeAgent.dll"], version);
            await PackAsync();
            await FetchAsync();
            Assert.That(await InstallAsync(token, "--node", "node-7"), Does.EndWith("install: done"));
        }

        var kept = Directory.GetFiles(_directory["root/opt/streamclips"], "StreamClips.NodeAgent.dll", SearchOption.AllDirectories).Select(File.ReadAllText).Distinct();
        Assert.That(kept, Is.EquivalentTo(["a newer agent", "the newest agent"]));
        Assert.That(await File.ReadAllTextAsync(_directory["root/opt/streamclips/agent/agent/StreamClips.NodeAgent.dll"]), Is.EqualTo("the newest agent"));

        Assert.That(await InstallAsync("", "--uninstall"), Does.Contain("removed").And.EndWith("streamclips nodes retire node-7"));
        Assert.That(Directory.Exists(_directory["root/opt/streamclips"]) || File.Exists(_directory["root/etc/systemd/system/node-agent.service"]), Is.False);
        Assert.That(File.Exists(_directory["root/etc/streamclips/agent.env"]), "what was configured stays");
    }

    [Test]
    public async Task The_native_worker_is_taken_where_it_runs_and_an_upgrade_decides_anew()
    {
        var token = await _control.JoinTokenAsync();
        Directory.CreateDirectory(_directory["package/worker-native"]);
        foreach (var (native, worker) in ((string, string)[])[("exit 0", "worker-native/StreamClips.ClipWorker"), ("echo GLIBC_2.99 not found >&2; exit 1", "worker/StreamClips.ClipWorker.dll"), ("exit 0 # again", "worker-native/StreamClips.ClipWorker")])
        {
            await File.WriteAllTextAsync(_directory["package/worker-native/StreamClips.ClipWorker"], $"#!/bin/sh\n[ \"$1\" = --version ] || exit 9\n{native}\n");
            File.SetUnixFileMode(_directory["package/worker-native/StreamClips.ClipWorker"], UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
            await PackAsync();
            await FetchAsync();

            var said = await InstallAsync(token, "--node", "node-7");

            Assert.That(said.Contains("the native worker does not run here (GLIBC_2.99 not found): taking the managed one", StringComparison.Ordinal), Is.EqualTo(native.Contains("exit 1", StringComparison.Ordinal)), said);
            Assert.That(await File.ReadAllTextAsync(_directory["root/etc/streamclips/agent.env"]), Does.Contain($"CLIP_WORKER=/opt/streamclips/agent/{worker}\n").And.Contain("INSTANCE_ID=node-7\n"));
        }

        var own = (await File.ReadAllTextAsync(_directory["root/etc/streamclips/agent.env"])).Replace("CLIP_WORKER=/opt/streamclips/agent/worker-native/StreamClips.ClipWorker", "CLIP_WORKER=/usr/local/bin/worker", StringComparison.Ordinal);
        await File.WriteAllTextAsync(_directory["root/etc/streamclips/agent.env"], own);
        await InstallAsync(token, "--node", "node-7");
        Assert.That(await File.ReadAllTextAsync(_directory["root/etc/streamclips/agent.env"]), Is.EqualTo(own), "what somebody chose stays");
    }

    [TestCase("252", "--cgroups wants systemd 254 or newer, and this is '252': leave it out")]
    [TestCase("255", "install: done")]
    public async Task Cgroups_for_workers_are_set_up_only_where_systemd_can_start_the_next_agent_beside_them(string systemd, string said)
    {
        Directory.CreateDirectory(_directory["bin"]);
        await File.WriteAllTextAsync(_directory["bin/systemctl"], $"#!/bin/sh\necho 'systemd {systemd} ({systemd}.4-1)'\necho +PAM\n");
        File.SetUnixFileMode(_directory["bin/systemctl"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Directory.CreateDirectory(_directory["root/sys/fs/cgroup"]);
        await File.WriteAllTextAsync(_directory["root/sys/fs/cgroup/cgroup.controllers"], "cpu memory pids\n");
        await FetchAsync();

        Assert.That(await InstallAsync(await _control.JoinTokenAsync(), "--node", "node-7", "--cgroups"), Does.EndWith(said));

        var extra = _directory["root/etc/systemd/system/node-agent.service.d/cgroups.conf"];
        Assert.That(File.Exists(extra), Is.EqualTo(systemd == "255"));
        if (systemd == "255") Assert.That(await File.ReadAllTextAsync(extra), Does.Contain("DelegateSubgroup=agent\n").And.Contain("ProtectControlGroups=no\n"));
        Assert.That(Directory.Exists(_directory["root/opt"]), Is.EqualTo(systemd == "255"), "refused before anything was done");
    }

    [Test]
    public async Task A_token_without_a_place_for_it_is_refused_and_with_one_goes_there()
    {
        var token = await _control.JoinTokenAsync();
        await FetchAsync();
        await InstallAsync(token, "--node", "node-7");
        var file = _directory["root/etc/streamclips/agent.env"];
        var lines = (await File.ReadAllLinesAsync(file)).Where(l => !l.StartsWith("JOIN_TOKEN_FILE=", StringComparison.Ordinal)).ToList();

        await File.WriteAllLinesAsync(file, lines);
        Assert.That(await InstallAsync(token, "--node", "node-7"), Does.Contain("has no JOIN_TOKEN_FILE").And.Contain("then run again").And.Not.Contain(token));
        Assert.That(Directory.GetFiles(_directory["root"]), Is.Empty);

        await File.WriteAllLinesAsync(file, [.. lines, "JOIN_TOKEN_FILE=/etc/streamclips/join-token"]);
        Assert.That(await InstallAsync(token, "--node", "node-7"), Does.EndWith("install: done"));
        Assert.That(await File.ReadAllTextAsync(_directory["root/etc/streamclips/join-token"]), Is.EqualTo(token + "\n"));
    }

    [Test]
    public async Task The_package_comes_from_the_first_replica_that_answers_and_the_agent_is_told_all_of_them()
    {
        using var away = new HeldPort();
        using var here = new HeldPort();
        var addresses = (string[])[$"https://127.0.0.1:{away.Number}", $"https://127.0.0.1:{here.Number}"];
        await using var control = await TestControlPlane.StartAsync(change: o => o with { AgentPackage = _directory["agent.tar.gz"], GrpcPort = here.Number, GrpcUrls = [.. addresses.Select(a => new Uri(a))] });
        using var server = new HttpClient(TestNode.Handler(control, certificate: null)) { BaseAddress = control.GrpcAddress };
        await File.WriteAllBytesAsync(_directory["install.sh"], await server.GetByteArrayAsync("/install"));

        Assert.That(await InstallAsync(await control.JoinTokenAsync(), "--node", "node-7"), Does.Contain($"fetching the agent from {addresses[0]}").And.Contain($"fetching the agent from {addresses[1]}").And.EndsWith("install: done"));
        Assert.That(await File.ReadAllTextAsync(_directory["root/etc/streamclips/agent.env"]), Does.StartWith($"CONTROL_PLANE_URL={string.Join(',', addresses)}\n"));
    }

    [Test]
    public async Task A_token_is_shown_although_the_package_cannot_be_read()
    {
        await using var control = await TestControlPlane.StartAsync(change: o => o with { AgentPackage = "/proc/self/mem" });

        Assert.That(await control.JoinTokenAsync(), Does.StartWith("scj1_"));
    }

    private Task<string> PackAsync() => RunAsync("tar", null, ["-czf", _directory["agent.tar.gz"], "-C", _directory["package"], .. Directory.GetDirectories(_directory["package"]).Select(d => Path.GetFileName(d))]);

    private async Task FetchAsync() => await File.WriteAllBytesAsync(_directory["install.sh"], await _server.GetByteArrayAsync("/install"));

    private Task<string> InstallAsync(string token, params string[] arguments) => RunAsync("sh", token, [_directory["install.sh"], .. arguments]);

    private async Task<string> RunAsync(string program, string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo("sh", ["-c", "\"$0\" \"$@\" 2>&1", program, .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment["DESTDIR"] = _directory["root"];
        start.Environment["PATH"] = $"{_directory["bin"]}:{Environment.GetEnvironmentVariable("PATH")}";
        using var process = Process.Start(start)!;
        try
        {
            if (input is not null) await process.StandardInput.WriteLineAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it asked.
        }

        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(90));
        return said.Trim();
    }
}
