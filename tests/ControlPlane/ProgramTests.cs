using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using StreamClips.ControlPlane.Database;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests;

[Category("Slow")]
public sealed class ProgramTests
{
    private TemporaryDirectory _directory = null!;

    private string Cluster => PrivatePostgres.DataDirectoryOf(_directory["postgres"]);

    [SetUp]
    public void MakeDirectory() => _directory = new TemporaryDirectory();

    [TearDown]
    public async Task StopAsync()
    {
        await PrivatePostgres.StopLeftBehindAsync(_directory["postgres"], TimeProvider.System);
        _directory.Dispose();
    }

    [Test]
    public async Task Killed_and_started_again_it_finds_everything_and_leaves_nothing_behind()
    {
        using var client = new HttpClient();
        using (var killed = new ControlPlaneProgram(_directory.Path, new() { ["ADMIN_PASSWORD"] = TestControlPlane.Password }))
        {
            await SignInAsync(client, await killed.ReadyAsync());
            killed.Kill();
            await killed.ExitAsync();
        }

        var postmaster = Postmaster.Of(Cluster)!;
        File.Delete(_directory["endpoints.json"]);
        using var second = new ControlPlaneProgram(_directory.Path, new() { [Shared.Hosting.StopWithParent.Variable] = "1" });
        var address = await second.ReadyAsync();
        Assert.That(Postmaster.Of(Cluster)!.Pid, Is.EqualTo(postmaster.Pid), "the database that was left behind is adopted");
        await SignInAsync(client, address);
        Assert.That(second.Output, Does.Not.Contain("admin.password"), "there is an admin already");

        // The database dies under it: requests fail fast, then it is back.
        Postmaster.Signal(postmaster.Pid, Postmaster.Kill);
        await Eventually.TrueAsync(() => Postmaster.Of(Cluster) is { } now && now.Pid != postmaster.Pid, "the database was started again");
        await Eventually.TrueAsync(async () => (await client.GetAsync(new Uri(address, "/health/ready"))).StatusCode == HttpStatusCode.OK, "it is ready again");
        Assert.That((await client.GetAsync(new Uri(address, "/streamers"))).StatusCode, Is.EqualTo(HttpStatusCode.OK));

        // Another one may not use the directory meanwhile.
        using (var other = new ControlPlaneProgram(_directory.Path))
        {
            Assert.That(await other.ExitAsync(), Is.EqualTo(1));
            Assert.That(other.Output, Does.Contain("another control plane uses"));
        }

        // Its parent dies.
        second.CloseInput();
        Assert.That(await second.ExitAsync(), Is.Zero, second.Output);
        Assert.That(Postmaster.ProcessesOf(Cluster), Is.Empty);
        Assert.That(File.Exists(_directory["endpoints.json"]), Is.False);
    }

    [Test]
    public async Task A_database_that_was_left_behind_is_stopped_on_request()
    {
        using (var killed = new ControlPlaneProgram(_directory.Path))
        {
            await killed.ReadyAsync();
            Assert.That(killed.Output, Does.Match("\"event\":\"admin.password\".*\"password\":\"[A-Za-z0-9_-]{20}\""), "a generated password is told once");
            killed.Kill();
            await killed.ExitAsync();
        }

        Assert.That(Postmaster.Of(Cluster), Is.Not.Null);
        using var stop = new ControlPlaneProgram(_directory.Path, null, "stop-database");
        Assert.That(await stop.ExitAsync(), Is.Zero, stop.Output);
        Assert.That(Postmaster.ProcessesOf(Cluster), Is.Empty);
        using var again = new ControlPlaneProgram(_directory.Path, null, "stop-database");
        Assert.That(await again.ExitAsync(), Is.Zero, "that none runs is no fault");
    }

    [Test]
    public async Task A_private_database_that_dies_while_the_rest_starts_is_started_again()
    {
        var left = await PrivatePostgres.StartAsync(_directory["postgres"], TimeProvider.System, CancellationToken.None);
        await using var holds = new Npgsql.NpgsqlConnection(left.Connection + ";Pooling=false");
        await holds.OpenAsync();
        await Dapper.SqlMapper.ExecuteAsync(holds, "select pg_advisory_lock(x'53544D43'::bigint << 32 | x'4C495053'::bigint)");
        using var program = new ControlPlaneProgram(_directory.Path);
        await Eventually.TrueAsync(() => program.Output.Contains("another control plane changes the database's tables", StringComparison.Ordinal), "it is in the middle of its start");
        Postmaster.Signal(left.Pid, Postmaster.Kill);

        await program.ReadyAsync();

        Assert.That(program.Output, Does.Contain("the private Postgres went away while the control plane was starting").And.Not.Contain("DATABASE_URL"));
        Assert.That(Postmaster.Of(Cluster)!.Pid, Is.Not.EqualTo(left.Pid));
    }

    [Test]
    public async Task A_port_in_use_is_named_with_the_remedy()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        using var program = new ControlPlaneProgram(_directory.Path, new() { ["DASHBOARD_PORT"] = $"{port}", ["DATABASE_URL"] = await TestServer.DatabaseAsync() });

        Assert.That(await program.ExitAsync(), Is.EqualTo(1));
        Assert.That(program.Output, Does.Contain($"port {port} is in use: choose another with DASHBOARD_PORT (--port of streamclips), or 0 for any free one"));
    }

    [Test]
    public async Task A_database_without_a_table_is_told_without_a_stack_trace()
    {
        var database = await TestServer.DatabaseAsync();
        await using (var connection = new Npgsql.NpgsqlConnection(database + ";Pooling=false"))
        {
            await Dapper.SqlMapper.ExecuteAsync(connection, "drop table account cascade");
        }

        using var program = new ControlPlaneProgram(_directory.Path, new() { ["DATABASE_URL"] = database });

        Assert.That(await program.ExitAsync(), Is.EqualTo(1));
        Assert.That(program.Output, Does.Contain("the database cannot be used: relation \"account\" does not exist").And.Not.Contain("   at "));
    }

    [Test]
    public async Task A_database_that_does_not_answer_is_told_without_its_password()
    {
        using var program = new ControlPlaneProgram(_directory.Path, new() { ["DATABASE_URL"] = "postgres://user:topsecret@127.0.0.1:1/x" });

        Assert.That(await program.ExitAsync(), Is.EqualTo(1));
        Assert.That(program.Output, Does.Contain("the database cannot be used").And.Not.Contain("topsecret"));
    }

    [Test]
    public async Task Wrong_options_end_it_with_2_and_name_each_variable()
    {
        using var program = new ControlPlaneProgram(_directory.Path, new() { ["DASHBOARD_PORT"] = "x", ["GRPC_PORT"] = "y" });

        Assert.That(await program.ExitAsync(), Is.EqualTo(2));
        Assert.That(program.Output, Does.Contain("DASHBOARD_PORT is 'x'").And.Contain("GRPC_PORT is 'y'"));
    }

    private static async Task SignInAsync(HttpClient client, Uri address)
    {
        using var response = await client.PostAsJsonAsync(new Uri(address, "/auth/login"), new { username = "admin", password = TestControlPlane.Password });
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }
}
