using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;

namespace StreamClips.ControlPlane.Tests.Database;

/// <summary>What the role that the program works as may do to a database, and what it may not whatever it tries.</summary>
public sealed class ApplicationRoleTests
{
    private string _owner = null!;
    private string _application = null!;

    [SetUp]
    public async Task MakeAsync()
    {
        _owner = await TestServer.DatabaseAsync();
        _application = TestServer.AsApplication(_owner);
        await RunAsync(_application, "insert into streamer (id, name, url, active, created_at, updated_at) values (gen_random_uuid(), 'alpha', 'https://www.twitch.tv/alpha', false, now(), now())");
    }

    [Test]
    public async Task Its_changes_are_in_the_trail_which_it_cannot_write()
    {
        Assert.That(await CountAsync(_application, "select count(*) from audit where subject_name = 'alpha'"), Is.EqualTo(1), "the trigger works as the owner");
        Assert.That(await CountAsync(_application, "select count(*) from unnest(array['insert', 'update', 'delete', 'truncate', 'references', 'trigger']) p where has_table_privilege('audit', p)"), Is.Zero, "not by right, besides the triggers that refuse it");
        Assert.That(await CountAsync(_application, "select count(*) from pg_roles where rolname = current_user and (rolsuper or rolcreaterole or rolcreatedb or rolbypassrls or rolreplication)"), Is.Zero);
    }

    [TestCase("update audit set actor = 'somebody'")]
    [TestCase("delete from audit")]
    [TestCase("truncate audit")]
    [TestCase("drop table audit")]
    [TestCase("alter table audit disable trigger all")]
    [TestCase("drop trigger audit_stays on audit")]
    [TestCase("insert into audit (at, actor_kind, actor, action, subject, subject_id) values (now(), 'system', 'x', 'added', 'user', '1')")]
    [TestCase("drop trigger audit_streamer on streamer")]
    [TestCase("alter table streamer disable trigger audit_streamer")]
    [TestCase("set session_replication_role = replica")]
    [TestCase("create or replace function audit_change() returns trigger language plpgsql as 'begin return null; end'")]
    [TestCase("create or replace function audit_masked(whole jsonb) returns jsonb language sql as 'select whole'")]
    [TestCase("drop table streamer")]
    [TestCase("alter table streamer add column x integer")]
    [TestCase("update schema_migration set checksum = ''")]
    [TestCase("delete from lease")]
    [TestCase("select grant_to_application(current_user)")]
    [TestCase("set role streamclips")]
    [TestCase("copy streamer to program 'true'")]
    public async Task It_may_not(string sql)
    {
        var before = await CountAsync(_owner, "select count(*) from audit");

        var refusal = Assert.ThrowsAsync<PostgresException>(() => RunAsync(_application, sql));

        Assert.That(refusal!.SqlState, Is.EqualTo(PostgresErrorCodes.InsufficientPrivilege));
        Assert.That(await CountAsync(_owner, "select count(*) from audit"), Is.EqualTo(before));
    }

    [Test]
    public async Task Every_table_is_granted_what_the_program_needs()
    {
        await using var connection = new NpgsqlConnection(_application + ";Pooling=false");
        var closed = await connection.QueryAsync<string>(
            """
            select c.relname::text from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
                and c.relname not in ('audit', 'schema_migration', 'lease')
                and not (has_table_privilege(c.oid, 'select') and has_table_privilege(c.oid, 'insert') and has_table_privilege(c.oid, 'update') and has_table_privilege(c.oid, 'delete'))
            """);

        Assert.That(closed, Is.Empty);
    }

    [Test]
    public async Task It_starts_where_no_step_is_missing_and_says_what_to_do_where_one_is()
    {
        Assert.That(await Migrations.BuiltIn.RunAsync(_application, TimeProvider.System, CancellationToken.None), Is.Zero);
        await RunAsync(_owner, "delete from schema_migration where version = (select max(version) from schema_migration)");

        var refusal = Assert.ThrowsAsync<StartupException>(() => ControlPlaneRun.MigrateAsync(_application, CancellationToken.None));

        Assert.That(refusal!.Message, Does.Contain("DATABASE_MIGRATION_URL"));
    }

    [Test]
    public void Whom_the_program_works_as_follows_from_the_two_addresses()
    {
        Assert.That(DatabaseUrl.OtherUser("Host=a;Username=owner", "Host=a;Username=app"), Is.EqualTo("app"));
        Assert.That(DatabaseUrl.OtherUser("Host=a;Username=owner", "Host=a;Username=owner"), Is.Null);
        Assert.That(DatabaseUrl.OtherUser("Host=a", "Host=a"), Is.Null);
    }

    private static async Task RunAsync(string connection, string sql)
    {
        await using var session = new NpgsqlConnection(connection + ";Pooling=false");
        await session.ExecuteAsync(sql);
    }

    private static async Task<long> CountAsync(string connection, string sql)
    {
        await using var session = new NpgsqlConnection(connection + ";Pooling=false");
        return await session.ExecuteScalarAsync<long>(sql);
    }
}
