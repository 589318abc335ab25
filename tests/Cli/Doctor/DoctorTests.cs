using System.Net;
using System.Net.Sockets;
using StreamClips.Cli.Data;
using StreamClips.Cli.Doctor;
using StreamClips.Testing;

namespace StreamClips.Cli.Tests.Doctor;

[TestFixture]
internal sealed class DoctorTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly Uri Server = new("https://clips.example");

    [TestCase(2, "ok")]
    [TestCase(-20, "warn")]
    [TestCase(600, "fail")]
    public void Clocks_agree_to_a_few_seconds(double ahead_s, string status) => Assert.That(ConnectionRules.Clock(TimeSpan.FromSeconds(ahead_s)).Status, Is.EqualTo(status));

    [TestCase(90, null, "ok")]
    [TestCase(5, null, "warn")]
    [TestCase(-1, null, "fail")]
    [TestCase(90, "is not trusted here", "fail")]
    public void A_certificate_is_told_of_before_it_ends(int days, string? fault, string status) => Assert.That(ConnectionRules.Certificate(Now.AddDays(days), Now, fault).Status, Is.EqualTo(status));

    [Test]
    public void A_token_that_ends_soon_and_another_version_are_told()
    {
        Assert.That(ConnectionRules.Token("ada", "viewer", Now.AddDays(2), Now, Server).Remedy, Does.Contain("streamclips login https://clips.example"));
        Assert.That(ConnectionRules.Token("ada", "viewer", null, Now, Server).Status, Is.EqualTo("ok"));
        Assert.That(ConnectionRules.Version("1.0+abcdef0123", "1.1").Seen, Is.EqualTo("this command is 1.0+abcdef01, the control plane 1.1"));
    }

    [Test]
    public async Task On_this_machine_programs_ports_and_secrets_are_looked_at()
    {
        using var directory = new TemporaryDirectory();
        using var held = new TcpListener(IPAddress.Loopback, 0);
        held.Start();
        var programs = Directory.CreateDirectory(directory["bin"]).FullName;
        await ProgramAsync("ffmpeg", "echo 'ffmpeg version 4.4.1-x Copyright'");
        await ProgramAsync("postgres", "echo 'postgres (PostgreSQL) 14.9'");
        await ProgramAsync("initdb", "true");
        using (var data = DataDirectory.Open(directory["data"], "up")) _ = data.AdminPasswordFile;

        var found = (await Checks().RunAsync(CancellationToken.None)).ToDictionary(f => f.Check);
        Assert.That((found["ffmpeg"].Status, found["ffprobe"].Status, found["PostgreSQL"].Status, found["port"].Status, found["secrets"].Status), Is.EqualTo(("warn", "fail", "fail", "warn", "ok")));
        Assert.That(found["PostgreSQL"].Seen, Is.EqualTo("version 14.9"));

        File.SetUnixFileMode(directory["data/secrets/admin-password"], UnixFileMode.UserRead | UnixFileMode.GroupRead);
        await ProgramAsync("ffmpeg", "exit 1");
        await ProgramAsync("postgres", "echo 'postgres (PostgreSQL) 17.2 (Debian 17.2-1)'");
        await ProgramAsync("ffprobe", "true");
        using (DataDirectory.Open(directory["data"], "up"))
            found = (await Checks().RunAsync(CancellationToken.None)).ToDictionary(f => f.Check);
        Assert.That((found["ffmpeg"].Status, found["ffprobe"].Status, found["PostgreSQL"].Status, found["secrets"].Status), Is.EqualTo(("fail", "ok", "ok", "fail")));
        Assert.That(found["secrets"].Remedy, Does.StartWith("chmod 600 ").And.Contain("admin-password"));
        Assert.That(found["data directory"].Seen, Does.Contain("where streamclips runs now"));
        Assert.That(found, Does.Not.ContainKey("port"), "what runs there has its port");

        LocalChecks Checks() => new(directory["data"], ((IPEndPoint)held.LocalEndpoint).Port, programs, directory["none"]);

        async Task ProgramAsync(string name, string script)
        {
            // Whole at once, as a program that is being written cannot be started.
            var file = Path.Combine(programs, name);
            await File.WriteAllTextAsync(file + ".new", $"#!/bin/sh\n{script}\n");
            File.SetUnixFileMode(file + ".new", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.Move(file + ".new", file, overwrite: true);
        }
    }
}
