using System.Diagnostics;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Enrollment;

/// <summary>The control plane's installer, run into an empty directory instead of a server.</summary>
public sealed class InstallControlPlaneTests
{
    private TemporaryDirectory _directory = null!;

    [SetUp]
    public void MakePackage()
    {
        _directory = new TemporaryDirectory();
        Directory.CreateDirectory(_directory["package/control-plane"]);
        File.WriteAllText(_directory["package/control-plane/StreamClips.ControlPlane.dll"], "version 1");
        File.WriteAllText(_directory["package/agent.tar.gz"], "an agent");
        foreach (var file in (string[])["install-control-plane.sh", "control-plane.service", "nginx.conf"]) File.Copy(Path.Combine(Root(), "deploy", file), _directory[$"package/{file}"]);
    }

    [TearDown]
    public void Remove() => _directory.Dispose();

    [Test]
    public async Task Its_secrets_are_made_once_and_of_root_alone_and_twice_is_as_once()
    {
        Assert.That(await InstallAsync("--name", "clips.example.org", "--agents-port", "9443"), Does.EndWith("install: done"));
        var (key, password) = (await ReadAsync("etc/streamclips/secret-key"), await ReadAsync("etc/streamclips/control-plane-admin.env"));
        Assert.That((key.Length, password.StartsWith("ADMIN_PASSWORD=", StringComparison.Ordinal), password.Trim().Length), Is.EqualTo((64, true, "ADMIN_PASSWORD=".Length + 24)));
        Assert.That(await ReadAsync("etc/streamclips/control-plane.env"), Does.Contain("GRPC_PORT=9443\n").And.Contain("GRPC_NAMES=clips.example.org\n").And.Contain("DASHBOARD_PORT=8080\n"));
        foreach (var file in (string[])["secret-key", "control-plane-admin.env", "control-plane.env"])
            Assert.That(File.GetUnixFileMode(_directory[$"root/etc/streamclips/{file}"]), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite), file);

        File.Delete(_directory["root/etc/streamclips/control-plane-admin.env"]);
        var said = await InstallAsync("--name", "other.example.org");
        Assert.That(said, Does.Contain("keeping").And.Contain("ignored, as that file says it already: --name").And.Not.Contain(key));
        Assert.That(await ReadAsync("etc/streamclips/secret-key"), Is.EqualTo(key));
        Assert.That(await ReadAsync("etc/streamclips/control-plane.env"), Does.Contain("GRPC_NAMES=clips.example.org\n"));
        Assert.That(File.Exists(_directory["root/etc/streamclips/control-plane-admin.env"]), Is.False, "a password that was changed does not come back");
    }

    [Test]
    public async Task An_upgrade_keeps_the_version_before_and_no_older_one()
    {
        for (var version = 1; version <= 3; version++)
        {
            await File.WriteAllTextAsync(_directory["package/control-plane/StreamClips.ControlPlane.dll"], $"version {version}");
            Assert.That(await InstallAsync("--name", "clips.example.org"), Does.EndWith("install: done"));
        }

        Assert.That(await ReadAsync("opt/streamclips/control-plane/control-plane/StreamClips.ControlPlane.dll"), Is.EqualTo("version 3"));
        Assert.That(await ReadAsync("opt/streamclips/control-plane/agent.tar.gz"), Is.EqualTo("an agent"));
        Assert.That(Directory.GetFiles(_directory["root/opt/streamclips"], "*.dll", SearchOption.AllDirectories).Select(File.ReadAllText).Distinct(), Is.EquivalentTo(["version 2", "version 3"]));
    }

    [TestCase("--name is ''")]
    [TestCase("--name is 'two words'", "--name", "two words")]
    [TestCase("'443' is no port for a service that is not root", "--name", "x", "--agents-port", "443")]
    [TestCase("'99999' is no port", "--name", "x", "--dashboard-port", "99999")]
    [TestCase("both given port 8080", "--name", "x", "--agents-port", "8080")]
    [TestCase("--name wants a value", "--name")]
    public async Task What_it_cannot_do_is_refused_before_anything_is_done(string said, params string[] arguments)
    {
        Assert.That(await InstallAsync(arguments), Does.Contain(said));
        Assert.That(Directory.Exists(_directory["root"]), Is.False);
    }

    [Test]
    public async Task A_key_that_sealed_secrets_until_now_is_not_replaced()
    {
        Directory.CreateDirectory(_directory["root/var/lib/streamclips-control"]);
        await File.WriteAllTextAsync(_directory["root/var/lib/streamclips-control/secret-key"], "a key");
        Assert.That(await InstallAsync("--name", "x"), Does.Contain("holds what secrets were sealed with until now: move it to"));
        Assert.That(File.Exists(_directory["root/etc/streamclips/secret-key"]), Is.False);
    }

    private Task<string> ReadAsync(string path) => File.ReadAllTextAsync(_directory[$"root/{path}"]);

    private async Task<string> InstallAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("sh", ["-c", "sh \"$0\" \"$@\" 2>&1", _directory["package/install-control-plane.sh"], .. arguments]) { RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment["DESTDIR"] = _directory["root"];
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(90));
        return said.Trim();
    }

    private static string Root()
    {
        var at = TestContext.CurrentContext.TestDirectory;
        while (!File.Exists(Path.Combine(at, "StreamClips.sln"))) at = Path.GetDirectoryName(at) ?? throw new InvalidOperationException("the tests run outside of the repository");
        return at;
    }
}
