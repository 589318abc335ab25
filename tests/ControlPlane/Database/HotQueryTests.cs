using System.Text.RegularExpressions;
using StreamClips.ControlPlane.Logs;
using StreamClips.ControlPlane.Tests.NodeLink;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Journal;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Database;

/// <summary>
/// The plans of what is asked all the time, as a database with 100,000 streamers and 10 million log lines would choose them. The tables hold a
/// few thousand rows, and the planner is told that they hold so many more (<c>pg_class.reltuples</c>): what it reckons with are its figures. The
/// statements are not copies: the program itself asks, and the server writes down the plan of each (auto_explain).
/// </summary>
[Category("Slow")]
public sealed partial class HotQueryTests
{
    private const string Big = "streamer|process|clip|clip_file|journal_cursor|log_line_[0-9]{8}";

    /// <summary>Statements that need a whole table, with the reason.</summary>
    private static readonly (string Begins, string Why)[] Whole =
    [
        ("select s.name, b.box from (", "once at the start: addresses that are sealed anew"),
        ("select id from process where wished = 'run' and node_id", "this test's own"),
    ];

    [Test]
    public async Task What_is_asked_all_the_time_reads_no_large_table_from_end_to_end()
    {
        var database = await TestServer.DatabaseAsync();
        await TestServer.ExecuteAsync(database, Fill);
        await TestServer.ExecuteAsync(database, Pretend);
        await using (var control = await TestControlPlane.StartAsync(database))
        {
            await AskAsync(control);
            await control.ScalarAsync<string>("select 'all was asked'");
        }

        var plans = await PlansAsync();
        var scans = from plan in plans
                    where !Whole.Any(w => plan.Contains($"Query Text: {w.Begins}", StringComparison.Ordinal))
                    from Match scan in SeqScan().Matches(plan)
                    select $"{scan.Value} in {plan}";
        Assert.That(plans, Has.Count.GreaterThan(30), "the server wrote the plans down");
        Assert.That(scans.Distinct(), Is.Empty);
    }

    private static async Task AskAsync(TestControlPlane control)
    {
        var streamer = (await control.GetAsync("/streamers?limit=5"))["items"]![0]!["id"];
        var process = await control.ScalarAsync<Guid>("select id from process where wished = 'run' and node_id = 'node-1' limit 1");
        foreach (var filter in (string[])["", "node=node-7", $"streamer={streamer}", $"process={process}", "level=warning", "level=error", "since=2020-01-01&until=2100-01-01", "q=nothing-like-it&since=2100-01-01"])
        {
            var page = await control.GetAsync($"/logs?limit=5&{filter}");
            if (page["next"] is { } next) await control.GetAsync($"/logs?limit=5&{filter}&cursor={next}");
        }

        foreach (var list in (string[])["/streamers?limit=5&active=true", "/streamers?limit=5&q=nothing-LIKE-it", "/streamers?limit=5&q=99_%25&active=true&sort=-created_at", "/clips?limit=5", $"/clips?limit=5&streamer={streamer}", $"/clips?limit=5&process={process}", $"/stream-clips/{process}", $"/streamers/{streamer}"])
        {
            var page = await control.GetAsync(list);
            if (page["next"] is { } next) await control.GetAsync($"{list}&cursor={next}");
        }

        var logs = control.Get<LogStore>();
        var (_, place) = (await logs.NewestAsync(new LogFilter(), 10, CancellationToken.None))!.Value;
        await logs.TailAsync(new LogFilter { Process = process }, new LogPlace(place.Transaction - 1, 0), CancellationToken.None);
        await using var agent = await FakeAgent.ConnectAsync(control);
        await agent.StatusAsync(1);
        await agent.JournalAsync(process, new() { File = 1, Offset = 0 }, new() { File = 1, Offset = 5 }, new LogEntry { At = TimeProvider.System.GetUtcNow(), Level = "info", Event = "e", Message = "m" });
    }

    private static async Task<IReadOnlyList<string>> PlansAsync()
    {
        var text = "";
        await Eventually.TrueAsync(() => (text = TestServer.Log()).Contains("all was asked", StringComparison.Ordinal), "the server's log is written");
        return [.. text.Split("LOG:  duration: ").Skip(1).Where(p => p.Contains("  plan:", StringComparison.Ordinal))];
    }

    private const string Fill =
        """
        insert into node (id, host_name, agent_version, boot_id, capacity, state, first_seen_at, connected_at, last_seen_at) select 'node-' || n, 'h', '1', 'b', 1000, 'ready', now(), now(), now() from generate_series(1, 20) n;
        insert into streamer (id, name, url, active, last_epoch, created_at, updated_at) select gen_random_uuid(), 'streamer ' || n, 'https://x.example/' || n, n % 10 > 0, 2, now() - n * interval '1 min', now() from generate_series(1, 3000) n;
        insert into process (id, streamer_id, node_id, epoch, streamer_name, url, settings, placement, wished, state, revision, created_at, ended_at)
        select gen_random_uuid(), s.id, 'node-' || 1 + abs(hashtext(s.name)) % 20, e, s.name, s.url, '{}', '', case e when 2 then 'run' else 'stop' end, case e when 2 then 'running' else 'stopped' end, 1,
               s.created_at + e * interval '1 s', case e when 1 then now() end from streamer s, generate_series(1, 2) e where e = 1 or s.active;
        insert into journal_cursor (process_id, node_id, file, position, updated_at) select id, node_id, 1, 0, now() from process;
        insert into clip (id, process_id, streamer_id, node_id, streamer, url, epoch, started_at, ended_at, moment_at, peak_at, triggered_at, duration_s, lost_s, score, reason, detector, format, size_bytes, sidecar, saved_at)
        select gen_random_uuid(), id, streamer_id, node_id, streamer_name, url, epoch, created_at, created_at + interval '1 min', created_at, created_at, created_at, 60, 0, 2, '', 'surge', 'mp4', 1, '{}', now() from process;
        insert into clip_file (clip_id, kind, key, size_bytes, sha256) select id, 'video', id::text, 1, repeat('a', 64) from clip;
        select ensure_day('log_line', (now() at time zone 'UTC')::date - n) from generate_series(0, 2) n;
        insert into log_line (at, process_id, streamer_id, node_id, level, event, message)
        select now() - n * interval '8 s', p.id, p.streamer_id, p.node_id, case when n % 50 = 0 then 2 when n % 99 = 0 then 3 else 1 end, 'e.' || n % 9, md5(n::text)
        from (select id, streamer_id, node_id, row_number() over () as number from process) p, generate_series(0, 20000) n where p.number = 1 + n % 3000;
        """;

    /// <summary>Says that there are as many rows as there would be, and that each plan is to be written down.</summary>
    private const string Pretend =
        """
        analyze;
        do $$ declare item record; begin
            for item in select c.oid::regclass as name, c.relname from pg_class c where c.relkind = 'r' and c.relname ~ '^(streamer|process|clip|clip_file|journal_cursor|log_line_[0-9]{8})$' loop
                execute format('alter table %s set (autovacuum_enabled = false)', item.name);
                update pg_class set reltuples = case when item.relname ~ '^log_line' then 3500000 when item.relname ~ '^clip' then 1000000 when item.relname = 'streamer' then 100000 else 200000 end
                where oid = item.name and relpages > 0;
            end loop;
            load 'auto_explain';
            execute format('alter database %I set session_preload_libraries = ''auto_explain''', current_database());
            execute format('alter database %I set auto_explain.log_min_duration = 0', current_database());
        end $$;
        """;

    // The day that is made ahead is empty: reading nothing costs nothing.
    [GeneratedRegex($@"Seq Scan on ({Big})\b(?! +([a-z0-9_]+ +)?\(cost=0\.00\.\.0\.00 )")]
    private static partial Regex SeqScan();
}
