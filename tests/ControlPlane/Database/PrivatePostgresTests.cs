using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Database;

[Category("Slow")]
public sealed class PrivatePostgresTests
{
    private TemporaryDirectory _directory = null!;
    private PrivatePostgres? _server;

    private string Root => _directory["closed/postgres"];

    [SetUp]
    public void MakeDirectory()
    {
        _directory = new TemporaryDirectory();
        // Nobody but the owner may enter, as below a home directory.
        Directory.CreateDirectory(_directory["closed"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [TearDown]
    public async Task StopAsync()
    {
        await PrivatePostgres.StopLeftBehindAsync(Root, TimeProvider.System);
        Assert.That(Postmaster.ProcessesOf(PrivatePostgres.DataDirectoryOf(Root)), Is.Empty);
        _directory.Dispose();
    }

    [Test]
    public async Task A_server_is_made_killed_recovered_adopted_and_stopped()
    {
        // An interrupted initdb lies in the way.
        Directory.CreateDirectory(Path.Combine(Root, "data.new", "base"));
        _server = await StartAsync();
        await RunAsync("create table kept as select 42 as answer");
        Assert.That(File.GetUnixFileMode(Root + ".password"), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(Directory.EnumerateFiles(Root), Is.Empty, "no password is left beside the cluster");

        // The next control plane finds a server that outlived the last one.
        var second = await StartAsync();
        Assert.That((second.Adopted, second.Pid, second.Port), Is.EqualTo((true, _server.Pid, _server.Port)));

        // Killed; and its number has passed to a stranger of the same user.
        Postmaster.Signal(_server.Pid, Postmaster.Kill);
        await _server.ExitAsync(CancellationToken.None);
        var pidFile = Path.Combine(_server.DataDirectory, "postmaster.pid");
        var lines = await File.ReadAllLinesAsync(pidFile);
        lines[0] = Environment.ProcessId.ToString();
        await File.WriteAllLinesAsync(pidFile, lines);
        _server = await StartAsync();
        Assert.That(_server.Adopted, Is.False);
        Assert.That(await ScalarAsync("select answer from kept"), Is.EqualTo(42));

        Assert.That(await PrivatePostgres.StopLeftBehindAsync(Root, TimeProvider.System), Is.True);
        await _server.ExitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.That(await PrivatePostgres.StopLeftBehindAsync(Root, TimeProvider.System), Is.False);
    }

    [Test]
    public async Task Nobody_gets_in_without_the_password_and_no_socket_is_public()
    {
        _server = await StartAsync();
        var stranger = new NpgsqlConnectionStringBuilder(_server.Connection) { Password = "guess", Pooling = false };

        await using var connection = new NpgsqlConnection(stranger.ConnectionString);
        var refusal = Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync());

        Assert.That(refusal!.SqlState, Is.EqualTo(PostgresErrorCodes.InvalidPassword));
        Assert.That(await ScalarAsync("show unix_socket_directories"), Is.EqualTo(""));
        Assert.That(await ScalarAsync("show listen_addresses"), Is.EqualTo("127.0.0.1"));
        Assert.That(await ScalarAsync("show fsync"), Is.EqualTo("on"));
        Assert.That(File.Exists($"/tmp/.s.PGSQL.{_server.Port}"), Is.False);
        var arguments = await File.ReadAllTextAsync($"/proc/{_server.Pid}/cmdline");
        Assert.That(arguments, Does.Not.Contain(new NpgsqlConnectionStringBuilder(_server.Connection).Password));
    }

    [Test]
    public async Task A_capability_is_given_only_where_it_is_needed()
    {
        Assert.That(await CapabilitiesAsync(_directory["closed/postgres"]), Is.EqualTo(PostgresUser.IsRoot ? 1 << 2 : 0), "to search directories, and no other");
        File.SetUnixFileMode(_directory.Path, (UnixFileMode)0b111_101_101);
        Assert.That(await CapabilitiesAsync(_directory["postgres"]), Is.Zero);
    }

    [Test]
    public void A_directory_that_cannot_be_made_is_named_with_the_remedy()
    {
        File.WriteAllText(_directory["file"], "");

        var fault = Assert.ThrowsAsync<StartupException>(() =>
            PrivatePostgres.StartAsync(_directory["file/postgres"], TimeProvider.System, CancellationToken.None));

        Assert.That(fault!.Message, Does.Contain(_directory["file/postgres"]).And.Contain("choose another data directory"));
    }

    [Test]
    public async Task A_port_that_was_taken_is_told_and_another_is_tried_where_that_may_be()
    {
        _server = await StartAsync();
        await _server.StopAsync();
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, _server.Port);
        taken.Start();

        var fault = Assert.ThrowsAsync<StartupException>(() => _server.StartAsync(CancellationToken.None));
        Assert.That(fault!.Message, Does.Contain("could not bind"));
        var port = _server.Port;
        await _server.StartOnFreePortAsync(CancellationToken.None);

        Assert.That(_server.Port, Is.Not.EqualTo(port));
        Assert.That(await ScalarAsync("select 42"), Is.EqualTo(42));
    }

    [Test]
    public async Task A_cluster_of_another_user_is_left_as_it_is()
    {
        Assert.That(() => PostgresUser.CheckOwner("/etc", PostgresUser.ToChangeTo()), Throws.TypeOf<StartupException>().With.Message.Contains("'root'"));
        if (!PostgresUser.IsRoot) return; // Only root runs it as somebody else.
        var cluster = PrivatePostgres.DataDirectoryOf(Root);
        Directory.CreateDirectory(cluster);
        // A version that is installed: the owner is looked at after it.
        await File.WriteAllTextAsync(Path.Combine(cluster, "PG_VERSION"), $"{PostgresInstallation.Find().Max(p => p.Major)}");

        var fault = Assert.ThrowsAsync<StartupException>(StartAsync);

        Assert.That(fault!.Message, Does.Contain($"the database in {cluster} belongs to user 'root'").And.Contain("start it as the one who made it"));
    }

    private static async Task<long> CapabilitiesAsync(string root)
    {
        var server = await PrivatePostgres.StartAsync(root, TimeProvider.System, CancellationToken.None);
        var status = await File.ReadAllLinesAsync($"/proc/{server.Pid}/status");
        await server.StopAsync();
        return Convert.ToInt64(status.Single(l => l.StartsWith("CapEff:", StringComparison.Ordinal)).Split('\t')[1], 16);
    }

    private Task<PrivatePostgres> StartAsync() => PrivatePostgres.StartAsync(Root, TimeProvider.System, CancellationToken.None);

    private async Task RunAsync(string sql) => await ScalarAsync(sql);

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_server!.Connection + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
