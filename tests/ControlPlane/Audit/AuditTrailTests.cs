using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StreamClips.ControlPlane.Assignments;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Leadership;
using StreamClips.ControlPlane.Nodes;
using StreamClips.ControlPlane.Notifications;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Audit;

[Category("Slow")]
public sealed class AuditTrailTests : ControlPlaneFixture
{
    /// <summary>Tables that no person changes: what they hold is told by agents and workers, is about requests, or is made by the program once; and what is a trail itself.</summary>
    private static readonly string[] Machines =
        ["process", "clip_file", "log_line", "chat_rate", "partition_fault", "journal_cursor", "event", "schema_migration", "sign_in_throttle", "audit", "process_ending", "authority", "placement_failure", "live_status", "planning_change", "planning_trimmed", "clip_tombstone", "clip_leftover", "storage_finding", "lease", "idempotency_key", "settings_version", "installation"];

    [Test]
    public async Task A_table_is_watched_or_is_said_to_be_the_machines()
    {
        var forgotten = await _control.ScalarAsync<string>(
            """
            select string_agg(c.relname, ', ') from pg_class c
            where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = current_schema()::regnamespace and c.relname <> all (@Machines)
              and not exists (select 1 from pg_trigger t join pg_proc p on p.oid = t.tgfoid where t.tgrelid = c.oid and p.proname = 'audit_change')
            """, new { Machines });

        Assert.That(forgotten, Is.Null);
    }

    [TestCase("update audit set actor = 'somebody else'")]
    [TestCase("delete from audit")]
    [TestCase("delete from audit where false")]
    [TestCase("truncate audit")]
    [TestCase("insert into audit (at, actor_kind, actor, action, subject, subject_id) values (now(), 'system', 'x', 'added', 'user', '1')")]
    [TestCase("set session_replication_role = replica; delete from audit")]
    public async Task The_trail_is_only_added_to_and_only_by_changes(string sql)
    {
        await _control.AddStreamerAsync("alpha", active: false);

        var refusal = Assert.ThrowsAsync<PostgresException>(() => _control.ExecuteAsync(sql));

        Assert.That(refusal!.MessageText, Does.StartWith("the audit trail is append-only"));
        Assert.That(await _control.ScalarAsync<long>("select count(*) from audit where subject = 'streamer' and actor = 'admin'"), Is.EqualTo(1));
    }

    [Test]
    public async Task An_entry_says_who_what_from_where_and_what_differs()
    {
        var id = await _control.AddStreamerAsync("alpha", active: false);
        await System.Net.Http.Json.HttpClientJsonExtensions.PutAsJsonAsync(_control.Http, $"/streamers/{id}", new { name = "beta", url = "https://www.twitch.tv/alpha", active = false });

        var newest = (await _control.GetAsync($"/audit?subject=streamer&subject_id={id}&limit=1"))["items"]![0]!;

        Assert.That(newest["actor"]!["name"]!.ToString(), Is.EqualTo("admin"));
        Assert.That(newest["actor"]!["kind"]!.ToString(), Is.EqualTo("session"));
        Assert.That(newest["actor"]!["credential_id"]!.GetValue<Guid>(), Is.EqualTo(await _control.ScalarAsync<Guid>("select id from session")));
        Assert.That(newest["address"]!.ToString(), Does.Contain("127.0.0.1"));
        Assert.That(newest["via"]!.ToString(), Is.EqualTo($"PUT /streamers/{id}"));
        Assert.That(newest["action"]!.ToString(), Is.EqualTo("changed"));
        Assert.That((newest["before"]!.ToJsonString(), newest["after"]!.ToJsonString()), Is.EqualTo(("""{"name":"alpha"}""", """{"name":"beta"}""")));
    }

    [Test]
    public async Task A_node_that_is_found_silent_at_somebodys_request_is_nobodys_change()
    {
        var clock = new ManualClock(TimeProvider.System.GetUtcNow());
        await _control.ExecuteAsync(
            "insert into node (id, host_name, agent_version, boot_id, capacity, state, first_seen_at, connected_at, last_seen_at) select 'node-1', 'h', '1', 'b', 9, 'ready', t, t, t from (select @at::timestamptz) v (t)",
            new { at = clock.GetUtcNow().AddSeconds(-1) });
        using var loop = new AssignmentLoop(_control.Get<AssignmentStore>(), new NodeWatch(TimeSpan.Zero), new Leader(), _control.Get<ChangeSignal>(), clock, NullLogger<AssignmentLoop>.Instance);

        Acting.As(new Actor { Kind = "session", Name = "anna", AccountId = Guid.NewGuid(), Address = "192.0.2.1", Via = "POST /stream-clips/1/start" });
        await loop.MarkLostAsync(CancellationToken.None);
        await loop.RunOnceAsync(CancellationToken.None);

        Assert.That(Acting.Current?.Name, Is.EqualTo("anna"), "what follows in the request is theirs again");
        Acting.As(null);
        Assert.That(await _control.ScalarAsync<string>("select state from node"), Is.EqualTo("lost"));
        Assert.That(await _control.ScalarAsync<long>("select count(*) from audit where subject = 'node'"), Is.Zero);
    }

    [Test]
    public async Task A_change_that_is_taken_back_leaves_no_entry_and_one_beside_the_program_does()
    {
        await _control.AddStreamerAsync("alpha", active: false);
        var before = await _control.ScalarAsync<long>("select count(*) from audit");
        Assert.That((await System.Net.Http.Json.HttpClientJsonExtensions.PostAsJsonAsync(_control.Http, "/streamers", new { name = "ALPHA", url = "https://x.example" })).StatusCode, Is.EqualTo(System.Net.HttpStatusCode.Conflict));
        await _control.ExecuteAsync("begin; update streamer set name = 'gamma'; rollback");
        Assert.That(await _control.ScalarAsync<long>("select count(*) from audit"), Is.EqualTo(before));

        await _control.ExecuteAsync("set application_name = 'psql'; update streamer set name = 'gamma'");
        await _control.ExecuteAsync("update streamer set waiting = 'a node with room', last_epoch = last_epoch + 1");

        Assert.That(await _control.ScalarAsync<long>("select count(*) from audit"), Is.EqualTo(before + 1));
        Assert.That(await _control.ScalarAsync<string>("select actor_kind || ' ' || actor from audit order by id desc limit 1"), Is.EqualTo("system psql"));
    }

    [Test]
    public async Task No_secret_is_in_the_trail()
    {
        await _control.ExecuteAsync("update account set password_hash = 'the new hash'");

        var trail = await _control.ScalarAsync<string>("select string_agg(a::text, E'\\n') from audit a");

        Assert.That(trail, Does.Contain("(hidden)").And.Not.Contain("the new hash").And.Not.Contain("\\x"));
        Assert.That(await _control.ScalarAsync<string>("select before::text || after::text from audit order by id desc limit 1"), Is.EqualTo("""{"password_hash": "(hidden)"}{"password_hash": "(hidden)"}"""));
    }

    [Test]
    public async Task The_trail_comes_in_pages_and_by_filter()
    {
        for (var i = 0; i < 5; i++) await _control.AddStreamerAsync($"s{i}", active: false);
        var names = new List<string>();
        string? cursor = null;
        do
        {
            var page = await _control.GetAsync($"/audit?subject=streamer&action=added&actor=ADMIN&limit=2{(cursor is null ? "" : $"&cursor={cursor}")}");
            names.AddRange(page["items"]!.AsArray().Select(e => e!["subject"]!["name"]!.ToString()));
            cursor = page["next"]?.ToString();
        }
        while (cursor is not null);

        Assert.That(names, Is.EqualTo((string[])["s4", "s3", "s2", "s1", "s0"]));
        using var wrong = await _control.Http.GetAsync("/audit?subject=cat&action=petted&from=x");
        Assert.That(await wrong.Content.ReadAsStringAsync(), Does.Contain("subject is 'cat'").And.Contain("action is 'petted'").And.Contain("from is 'x'"));
    }
}
