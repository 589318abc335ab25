using System.Net;
using Grpc.Core;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Tests.NodeLink;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Journal;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Database;

[Category("Slow")]
public sealed class OutageTests
{
    [Test]
    public async Task A_killed_database_fails_requests_fast_and_loses_nothing()
    {
        using var directory = new TemporaryDirectory();
        var server = await PrivatePostgres.StartAsync(directory["postgres"], TimeProvider.System, CancellationToken.None);
        try
        {
            await ControlPlaneRun.MigrateAsync(server.Connection, CancellationToken.None);
            await using var control = await TestControlPlane.StartAsync(server.Connection);
            var process = Guid.NewGuid();
            await using (var agent = await FakeAgent.ConnectAsync(control))
            {
                await agent.JournalAsync(process, At(0), At(10), Log("before"));
                Postmaster.Signal(server.Pid, Postmaster.Kill);
                await server.ExitAsync(CancellationToken.None);
                await Eventually.TrueAsync(() => Postmaster.ProcessesOf(server.DataDirectory).Count == 0, "the database is gone");

                var started = TimeProvider.System.GetTimestamp();
                using var response = await control.Http.GetAsync("/streamers");
                Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
                Assert.That(response.Headers.RetryAfter!.Delta, Is.GreaterThan(TimeSpan.Zero));
                Assert.That(TimeProvider.System.GetElapsedTime(started).TotalSeconds, Is.LessThan(30), "it fails at once; a wait for the database would be longer");
                Assert.That((await control.Http.GetAsync("/health/ready")).StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
                Assert.That((await control.Http.GetAsync("/health/live")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
                await agent.StatusAsync(0);
                Assert.That((await agent.EndAsync())!.Value.StatusCode, Is.EqualTo(StatusCode.Unavailable));
            }

            await server.StartAsync(CancellationToken.None);
            await Eventually.TrueAsync(async () => (await control.Http.GetAsync("/health/ready")).StatusCode == HttpStatusCode.OK, "it is ready again");
            await using var again = await FakeAgent.ConnectAsync(control);
            Assert.That(await again.JournalAsync(process, At(0), At(10), Log("before")), Is.EqualTo(At(10)), "what was acknowledged is there");
            await again.JournalAsync(process, At(10), At(20), Log("after"));
            await control.AddStreamerAsync("alpha");
            await again.DesiredAsync(d => d.Assignments.Count == 1);
            Assert.That((await control.GetAsync("/logs"))["items"]!.AsArray().Select(l => l!["message"]!.ToString()), Is.EqualTo((string[])["after", "before"]));
        }
        finally
        {
            await server.StopAsync();
        }
    }

    [Test]
    public async Task A_database_that_takes_no_changes_no_connections_or_no_end_is_told_as_503_and_mends_by_itself()
    {
        await using var control = await TestControlPlane.StartAsync();
        await control.AddStreamerAsync("alpha", active: false);
        var name = new Npgsql.NpgsqlConnectionStringBuilder(control.Connection).Database;
        const string Cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";

        // A failover's read-only phase: reads go on, changes do not.
        await control.ExecuteAsync($"alter database {name} set default_transaction_read_only = on; {Cut}");
        await Eventually.TrueAsync(async () => (await control.Http.GetAsync("/streamers")).StatusCode == HttpStatusCode.OK, "it reads on new connections");
        await RefusedAsync(() => control.Http.PostAsync("/nodes/rebalance", null));
        await RefusedAsync(() => control.Http.GetAsync("/health/ready"));
        await control.ExecuteAsync($"begin; set transaction read write; alter database {name} reset default_transaction_read_only; commit; {Cut}");
        await MendsAsync(control);

        // Others have all the connections that there are.
        await control.ExecuteAsync($"alter database {name} connection limit 0; {Cut}");
        await RefusedAsync(() => control.Http.GetAsync("/streamers"));
        await control.ExecuteAsync($"alter database {name} connection limit -1");
        await MendsAsync(control);

        // A lock that somebody holds and does not give back.
        await using (var holds = new Npgsql.NpgsqlConnection(control.Connection + ";Pooling=false"))
        {
            await holds.OpenAsync();
            await using var transaction = await holds.BeginTransactionAsync();
            await Dapper.SqlMapper.ExecuteAsync(holds, "lock table streamer in access exclusive mode");
            await RefusedAsync(() => control.Http.GetAsync("/streamers"));
        }

        await MendsAsync(control);
        Assert.That((await control.GetAsync("/streamers"))["items"]!.AsArray(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_transaction_whose_program_stands_still_is_ended_by_the_server()
    {
        var database = await TestServer.DatabaseAsync();
        await using var postgres = new Postgres(database);
        await using var looks = new Npgsql.NpgsqlConnection(database + ";Pooling=false");

        var fault = Assert.CatchAsync(() => postgres.TransactAsync(async connection =>
        {
            var pid = await Dapper.SqlMapper.ExecuteScalarAsync<int>(connection, "set idle_in_transaction_session_timeout = '50ms'; select pg_backend_pid()");
            await Eventually.TrueAsync(async () => await Dapper.SqlMapper.ExecuteScalarAsync<long>(looks, "select count(*) from pg_stat_activity where pid = @pid", new { pid }) == 0, "the server ends it");
        }, CancellationToken.None));

        Assert.That(DatabaseFault.IsUnavailable(fault!), Is.True, $"{fault}");
        Assert.That(await postgres.FirstAsync<string>("show idle_in_transaction_session_timeout", null, CancellationToken.None), Is.EqualTo("10s"));
        Assert.That(await postgres.FirstAsync<string>("show lock_timeout", null, CancellationToken.None), Is.EqualTo("10s"));
    }

    private static async Task RefusedAsync(Func<Task<HttpResponseMessage>> request)
    {
        using var response = await request();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable), await response.Content.ReadAsStringAsync());
        Assert.That(response.Headers.RetryAfter!.Delta, Is.GreaterThan(TimeSpan.Zero));
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/problem+json"));
    }

    private static Task MendsAsync(TestControlPlane control) => Eventually.TrueAsync(async () =>
    {
        using var response = await control.Http.PostAsync("/nodes/rebalance", null);
        return response.StatusCode == HttpStatusCode.Accepted && (await control.Http.GetAsync("/health/ready")).StatusCode == HttpStatusCode.OK;
    }, "it works again");

    private static JournalCursor At(long offset) => new() { File = 1, Offset = offset };

    private static LogEntry Log(string message) => new() { At = TimeProvider.System.GetUtcNow(), Level = "info", Event = "test", Message = message };
}
