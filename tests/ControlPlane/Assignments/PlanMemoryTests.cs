using Dapper;
using Microsoft.Extensions.Logging;
using Npgsql;
using StreamClips.ControlPlane.Assignments;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Liveness;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Assignments;

public sealed class PlanMemoryTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private LogCapture _log = null!;
    private string _connection = null!;
    private Postgres _postgres = null!;
    private AssignmentStore _store = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _connection = await TestServer.DatabaseAsync();
        _postgres = new Postgres(_connection);
        _log = new LogCapture();
        _store = Store();
        await RunAsync(
            """
            insert into node (id, host_name, agent_version, boot_id, capacity, state, first_seen_at, connected_at, last_seen_at)
            select 'node-' || i, 'h', '1', 'b', 20, 'ready', @Now, @Now, @Now from generate_series(1, 4) i;
            insert into streamer (id, name, url, active, created_at, updated_at)
            select gen_random_uuid(), 's' || i, 'https://www.twitch.tv/s' || i, true, @Now, @Now from generate_series(1, 40) i;
            """, new { Now });
    }

    [TearDown]
    public async Task StopAsync()
    {
        _store.Dispose();
        _log.Dispose();
        await _postgres.DisposeAsync();
    }

    [Test]
    public async Task After_any_changes_what_is_kept_is_what_the_database_holds_and_another_replica_plans_the_same()
    {
        using var other = Store();
        await other.PlanAsync(Now, null, CancellationToken.None);
        var random = new Random(20261123);
        var now = Now;
        for (var round = 0; round < 25; round++)
        {
            for (var i = random.Next(1, 5); i > 0; i--) await RunAsync(Change(random), new { now, url = $"https://www.twitch.tv/x{random.Next(1000)}" });
            now = now.AddSeconds(random.Next(1, 90));
            // Either one plans; what is left to the other is nothing.
            var (first, second) = random.Next(2) == 0 ? (_store, other) : (other, _store);
            await first.PlanAsync(now, null, CancellationToken.None);
            using var fresh = Store();
            var expected = await fresh.PlanAsync(now, null, CancellationToken.None);
            Assert.That(await second.PlanAsync(now, null, CancellationToken.None), expected.Count == 0 ? Is.Empty : Is.Not.Null, $"round {round}");
            if (round % 5 == 4) Assert.That(await second.CheckAsync(now, CancellationToken.None), Is.Empty, $"round {round}");
        }

        Assert.That(await _store.CheckAsync(now, CancellationToken.None), Is.Empty);
        Assert.That(await other.CheckAsync(now, CancellationToken.None), Is.Empty);
        Assert.That(_log.Errors, Is.Empty);
    }

    [Test]
    public async Task What_is_committed_after_a_plan_that_it_began_before_is_seen_by_the_next_one()
    {
        Assert.That((await PlanAsync(0)).OfType<Decision.Start>().Count(), Is.EqualTo(40));
        await using var slow = new NpgsqlConnection(_connection + ";Pooling=false");
        await slow.OpenAsync();
        await using var transaction = await slow.BeginTransactionAsync();
        await slow.ExecuteAsync("update streamer set active = false where name = 's1'");
        Assert.That(await PlanAsync(1), Is.Empty);
        // Those after it are committed first.
        await RunAsync("update streamer set active = false where name = 's2'");
        Assert.That((await PlanAsync(2)).OfType<Decision.End>().Count(), Is.EqualTo(1));
        await transaction.CommitAsync();

        Assert.That((await PlanAsync(3)).OfType<Decision.End>().Count(), Is.EqualTo(1));
        Assert.That(await PlanAsync(4), Is.Empty);
    }

    [Test]
    public async Task A_change_that_was_not_noted_is_told_as_an_error_and_made_good()
    {
        await PlanAsync(0);
        // What it did itself it knows by then, and what was noted of that it does not find again.
        await _store.CheckAsync(Now, CancellationToken.None);
        await RunAsync("delete from planning_change");
        await RunAsync("alter table streamer disable trigger streamer_planned; update streamer set active = false where name = 's1'; alter table streamer enable trigger streamer_planned");
        Assert.That(await PlanAsync(1), Is.Empty, "nobody knows of it");

        Assert.That((await _store.CheckAsync(Now, CancellationToken.None)).Single(), Does.EndWith("is another"));

        Assert.That(_log.Errors.Single().Message, Does.StartWith("assignment.memory: "));
        Assert.That((await PlanAsync(2)).OfType<Decision.End>().Count(), Is.EqualTo(1));
    }

    [Test]
    public async Task Who_read_before_changes_were_removed_reads_all()
    {
        using var idle = Store();
        await idle.PlanAsync(Now.AddMinutes(1), null, CancellationToken.None);
        await RunAsync("update streamer set active = false where name = 's1'");
        // Transactions of other tests on this server may still be open that began before.
        await Eventually.TrueAsync(async () =>
        {
            await _store.CheckAsync(Now, CancellationToken.None);
            return await CountAsync("planning_change") == 0;
        }, "they do not pile up");

        Assert.That((await idle.PlanAsync(Now.AddMinutes(2), null, CancellationToken.None)).OfType<Decision.End>().Count(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_heartbeat_that_changes_nothing_for_a_plan_notes_nothing()
    {
        await PlanAsync(0);
        await RunAsync("update process set state = 'running', phase = 'watching'");
        var before = await CountAsync("planning_change");
        await RunAsync("update process set chat_rate = 5, segments = segments + 1, worker_at = now(), clips = 1; update node set last_seen_at = now(); update live_status set checked_at = now() where live is not null; update streamer set last_epoch = last_epoch + 1");
        Assert.That(await CountAsync("planning_change"), Is.EqualTo(before));
    }

    private static string Change(Random random)
    {
        var name = $"s{random.Next(1, 50)}";
        return random.Next(15) switch
        {
            0 => $"update streamer set active = not active, updated_at = @now where name = '{name}'",
            1 => $"update streamer set url = @url, updated_at = @now where name = '{name}'",
            2 => $"update streamer set settings = '{{\"clip_duration\": {random.Next(10, 90)}}}' where name = '{name}'",
            3 => $"delete from streamer where name = '{name}'",
            4 => $"insert into streamer (id, name, url, active, created_at, updated_at) values (gen_random_uuid(), '{name}', @url, true, @now, @now) on conflict do nothing",
            5 => $"update process set wished = 'stop', state = 'ended', ended_at = @now where wished = 'run' and streamer_name = '{name}'",
            6 => $"update process set state = 'failed', phase = 'failed' where wished = 'run' and streamer_name = '{name}'",
            7 => "update process set phase = 'waiting', state = 'running' where wished = 'run' and streamer_name like 's1%'",
            8 => $"update node set state = 'lost' where id = 'node-{random.Next(1, 5)}'",
            9 => $"update node set state = 'ready', last_seen_at = @now where id = 'node-{random.Next(1, 5)}'",
            10 => $"update node set capacity = {random.Next(1, 25)} where id = 'node-{random.Next(1, 5)}'",
            11 => $"update live_status set platform = 'twitch', live = true, changed_at = @now, checked_at = @now, silent_since = null where url like '%s{random.Next(1, 5)}%'",
            12 => $"update live_status set platform = 'twitch', live = false, changed_at = @now, checked_at = @now where url like '%{random.Next(1, 10)}'",
            13 => "update live_status set silent_since = @now where live is null",
            _ => "insert into settings_default (value, version, updated_at) values ('{\"clip_duration\": 45}', 1, @now) on conflict (only_row) do update set value = '{\"clip_duration\": 50}'",
        };
    }

    private AssignmentStore Store() => new(_postgres, new Logger<AssignmentStore>(_log), new LivenessOptions());

    private Task<IReadOnlyList<Decision>> PlanAsync(int seconds) => _store.PlanAsync(Now.AddMinutes(1).AddSeconds(seconds), null, CancellationToken.None);

    private async Task RunAsync(string sql, object? values = null)
    {
        await using var connection = new NpgsqlConnection(_connection + ";Pooling=false");
        await connection.ExecuteAsync(sql, values);
    }

    private async Task<long> CountAsync(string table)
    {
        await using var connection = new NpgsqlConnection(_connection + ";Pooling=false");
        return await connection.ExecuteScalarAsync<long>($"select count(*) from {table}");
    }
}
