using System.Text.Json.Nodes;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Partitions;
using StreamClips.ControlPlane.Tests.NodeLink;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Journal;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Partitions;

[Category("Slow")]
public sealed class LogDaysTests : ControlPlaneFixture
{
    private readonly Guid _process = Guid.NewGuid();
    [Test]
    public async Task A_line_with_an_absurd_time_is_kept_under_the_present_one_and_makes_no_day()
    {
        await using var agent = await FakeAgent.ConnectAsync(_control);
        var now = TimeProvider.System.GetUtcNow();
        DateTimeOffset[] absurd = [DateTimeOffset.MinValue, DateTimeOffset.UnixEpoch, now.AddDays(-40), now.AddDays(3), DateTimeOffset.MaxValue];

        await agent.JournalAsync(_process, Cursor(0), Cursor(100), [Line(now, "right"), .. absurd.Select(a => Line(a, "absurd"))]);

        var lines = await LinesAsync();
        Assert.That(lines, Has.Count.EqualTo(6));
        Assert.That(lines.Select(l => DateTimeOffset.Parse(l["at"]!.ToString())), Has.All.EqualTo(now).Within(TimeSpan.FromMinutes(5)));
        var clocks = lines.Where(l => l["message"]!.ToString() == "absurd").Select(l => DateTimeOffset.Parse(l["clock_at"]!.ToString())).Order();
        Assert.That(clocks.Select(c => c.UtcTicks / 10), Is.EqualTo(absurd.Select(a => a.UtcTicks / 10)));
        Assert.That(lines.Single(l => l["message"]!.ToString() == "right")["clock_at"], Is.Null);
        Assert.That(await _control.ScalarAsync<long>("select count(*) from pg_inherits where inhparent = 'log_line'::regclass"), Is.LessThanOrEqualTo(3));
    }

    [Test]
    public async Task Late_lines_of_several_nodes_make_their_day_once()
    {
        var agents = await Task.WhenAll(Enumerable.Range(1, 3).Select(i => FakeAgent.ConnectAsync(_control, $"node-{i}")));
        var late = TimeProvider.System.GetUtcNow().AddDays(-5);

        await Task.WhenAll(agents.Select(a => a.JournalAsync(Guid.NewGuid(), Cursor(0), Cursor(100), Line(late, "late"))));

        foreach (var agent in agents) await agent.DisposeAsync();
        Assert.That(await _control.ScalarAsync<long>($"select count(*) from log_line_{late:yyyyMMdd}"), Is.EqualTo(3));
        Assert.That((await _control.GetAsync("/logs"))["items"]!.AsArray(), Has.Count.EqualTo(3));
    }

    [Test]
    public async Task A_day_that_somebody_reads_is_reported_and_goes_later_and_nobody_waits_for_it()
    {
        var old = await OldDayAsync(30);
        var recent = await OldDayAsync(2);
        await using (var reader = new NpgsqlConnection(_control.Connection + ";Pooling=false"))
        {
            await reader.OpenAsync();
            await using var transaction = await reader.BeginTransactionAsync();
            await using (var read = new NpgsqlCommand("select count(*) from log_line", reader, transaction)) await read.ExecuteScalarAsync();
            await using var agent = await FakeAgent.ConnectAsync(_control);

            var sweep = Sweep();
            await agent.JournalAsync(_process, Cursor(0), Cursor(100), Line(TimeProvider.System.GetUtcNow(), "while it waits"));
            Assert.That(await sweep, Is.False);
            Assert.That(await Sweep(), Is.False);

            var stuck = await PartitionAsync(old);
            Assert.That((stuck["tries"]!.GetValue<int>(), stuck["fault"]!.ToString()), Is.EqualTo((2, stuck["fault"]!.ToString())));
            Assert.That(stuck["fault"]!.ToString(), Does.StartWith("somebody reads it"));
            Assert.That((await _control.EventKindsAsync()).Count(k => k == "partition.stuck"), Is.EqualTo(1));
            Assert.That(await _control.Http.GetStringAsync("/app/logs"), Does.Contain("1 day of log lines should be gone"));
            Assert.That((await LinesAsync()).Single()["message"]!.ToString(), Is.EqualTo("while it waits"));
        }

        Assert.That(await Sweep(), Is.True);
        Assert.That(await _control.ScalarAsync<string>($"select to_regclass('{old}')::text"), Is.Null);
        Assert.That(await _control.ScalarAsync<long>($"select count(*) from {recent}"), Is.EqualTo(1), "what is kept stays");
        Assert.That((await _control.EventKindsAsync()).Count(k => k == "partition.dropped"), Is.EqualTo(1));
        Assert.That(await _control.ScalarAsync<long>("select count(*) from partition_fault"), Is.Zero);
    }

    [Test]
    public async Task Lines_of_a_day_that_was_removed_meanwhile_make_it_anew()
    {
        await using var agent = await FakeAgent.ConnectAsync(_control);
        var late = TimeProvider.System.GetUtcNow().AddDays(-5);
        await agent.JournalAsync(_process, Cursor(0), Cursor(100), Line(late, "before"));
        await _control.ExecuteAsync($"drop table log_line_{late:yyyyMMdd}");

        await agent.JournalAsync(_process, Cursor(100), Cursor(200), Line(late, "after"));

        Assert.That((await LinesAsync()).Single()["message"]!.ToString(), Is.EqualTo("after"));
    }

    [Test]
    public async Task Text_in_a_day_that_is_over_is_found_by_an_index()
    {
        var day = await OldDayAsync(2);
        await _control.ExecuteAsync($"insert into {day} (at, process_id, node_id, level, event, message) select at, process_id, node_id, level, event, md5(n::text) from {day}, generate_series(1, 20000) n");
        Assert.That(await Index(), Is.True);
        await _control.ExecuteAsync($"analyze {day}");

        Assert.That((await PartitionAsync(day))["searchable"]!.GetValue<bool>(), Is.True);
        var plan = await _control.ScalarAsync<string>($"explain (format json) select id from {day} where event || ' ' || message ilike '%c4ca4238a0b9%' order by at desc, id desc limit 50");
        Assert.That(plan, Does.Contain($"{day}_text"));
    }

    [Test]
    public async Task A_backup_only_holds_an_index_up_and_nothing_is_built_twice()
    {
        var recent = await OldDayAsync(2);
        await using var backup = new NpgsqlConnection(_control.Connection + ";Pooling=false");
        await backup.OpenAsync();
        await using var transaction = await backup.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        await using (var read = new NpgsqlCommand($"select count(*) from {recent}", backup, transaction)) await read.ExecuteScalarAsync();

        var index = Index();
        await Eventually.TrueAsync(() => _control.ScalarAsync<bool>($"select exists (select from pg_index where indexrelid = to_regclass('{recent}_text'))"), "the index is begun");
        var begun = await _control.ScalarAsync<long>($"select to_regclass('{recent}_text')::oid::bigint");
        Assert.That(index.IsCompleted, Is.False, "it waits for the backup");
        await _control.ExecuteAsync("select pg_sleep(2.5)");
        await transaction.CommitAsync();

        Assert.That(await index, Is.True);
        Assert.That(await _control.ScalarAsync<long>($"select to_regclass('{recent}_text')::oid::bigint"), Is.EqualTo(begun), "the one that was begun");
        Assert.That((await PartitionAsync(recent))["searchable"]!.GetValue<bool>(), Is.True);
    }

    [Test]
    public async Task While_a_day_is_indexed_old_ones_go()
    {
        var (recent, old) = (await OldDayAsync(2), await OldDayAsync(30));
        await using var backup = new NpgsqlConnection(_control.Connection + ";Pooling=false");
        await backup.OpenAsync();
        await using (var locks = new NpgsqlCommand($"select pg_advisory_lock({PartitionStore.IndexLock})", backup)) await locks.ExecuteScalarAsync();

        Assert.That(await Index(), Is.True, "another replica does it");
        Assert.That(await Sweep(), Is.True);

        Assert.That(await _control.ScalarAsync<string>($"select to_regclass('{old}')::text"), Is.Null);
        Assert.That((await PartitionAsync(recent))["searchable"]!.GetValue<bool>(), Is.False);
    }

    [Test]
    public async Task A_day_that_a_person_restored_to_read_in_is_left_alone_and_one_whose_removal_broke_off_goes()
    {
        var (restored, broken) = (await OldDayAsync(30), await OldDayAsync(31));
        foreach (var day in new[] { restored, broken }) await _control.ExecuteAsync($"alter table log_line detach partition {day}");
        await _control.ExecuteAsync($"comment on table {broken} is 'its removal was begun'");

        Assert.That(await Sweep(), Is.True);

        Assert.That(await _control.ScalarAsync<string>($"select to_regclass('{broken}')::text"), Is.Null);
        Assert.That((await PartitionAsync(restored))["state"]!.ToString(), Is.EqualTo("apart"));
        Assert.That(await _control.ScalarAsync<long>($"select count(*) from {restored}"), Is.EqualTo(1));
    }

    [Test]
    public async Task Lines_from_before_days_are_kept()
    {
        var connection = await TestServer.EmptyDatabaseAsync();
        var days = Migrations.BuiltIn.Steps.Single(s => s.Name.EndsWith("_log_days", StringComparison.Ordinal));
        await new Migrations([.. Migrations.BuiltIn.Steps.Take(days.Version - 1)]).RunAsync(connection, TimeProvider.System, CancellationToken.None);
        await using var source = NpgsqlDataSource.Create(connection + ";Pooling=false");
        await ExecuteAsync(
            """
            insert into log_line (at, process_id, streamer_id, node_id, level, event, message)
            select now() - n * interval '1 day', gen_random_uuid(), gen_random_uuid(), 'node-1', n % 4, 'old.line', 'line ' || n from generate_series(0, 13) n
            union all select '1970-01-01', gen_random_uuid(), null, 'node-1', 1, 'old.line', 'absurd' union all select 'infinity', gen_random_uuid(), null, 'node-1', 1, 'old.line', 'absurd'
            """);
        var before = await ExecuteAsync("select md5(string_agg(id || process_id::text || coalesce(streamer_id::text, '') || level || message, ',' order by id)) from log_line");

        await Migrations.BuiltIn.RunAsync(connection, TimeProvider.System, CancellationToken.None);

        Assert.That(await ExecuteAsync("select md5(string_agg(id || process_id::text || coalesce(streamer_id::text, '') || level || message, ',' order by id)) from log_line"), Is.EqualTo(before));
        Assert.That(await ExecuteAsync("select count(*) from log_line where clock_at is null and at > now() - interval '14 days'"), Is.EqualTo(14L));
        Assert.That(await ExecuteAsync("select nextval('log_line_number')"), Is.EqualTo(17L));

        async Task<object?> ExecuteAsync(string sql)
        {
            await using var command = source.CreateCommand(sql);
            return await command.ExecuteScalarAsync();
        }
    }

    private Task<bool> Sweep() => _control.Get<PartitionSweep>().RunOnceAsync(CancellationToken.None);

    private Task<bool> Index() => _control.Get<TextIndexer>().RunOnceAsync(CancellationToken.None);

    /// <summary>A day with one line in it, so long ago.</summary>
    private async Task<string> OldDayAsync(int daysAgo)
    {
        var at = TimeProvider.System.GetUtcNow().AddDays(-daysAgo);
        await _control.ExecuteAsync("select ensure_day('log_line', @day::date)", new { day = at.UtcDateTime.Date });
        await _control.ExecuteAsync("insert into log_line (at, process_id, node_id, level, event, message) values (@at, gen_random_uuid(), 'node-1', 1, 'e', 'old')", new { at = at.UtcDateTime });
        return $"log_line_{at:yyyyMMdd}";
    }

    private async Task<JsonNode> PartitionAsync(string name) => (await _control.GetAsync("/logs/partitions"))["items"]!.AsArray().Single(p => p!["name"]!.ToString() == name)!;

    private async Task<List<JsonNode>> LinesAsync() => [.. (await _control.GetAsync($"/logs?process={_process}"))["items"]!.AsArray().Select(l => l!)];

    private static JournalCursor Cursor(long offset) => new() { File = 1, Offset = offset };

    private static LogEntry Line(DateTimeOffset at, string message) => new() { At = at, Level = "info", Event = "test.line", Message = message };
}
