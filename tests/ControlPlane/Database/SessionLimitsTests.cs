using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Database;

/// <summary>What the server itself ends, and whose connections are whose.</summary>
public sealed class SessionLimitsTests
{
    private const string Limits = "select name, current_setting(name) as value, source from pg_settings where name in ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout') order by name";

    [Test]
    public async Task The_server_ends_what_a_program_that_is_gone_left_behind_sooner_for_requests_and_never_what_may_take_long()
    {
        await using var postgres = new Postgres(await TestServer.DatabaseAsync(), maxConnections: 4, forRequests: 2);
        for (var use = 0; use < 3; use++)
        {
            Assert.That(await LimitsAsync(() => postgres.OpenAsync(CancellationToken.None)), Is.EqualTo(("10s", "10s", "1min")), $"use {use}");
            Assert.That(await AsRequestAsync(() => LimitsAsync(() => postgres.OpenAsync(CancellationToken.None))), Is.EqualTo(("10s", "10s", "20s")), $"use {use}");
        }

        Assert.That((await LimitsAsync(() => postgres.OpenSingleAsync(CancellationToken.None))).Statement, Is.EqualTo("0"));
    }

    [Test]
    public async Task Limits_are_not_start_up_options_which_poolers_refuse()
    {
        await using var postgres = new Postgres(await TestServer.DatabaseAsync());
        await using var connection = await postgres.OpenAsync(CancellationToken.None);
        Assert.That((await connection.QueryAsync<Setting>(Limits)).Select(s => s.Source), Has.Exactly(3).Items.And.All.EqualTo("session"));
    }

    [Test]
    public async Task A_statement_that_takes_too_long_is_ended_by_the_server_and_told_as_a_database_that_is_away()
    {
        await using var pool = DatabaseHosts.Pool(new(await TestServer.DatabaseAsync()) { CommandTimeout = 0 }, TimeSpan.FromMilliseconds(200));
        await using var connection = await pool.OpenConnectionAsync();

        var fault = Assert.CatchAsync<PostgresException>(() => connection.ExecuteAsync("select pg_sleep(600)"));

        Assert.That(fault!.SqlState, Is.EqualTo(PostgresErrorCodes.QueryCanceled));
        Assert.That(DatabaseFault.IsUnavailable(fault), Is.True);
    }

    [Test]
    public async Task A_request_is_answered_while_agents_and_loops_have_all_of_their_connections()
    {
        await using var control = await TestControlPlane.StartAsync();
        var taken = new List<NpgsqlConnection>();
        try
        {
            // Until there is none left: who wants one then waits in vain.
            while (true) taken.Add(await control.Get<Postgres>().OpenAsync(CancellationToken.None));
        }
        catch (NpgsqlException)
        {
            Assert.That(taken, Has.Count.GreaterThanOrEqualTo(5));
        }

        Assert.That((await control.GetAsync("/streamers"))["items"]!.AsArray(), Is.Empty);
        foreach (var connection in taken) await connection.DisposeAsync();
    }

    private static async Task<(string Idle, string Lock, string Statement)> LimitsAsync(Func<ValueTask<NpgsqlConnection>> open)
    {
        await using var connection = await open();
        return (await connection.QueryAsync<Setting>(Limits)).Select(s => s.Value).ToArray() is [var idle, var waits, var statement] ? (idle, waits, statement) : throw new InvalidOperationException("three settings");
    }

    private static async Task<T> AsRequestAsync<T>(Func<Task<T>> work)
    {
        Lane.Request();
        return await work();
    }

    private sealed record Setting
    {
        public required string Name { get; init; }

        public required string Value { get; init; }

        public required string Source { get; init; }
    }
}
