using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;

namespace StreamClips.ControlPlane.Tests.Database;

/// <summary>A database of an earlier build, with rows in every table, and a role that owns it and may do nothing else.</summary>
public sealed class UpgradeTests
{
    // The last step before replicas, roles, versions of settings and days of logs.
    private const int Before = 12;

    private const string Rows =
        """
        insert into account (id, username, password_hash, created_at, role, updated_at) values (@id, 'admin', 'x', @at, 'admin', @at);
        insert into session (token_hash, account_id, address, created_at, expires_at, id, last_seen_at) values (@hash, @id, '::1', @at, now() + interval '1 day', @id, @at);
        insert into api_token (id, account_id, name, scope, prefix, token_hash, created_at, expires_at) values (@id, @id, 't', 'read', 'sc_12345', @hash, @at, now() + interval '1 day');
        insert into sign_in_throttle (key_hash, full_at) values (@hash, now());
        insert into settings_default (value, version, updated_at) values ('{"clip_duration": 45}', 7, @at);
        insert into authority (certificate, sealed_key, created_at) values (@hash, @hash, @at);
        insert into join_token (id, secret_hash, uses, used, created_by, created_at, expires_at) values (@id, @hash, 2, 1, 'admin', @at, @at);
        insert into node_certificate (serial, node_id, token_id, key_hash, certificate, host_name, address, issued_at, expires_at)
            values ('AB12', 'node-1', @id, @hash, @hash, 'h', '::1', @at, now() + interval '1 year');
        insert into node (id, host_name, agent_version, boot_id, capacity, state, first_seen_at, connected_at, last_seen_at) values ('node-1', 'h', '1', 'b', 20, 'ready', @at, @at, @at);
        insert into streamer (id, name, url, active, settings, last_epoch, version, created_at, updated_at)
            values (@id, 'alpha', 'https://www.twitch.tv/alpha', true, '{"clip_duration": 60}', 1, 9, @at, @at);
        insert into streamer (id, name, url, sealed_url, active, created_at, updated_at) values (@other, 'beta', 'rtmp://h/live/****', 'box', false, @at, @at);
        insert into process (id, streamer_id, node_id, epoch, streamer_name, url, settings, placement, wished, state, revision, created_at)
            values (@id, @id, 'node-1', 1, 'alpha', 'https://www.twitch.tv/alpha', '{"clip_duration": 60}', 'here', 'run', 'running', 1, @at);
        insert into process_ending (process_id, at, cause, last_lines) values (@id, @at, 'it crashed', '{a,b}');
        insert into placement_failure (streamer_id, node_id, at) values (@id, 'node-1', @at);
        insert into journal_cursor (process_id, node_id, file, position, updated_at) values (@id, 'node-1', 2, 345, @at);
        insert into clip (id, process_id, streamer_id, node_id, streamer, url, epoch, started_at, ended_at, moment_at, peak_at, triggered_at, duration_s, lost_s, score, reason, detector, format, size_bytes, sidecar, saved_at)
            values (@id, @id, @id, 'node-1', 'alpha', 'https://www.twitch.tv/alpha', 1, @at, @at, @at, @at, @at, 30, 0, 4.5, 'r', 'd', 'mp4', 12, '{}', @at);
        insert into clip_file (clip_id, kind, key, size_bytes, sha256) values (@id, 'video', 'k', 12, repeat('a', 64));
        insert into log_line (at, process_id, streamer_id, node_id, level, event, message)
            select t, @id, @id, 'node-1', 1, 'e', m from (values (now(), 'today'), (now() - interval '3 days', 'lately'), (now() - interval '3 years', 'long ago'), (now() + interval '9 days', 'not yet')) v (t, m);
        insert into event (at, kind, data) values (@at, 'streamer.added', '{}');
        """;

    [Test]
    public async Task A_database_of_an_earlier_build_goes_on_with_all_that_it_holds_under_a_role_that_is_no_more_than_its_owner()
    {
        var root = await TestServer.EmptyDatabaseAsync();
        var role = $"owner_{Guid.NewGuid():n}";
        await using var server = new NpgsqlConnection(root + ";Pooling=false");
        await server.OpenAsync();
        await server.ExecuteAsync($"create role {role} login password 'secret'; alter database {server.Database} owner to {role}");
        var owner = new NpgsqlConnectionStringBuilder(root) { Username = role, Password = "secret", Pooling = false }.ConnectionString;
        await new Migrations([.. Migrations.BuiltIn.Steps.Take(Before)]).RunAsync(owner, TimeProvider.System, CancellationToken.None);
        await using var look = new NpgsqlConnection(owner);
        await look.OpenAsync();
        var (id, other) = (Guid.NewGuid(), Guid.NewGuid());
        await look.ExecuteAsync(Rows, new { id, other, at = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), hash = new byte[32] });
        var tables = (await look.QueryAsync<string>("select tablename::text from pg_tables where schemaname = 'public' order by 1")).ToList();
        var before = await CountAsync(look, tables);
        Assert.That(before.Where(b => b.Value == 0).Select(b => b.Key), Is.Empty, "every table has rows");

        await Migrations.BuiltIn.RunAsync(owner, TimeProvider.System, CancellationToken.None);

        var after = await CountAsync(look, tables);
        Assert.That(after["schema_migration"], Is.EqualTo(Migrations.BuiltIn.Steps.Count));
        // The steps say of the defaults that they have a version now; all else stays as it was.
        foreach (var table in tables.Except(["schema_migration", "audit"])) Assert.That(after[table], Is.EqualTo(before[table]), table);
        Assert.That(
            await look.QueryAsync<string>("select message || ' ' || (at::date = now()::date)::text || ' ' || (clock_at is null)::text from log_line order by id"),
            Is.EqualTo((string[])["today true true", "lately false true", "long ago true false", "not yet true false"]), "each under its day, or under today with what its clock said");
        Assert.That(
            await look.QueryAsync<string>("select coalesce(s.name, 'defaults') || ' ' || v.version || ' ' || (v.value->>'clip_duration') from settings_version v left join streamer s on s.id = v.streamer_id where v.value <> '{}' order by 1"),
            Is.EqualTo((string[])["alpha 1 60", "defaults 1 45"]));
        Assert.That(await look.ExecuteScalarAsync<bool>("select used_at = issued_at from node_certificate"), Is.True, "what was given out stays good");
        Assert.That(await look.QueryAsync<string>("select s.name || ' ' || (l.next_look_at is not null)::text from live_status l join streamer s on s.id = l.streamer_id order by 1"), Is.EqualTo((string[])["alpha true", "beta false"]));
    }

    private static async Task<Dictionary<string, long>> CountAsync(NpgsqlConnection connection, IEnumerable<string> tables)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var table in tables) counts[table] = await connection.ExecuteScalarAsync<long>($"select count(*) from {table}");
        return counts;
    }
}
