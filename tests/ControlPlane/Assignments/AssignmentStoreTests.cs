using System.Diagnostics;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StreamClips.ControlPlane.Assignments;
using StreamClips.ControlPlane.Database;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Assignments;

public sealed class AssignmentStoreTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private string _connection = null!;
    private Postgres _postgres = null!;
    private AssignmentStore _store = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _connection = await TestServer.DatabaseAsync();
        _postgres = new Postgres(_connection);
        _store = new AssignmentStore(_postgres, NullLogger<AssignmentStore>.Instance);
    }

    [TearDown]
    public async Task StopAsync()
    {
        _store.Dispose();
        await _postgres.DisposeAsync();
    }

    [Test]
    public async Task A_plan_of_two_thousand_takes_no_more_statements_than_one_of_one()
    {
        await FillAsync(streamers: 0, nodes: 100);
        await PlanAsync(Now);
        await FillAsync(streamers: 1, nodes: 0);
        var one = await StatementsAsync(async () => Assert.That(Starts(await PlanAsync(Now)), Is.EqualTo(1)));
        await FillAsync(streamers: 1_999, nodes: 0);
        var many = await StatementsAsync(async () => Assert.That(Starts(await PlanAsync(Now.AddSeconds(1))), Is.EqualTo(1_999)));

        Assert.That(many, Is.EqualTo(one));
        Assert.That(await ValueAsync<long>("select count(*) from (select node_id from process where wished = 'run' group by node_id having count(*) = 20) n"), Is.EqualTo(100));
        Assert.That(await ValueAsync<long>("select count(*) from event where kind = 'process.assigned' and data->>'reason' like 'on node-%'"), Is.EqualTo(2_000));
        Assert.That(await ValueAsync<long>("select count(*) from process p join streamer s on s.id = p.streamer_id where p.epoch = s.last_epoch and p.revision = (select desired_revision from node n where n.id = p.node_id)"), Is.EqualTo(1_999), "all but the first one are told by the newest revision of their node");
        Assert.That(await PlanAsync(Now.AddSeconds(2)), Is.Empty, "what was carried out leaves nothing to do");
    }

    [Test]
    public async Task A_lost_node_s_failures_are_remembered_and_it_joins_anew_when_it_is_back()
    {
        await FillAsync(streamers: 4, nodes: 2);
        await PlanAsync(Now);
        await RunAsync("update node set state = 'lost' where id = 'node-1'");
        await PlanAsync(Now.AddMinutes(1));

        Assert.That(await ValueAsync<long>("select count(*) from process where state = 'lost' and reason = 'node-1 is lost: moved to node-2' and wished = 'stop' and ended_at = @at", new { at = Now.AddMinutes(1) }), Is.EqualTo(2));
        Assert.That(await ValueAsync<long>("select count(*) from process where wished = 'run' and node_id = 'node-2'"), Is.EqualTo(4));
        Assert.That(await ValueAsync<long>("select count(*) from placement_failure where node_id = 'node-1' and at = @at", new { at = Now.AddMinutes(1) }), Is.EqualTo(2));
        await RunAsync("update node set state = 'ready', last_seen_at = @at where id = 'node-1'", new { at = Now.AddMinutes(2) });
        await RunAsync("update node set state = 'ready', last_seen_at = @at where id = 'node-1'", new { at = Now.AddMinutes(3) });
        Assert.That(await ValueAsync<DateTime>("select joined_at from node where id = 'node-1'"), Is.EqualTo(Now.AddMinutes(2).UtcDateTime), "not with each word that is heard of it");
    }

    [TestCase("lost")]
    [TestCase("retired")]
    public async Task What_was_stopping_is_over_with_its_node_and_what_runs_elsewhere_is_not(string state)
    {
        await FillAsync(streamers: 2, nodes: 2);
        await PlanAsync(Now);
        await RunAsync("update streamer set active = false");
        await PlanAsync(Now.AddSeconds(1));
        Assert.That(await ValueAsync<long>("select count(*) from process where state = 'stopping' and ended_at is null"), Is.EqualTo(2));

        await RunAsync("update node set state = @state where id = 'node-1'", new { state });
        Assert.That(await PlanAsync(Now.AddMinutes(1)), Is.Empty, "there is nothing to decide");

        Assert.That(await ValueAsync<string>("select string_agg(node_id || ' ' || state || ' ' || coalesce(ended_at = @at, false), ', ' order by node_id) from process", new { at = Now.AddMinutes(1) }),
            Is.EqualTo("node-1 lost true, node-2 stopping false"));
    }

    [Test]
    public async Task A_process_that_ends_while_the_plan_is_made_keeps_its_end()
    {
        await FillAsync(streamers: 1, nodes: 1);
        await PlanAsync(Now);
        await RunAsync("update streamer set active = false");
        await using var status = new NpgsqlConnection(_connection + ";Pooling=false");
        await status.OpenAsync();
        await using var transaction = await status.BeginTransactionAsync();
        await status.ExecuteAsync("select id from node where id = 'node-1' for update");
        var plan = PlanAsync(Now.AddMinutes(2));
        await WaitsAsync();
        await status.ExecuteAsync("update process set state = 'ended', wished = 'stop', ended_at = @at", new { at = Now.AddMinutes(1) });
        await transaction.CommitAsync();

        Assert.That((await plan).OfType<Decision.End>().Count(), Is.EqualTo(1));
        Assert.That(await ValueAsync<string>("select state || ' ' || (ended_at = @at) from process", new { at = Now.AddMinutes(1) }), Is.EqualTo("ended true"));
    }

    [Test]
    public async Task Nodes_are_locked_by_name_in_whatever_order_they_lie()
    {
        await FillAsync(streamers: 2, nodes: 2);
        foreach (var change in (Func<Task>[])[() => PlanAsync(Now), () => _store.MarkLostAsync(Now.AddMinutes(1), Now.AddMinutes(1), CancellationToken.None)])
        {
            // The first one's row moves behind the second one's.
            await RunAsync("update node set load_1m = load_1m + 1 where id = 'node-1'");
            await using var other = new NpgsqlConnection(_connection + ";Pooling=false");
            await other.OpenAsync();
            await using var transaction = await other.BeginTransactionAsync();
            await other.ExecuteAsync("select id from node where id = 'node-1' for update");
            var changing = change();
            await WaitsAsync();
            await other.ExecuteAsync("select id from node where id = 'node-2' for update nowait");
            await transaction.CommitAsync();
            await changing;
        }

        Assert.That(await ValueAsync<long>("select count(*) from node where state = 'lost' and desired_revision > 1"), Is.EqualTo(2));
    }

    [Test]
    public async Task What_waits_is_told_once_and_runs_as_soon_as_there_is_room()
    {
        await FillAsync(streamers: 3, nodes: 0);
        await PlanAsync(Now);
        await PlanAsync(Now.AddSeconds(1));
        Assert.That(await ValueAsync<long>("select count(*) from event where kind = 'streamer.waits' and data->>'reason' = 'no node has ever connected' and data->>'streamer' like 's%'"), Is.EqualTo(3));

        await FillAsync(streamers: 0, nodes: 1);
        Assert.That(Starts(await PlanAsync(Now.AddSeconds(2))), Is.EqualTo(3));
        Assert.That(await ValueAsync<long>("select count(*) from streamer where waiting = '' and last_epoch = 1"), Is.EqualTo(3));
    }

    [Test]
    public async Task The_facts_are_found_by_index_however_many_processes_there_were()
    {
        await FillAsync(streamers: 3_000, nodes: 100);
        await PlanAsync(Now);
        await RunAsync(
            """
            update streamer set last_epoch = 20;
            insert into process (id, streamer_id, node_id, epoch, streamer_name, url, settings, placement, wished, state, revision, created_at, ended_at)
            select gen_random_uuid(), s.id, 'node-1', e, s.name, s.url, '{}', '', 'stop', 'ended', 1, now(), now() from streamer s, generate_series(2, 20) e;
            insert into placement_failure select s.id, 'node-1', now() - make_interval(hours => h) from streamer s, generate_series(1, 20) h;
            analyze;
            """);
        foreach (var statement in $"{AssignmentStore.FactsSql};{AssignmentStore.ChangesSql}".Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            await using var connection = new NpgsqlConnection(_connection + ";Pooling=false");
            var plan = string.Join('\n', await connection.QueryAsync<string>("explain " + statement
                .Replace("@since", "now() - interval '4 hours'", StringComparison.Ordinal).Replace("@changed", "array(select id from streamer limit 10)", StringComparison.Ordinal)));
            Assert.That(plan, Does.Not.Contain("Seq Scan on process").And.Not.Contain("Seq Scan on placement_failure"), statement);
        }
    }

    /// <summary>Until another session of this database waits for a row.</summary>
    private Task WaitsAsync() => Eventually.TrueAsync(
        async () => await ValueAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") > 0, "it waits for the row");

    private static int Starts(IReadOnlyList<Decision> plan) => plan.OfType<Decision.Start>().Count();

    private Task<IReadOnlyList<Decision>> PlanAsync(DateTimeOffset now) => _store.PlanAsync(now, null, CancellationToken.None);

    /// <summary>How many statements the driver sent for it, whatever else runs in this program.</summary>
    private static async Task<int> StatementsAsync(Func<Task> work)
    {
        using var root = new Activity("plan").Start();
        var (trace, count) = (root.TraceId, 0);
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => count += activity.TraceId == trace ? 1 : 0,
        };
        ActivitySource.AddActivityListener(listener);
        await work();
        Assert.That(count, Is.GreaterThan(2), "the driver tells what it does");
        return count;
    }

    private Task FillAsync(int streamers, int nodes) => RunAsync(
        """
        insert into node (id, host_name, agent_version, boot_id, capacity, state, first_seen_at, connected_at, last_seen_at)
        select 'node-' || i, 'h', '1', 'b', 50, 'ready', @at, @at, @at from generate_series(1, @nodes) i;
        insert into streamer (id, name, url, active, created_at, updated_at)
        select gen_random_uuid(), 's' || i, 'https://www.twitch.tv/s' || i, true, @at, @at
        from generate_series((select count(*) from streamer) + 1, (select count(*) from streamer) + @streamers) i;
        """, new { streamers, nodes, at = Now });

    private async Task RunAsync(string sql, object? values = null)
    {
        await using var connection = new NpgsqlConnection(_connection + ";Pooling=false");
        await connection.ExecuteAsync(sql, values);
    }

    private async Task<T?> ValueAsync<T>(string sql, object? values = null)
    {
        await using var connection = new NpgsqlConnection(_connection + ";Pooling=false");
        return await connection.ExecuteScalarAsync<T>(sql, values);
    }
}
