using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Database;

/// <summary>A primary and its streaming standby, both named in DATABASE_URL.</summary>
[Category("Slow")]
public sealed class StandbyTests
{
    private TemporaryDirectory _directory = null!;
    private PrivatePostgres? _primary;
    private PrivatePostgres? _standby;

    [SetUp]
    public void MakeDirectory() => _directory = new TemporaryDirectory();

    [TearDown]
    public async Task StopAsync()
    {
        if (_standby is not null) await _standby.StopAsync();
        if (_primary is not null) await _primary.StopAsync();
        _directory.Dispose();
    }

    [Test]
    public async Task When_the_primary_dies_and_its_standby_is_promoted_the_program_goes_on_with_that_one()
    {
        _primary = await PrivatePostgres.StartAsync(_directory["one"], TimeProvider.System, CancellationToken.None);
        await ControlPlaneRun.MigrateAsync(_primary.Connection, CancellationToken.None, PrivatePostgres.ApplicationRole);
        _standby = await StandbyOfAsync(_primary);

        // The standby first: it answers, and is not the one.
        var (url, fault) = DatabaseUrl.Read($"postgres://127.0.0.1:{_standby.Port},127.0.0.1:{_primary.Port}/streamclips?target_session_attrs=read-write&sslmode=disable");
        Assert.That(fault, Is.Null);
        var account = new NpgsqlConnectionStringBuilder(_primary.ApplicationConnection);
        var connection = new NpgsqlConnectionStringBuilder(url) { Username = account.Username, Password = account.Password }.ConnectionString;
        await using var control = await TestControlPlane.StartAsync(connection);
        await control.AddStreamerAsync("alpha", active: false);
        await Eventually.TrueAsync(async () => await CountAsync(_standby, "select count(*) from streamer") == 1, "the standby has it");

        Postmaster.Signal(_primary.Pid, Postmaster.Kill);
        await _primary.ExitAsync(CancellationToken.None);
        using (var refused = await control.Http.PostAsJsonAsync("/streamers", new { name = "beta", url = "https://www.twitch.tv/beta", active = false }))
        {
            Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable), "a standby takes no changes");
            Assert.That(refused.Headers.RetryAfter!.Delta, Is.GreaterThan(TimeSpan.Zero));
        }

        Assert.That((await control.Http.GetAsync("/health/ready")).StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        await CountAsync(_standby, "select case when pg_promote() then 1 else 0 end");

        await Eventually.TrueAsync(async () => (await control.Http.GetAsync("/health/ready")).StatusCode == HttpStatusCode.OK, "the new primary is found");
        await Eventually.TrueAsync(async () => (await control.GetAsync("/health/ready"))["leads"]!.GetValue<bool>(), "it leads, with the lease that came along");
        await control.AddStreamerAsync("gamma", active: false);
        Assert.That(await CountAsync(_standby, "select count(*) from streamer where name in ('alpha', 'gamma')"), Is.EqualTo(2));
    }

    /// <summary>Copies the primary and starts the copy as its standby (PostgreSQL manual 27.2.5), as the user who runs the primary.</summary>
    private async Task<PrivatePostgres> StandbyOfAsync(PrivatePostgres primary)
    {
        var root = _directory["two"];
        Directory.CreateDirectory(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var user = PostgresUser.ToChangeTo();
        user?.Own(root);
        File.Copy(_directory["one.password"], _directory["two.password"]);
        var account = new NpgsqlConnectionStringBuilder(primary.Connection);
        var programs = PostgresInstallation.Choose(PostgresInstallation.Find(), null).Choice!;
        List<string> words = [.. user?.Prefix(root) ?? [], Path.Combine(programs.Directory, "pg_basebackup"),
            "-D", PrivatePostgres.DataDirectoryOf(root), "-h", "127.0.0.1", "-p", $"{primary.Port}", "-U", account.Username!, "-R", "-X", "stream", "-c", "fast"];
        using var copy = Process.Start(new ProcessStartInfo(words[0], words.Skip(1)) { WorkingDirectory = "/", RedirectStandardError = true, UseShellExecute = false, Environment = { ["PGPASSWORD"] = account.Password } })!;
        var said = await copy.StandardError.ReadToEndAsync();
        await copy.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(90));
        Assert.That(copy.ExitCode, Is.Zero, said);
        var standby = await PrivatePostgres.StartAsync(root, TimeProvider.System, CancellationToken.None);
        Assert.That(await CountAsync(standby, "select case when pg_is_in_recovery() then 1 else 0 end"), Is.EqualTo(1));
        return standby;
    }

    private static async Task<long> CountAsync(PrivatePostgres server, string sql)
    {
        await using var connection = new NpgsqlConnection(server.Connection + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return Convert.ToInt64(await command.ExecuteScalarAsync());
    }
}
