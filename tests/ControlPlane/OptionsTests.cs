using StreamClips.ControlPlane.Database;

namespace StreamClips.ControlPlane.Tests;

public sealed class OptionsTests
{
    [Test]
    public void Every_fault_is_named_at_once()
    {
        var (options, faults) = Read(new()
        {
            ["DASHBOARD_PORT"] = "99999", ["GRPC_PORT"] = "x", ["ADMIN_PASSWORD"] = "short",
            ["SECRET_KEY"] = "too short", ["GRPC_ADDRESS"] = "here", ["GRPC_NAMES"] = "good.example,bad name", ["NODE_CERTIFICATE_LIFE"] = "1s",
            ["DATABASE_URL"] = "postgres://user:secret@/db",
        });

        Assert.That(options, Is.Null);
        Assert.That(faults, Has.Count.EqualTo(9));
        Assert.That(faults, Has.Some.Contains("DASHBOARD_PORT is '99999'"));
        Assert.That(faults, Has.Some.Contains("GRPC_PORT is 'x'"));
        Assert.That(faults, Has.Some.Contains("GRPC_ADDRESS is 'here'"));
        Assert.That(faults, Has.Some.Contains("GRPC_NAMES holds 'bad name'"));
        Assert.That(faults, Has.Some.Contains("NODE_CERTIFICATE_LIFE is '1s'"));
        Assert.That(faults, Has.Some.Contains("SECRET_KEY has 9 characters"));
        Assert.That(faults, Has.Some.Contains("DATA_DIRECTORY is not set"));
        Assert.That(string.Join('\n', faults), Does.Not.Contain("secret").And.Not.Contain("short\n").And.Not.Contain("too short"));
    }

    [TestCase("DATABASE_MIGRATION_URL", "postgres://o:secret@h/db", "DATABASE_MIGRATION_URL is set without DATABASE_URL")]
    [TestCase("DATABASE_URL", "postgres://u:secret@a:1,b:2/db?target_session_attrs=standby", "DATABASE_URL asks for a server by target_session_attrs=standby")]
    public void A_database_that_cannot_be_used_is_told_without_its_password(string variable, string value, string fault)
    {
        var (_, faults) = Read(new() { ["DATA_DIRECTORY"] = "/tmp/x", [variable] = value });

        Assert.That(faults.Single(), Does.StartWith(fault).And.Not.Contain("secret"));
    }

    [Test]
    public void Of_several_hosts_each_is_named_with_its_port()
    {
        var (options, _) = Read(new() { ["DATA_DIRECTORY"] = "/tmp/x", ["DATABASE_URL"] = "postgres://u:secret@a:5433,b,[::1]:7/db?target_session_attrs=read-write" });

        Assert.That(DatabaseHosts.Describe(new(options!.Database)), Is.EqualTo("a:5433,b:5432,[::1]:7/db"));
    }

    [Test]
    public void Addresses_of_replicas_are_for_new_nodes_and_their_names_for_the_certificate()
    {
        var (options, _) = Read(new() { ["DATA_DIRECTORY"] = "/tmp/x", ["GRPC_NAMES"] = "a.example", ["GRPC_URLS"] = "https://a.example:9443, https://b.example,https://[::1]:9443/" });

        Assert.That(options!.AgentsUrls(1), Is.EqualTo((string[])["https://a.example:9443", "https://b.example", "https://[::1]:9443"]));
        Assert.That(options.GrpcNames, Is.SupersetOf((string[])["a.example", "b.example", "::1", "localhost"]).And.Unique);

        var (_, faults) = Read(new() { ["DATA_DIRECTORY"] = "/tmp/x", ["GRPC_URLS"] = "https://a.example,http://b.example,b" });
        Assert.That(faults, Has.Count.EqualTo(2).And.Some.StartsWith("GRPC_URLS holds 'http://b.example': give ").And.Some.StartsWith("GRPC_URLS holds 'b': "));
    }

    [Test]
    public void The_data_directory_alone_is_enough()
    {
        var (options, faults) = Read(new() { ["DATA_DIRECTORY"] = "/tmp/x" });

        Assert.That(faults, Is.Empty);
        Assert.That(options!.Storages.Single().LocalPath, Is.EqualTo("/tmp/x/clips"));
        Assert.That(options.DashboardPort, Is.EqualTo(8080));
    }

    [TestCase("postgres://u:p%40ss@db.example:5433/clips?sslmode=require", "db.example:5433", "p@ss", "clips")]
    [TestCase("Host=db.example;Username=u;Password=p@ss;Database=clips", "db.example", "p@ss", "clips")]
    public void A_database_is_given_as_url_or_as_connection_string(string url, string host, string password, string name)
    {
        var (connection, fault) = DatabaseUrl.Read(url);

        Assert.That(fault, Is.Null);
        var read = new Npgsql.NpgsqlConnectionStringBuilder(connection);
        Assert.That((read.Host, read.Password, read.Database), Is.EqualTo((host, password, name)));
    }

    private static (ControlPlaneOptions? Options, IReadOnlyList<string> Faults) Read(Dictionary<string, string> variables) =>
        ControlPlaneOptions.Read(variables.GetValueOrDefault);
}
