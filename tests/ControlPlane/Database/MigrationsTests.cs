using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;

namespace StreamClips.ControlPlane.Tests.Database;

public sealed class MigrationsTests
{
    private static readonly Migration First = new(1, "0001_first", "create table one (id integer)");
    private static readonly Migration Second = new(2, "0002_second", "create table two (id integer)");

    [Test]
    public async Task Programs_that_start_together_run_each_step_once()
    {
        var connection = await TestServer.EmptyDatabaseAsync();

        var ran = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RunAsync(connection, First, Second)));

        Assert.That(ran.Order(), Is.EqualTo((int[])[0, 0, 0, 2]));
        Assert.That(await RunAsync(connection, First, Second), Is.Zero);
    }

    [Test]
    public async Task A_wait_for_another_program_can_be_given_up()
    {
        var connection = await TestServer.EmptyDatabaseAsync();
        await using var other = new NpgsqlConnection(connection + ";Pooling=false");
        await other.OpenAsync(); // Otherwise it is closed again, and the lock with it.
        await other.ExecuteAsync("select pg_advisory_lock(x'53544D43'::bigint << 32 | x'4C495053'::bigint)");
        using var stop = new CancellationTokenSource();

        var waits = new Migrations([First]).RunAsync(connection, TimeProvider.System, stop.Token);
        Assert.That(await Task.WhenAny(waits, Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System)), Is.Not.SameAs(waits), "it waits");
        await stop.CancelAsync();

        Assert.CatchAsync<OperationCanceledException>(() => waits.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Test]
    public async Task A_step_that_fails_leaves_nothing_of_itself()
    {
        var connection = await TestServer.EmptyDatabaseAsync();
        var broken = new Migration(2, "0002_broken", "create table half (id integer); select 1 / 0;");

        Assert.ThrowsAsync<PostgresException>(() => RunAsync(connection, First, broken));

        await using var look = new NpgsqlConnection(connection + ";Pooling=false");
        Assert.That(await look.ExecuteScalarAsync<string?>("select to_regclass('half')::text"), Is.Null);
        Assert.That(await look.ExecuteScalarAsync<int>("select max(version) from schema_migration"), Is.EqualTo(1));
        Assert.That(await RunAsync(connection, First, Second), Is.EqualTo(1));
    }

    [Test]
    public async Task A_newer_database_is_refused_in_clear_words()
    {
        var connection = await TestServer.EmptyDatabaseAsync();
        await RunAsync(connection, First, Second);

        var refusal = Assert.ThrowsAsync<StartupException>(() => RunAsync(connection, First));

        Assert.That(refusal!.Message, Does.Contain("newer than this program").And.Contain("0002_second").And.Contain("0001_first"));
    }

    [Test]
    public async Task A_step_that_was_changed_after_it_ran_is_refused()
    {
        var connection = await TestServer.EmptyDatabaseAsync();
        await RunAsync(connection, First);

        var refusal = Assert.ThrowsAsync<StartupException>(() => RunAsync(connection, First with { Sql = "create table other (id integer)" }, Second));

        Assert.That(refusal!.Message, Does.Contain("checksums differ").And.Contain("0001_first"));
    }

    [Test]
    public void Line_ends_do_not_count() =>
        Assert.That(new Migration(1, "a", "x\r\ny").Checksum, Is.EqualTo(new Migration(1, "a", "x\ny").Checksum));

    private static Task<int> RunAsync(string connection, params Migration[] steps) =>
        new Migrations(steps).RunAsync(connection, TimeProvider.System, CancellationToken.None);
}
