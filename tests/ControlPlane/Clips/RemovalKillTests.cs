using System.Net.Http.Json;
using Dapper;
using Npgsql;
using StreamClips.ControlPlane.StorageChecks;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Clips;

/// <summary>A control plane as a process, killed amid the removal of clips: of each, files and row are both gone in the end, or both there.</summary>
[Category("Slow")]
public sealed class RemovalKillTests
{
    private const int Each = 30;
    private const int Kept = 10;
    private const string Waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%clip_tombstone%'";

    private readonly TemporaryDirectory _directory = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(90) };
    private string _database = null!;

    private string Store => Path.Combine(_directory["clips"], "alpha");

    [OneTimeTearDown]
    public void Close()
    {
        _http.Dispose();
        _directory.Dispose();
    }

    [Test]
    public async Task A_kill_at_any_instant_leaves_no_file_without_its_row_and_no_row_without_its_files()
    {
        _database = await TestServer.DatabaseAsync();
        await ExecuteAsync("insert into node (id, host_name, agent_version, boot_id, capacity, state, first_seen_at, connected_at, last_seen_at) values ('node-1', 'h', '1', 'b', 9, 'lost', now(), now(), now())");
        var kept = await AddClipsAsync(Kept);
        var random = new Random(6);
        for (var round = 0; round < 3; round++)
        {
            var going = await AddClipsAsync(Each);
            using (var program = Start())
            {
                var address = await program.ReadyAsync();
                await SignInAsync(address);
                await using var holds = new NpgsqlConnection(_database + ";Pooling=false");
                await holds.OpenAsync();
                // The first time just where the files are gone and the row is not: it waits for this lock.
                await using var transaction = await holds.BeginTransactionAsync();
                if (round == 0) await holds.ExecuteAsync("lock table clip_tombstone in share mode");
                await Eventually.TrueAsync(async () => await ValueAsync<long>("select count(*) from clip where removing_at is not null") == 0, "what was begun is done");
                var before = Files().Count;
                var removal = _http.PostAsJsonAsync(new Uri(address, "/clips/bulk"), new { ids = going, delete = true });
                if (round == 0) await Eventually.TrueAsync(async () => Files().Count < 2 * (Kept + Each) && await ValueAsync<long>(Waits) > 0, "the files of one are gone, and its row waits");
                else await Eventually.TrueAsync(() => Files().Count < before, "files go");
                if (round > 0) await Task.Delay(TimeSpan.FromMilliseconds(random.Next(40)), TimeProvider.System);

                program.Kill();
                await program.ExitAsync();
                await removal.ContinueWith(r => r.Exception, TaskScheduler.Default);
            }

            TestContext.Out.WriteLine($"round {round}: {Files().Count} files, {await ValueAsync<long>("select count(*) from clip")} rows, {await ValueAsync<long>("select count(*) from clip where removing_at is not null")} of them marked");
            Assert.That(Files(), Is.SupersetOf(await KeysAsync("c.removing_at is null")), "what is in a list has its files");
            Assert.That(await KeysAsync("true"), Is.SupersetOf(Files()), "every file has its row");
            // Whoever had begun has had its time.
            await ExecuteAsync("update clip set removal_next_at = now(), removal_claimed_until = null where removing_at is not null");
        }

        using (var last = Start())
        {
            await last.ReadyAsync();
            await Eventually.TrueAsync(async () => await ValueAsync<long>("select count(*) from clip where removing_at is not null") == 0, "what was begun is done");
            last.Kill();
            await last.ExitAsync();
        }

        Assert.That(Files(), Is.EquivalentTo(await KeysAsync("true")));
        Assert.That(await ValueAsync<long>("select count(*) from clip where id = any(@kept)", new { kept }), Is.EqualTo(Kept), "nothing else went");
        Assert.That(await ValueAsync<long>("select (select count(*) from clip) + (select count(*) from clip_tombstone)"), Is.EqualTo(Kept + (3 * Each)));
        Assert.That(await ValueAsync<long>("select count(*) from clip_tombstone"), Is.GreaterThanOrEqualTo(Each), "it was tried on something");
    }

    private ControlPlaneProgram Start()
    {
        var endpoints = Path.Combine(_directory["control-plane"], "endpoints.json");
        if (File.Exists(endpoints)) File.Delete(endpoints);
        return new(_directory["control-plane"], new()
        {
            ["DATABASE_URL"] = TestServer.AsApplication(_database), ["DATABASE_MIGRATION_URL"] = _database, ["SECRET_KEY"] = TestControlPlane.Secret, ["ADMIN_PASSWORD"] = TestControlPlane.Password,
            ["STORAGE_SERVER_PATH"] = _directory["clips"],
        });
    }

    private async Task SignInAsync(Uri address)
    {
        using var response = await _http.PostAsJsonAsync(new Uri(address, "/auth/login"), new { username = "admin", password = TestControlPlane.Password });
        response.EnsureSuccessStatusCode();
    }

    private async Task<Guid[]> AddClipsAsync(int count)
    {
        var ids = Enumerable.Range(0, count).Select(_ => Guid.NewGuid()).ToArray();
        Directory.CreateDirectory(Store);
        foreach (var file in ids.SelectMany(id => (string[])[$"{id}.mp4", $"{id}.jpg"])) await File.WriteAllTextAsync(Path.Combine(Store, file), "bytes");
        await ExecuteAsync(
            """
            insert into clip (id, node_id, streamer, url, epoch, started_at, ended_at, moment_at, peak_at, triggered_at, duration_s, lost_s, score, reason, detector, format, size_bytes, sidecar, saved_at)
            select id, 'node-1', 'alpha', 'https://www.twitch.tv/alpha', 1, now(), now(), now(), now(), now(), 30, 0, 3, '', 'surge', '', 5, '{}', now() from unnest(@ids) as c (id);
            insert into clip_file (clip_id, kind, storage, key, size_bytes, sha256)
            select id, kind, 'local', 'alpha/' || id || extension, 5, repeat('a', 64) from unnest(@ids) as c (id), (values ('video', '.mp4'), ('poster', '.jpg')) as k (kind, extension)
            """, new { ids });
        return ids;
    }

    /// <summary>The files of clips; beside them lies the installation's mark.</summary>
    private List<string> Files() =>
        [.. Directory.EnumerateFiles(_directory["clips"], "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(_directory["clips"], f)).Where(f => OwnerMark.TryRead(f) is null)];

    private async Task<IReadOnlyList<string>> KeysAsync(string which)
    {
        await using var connection = new NpgsqlConnection(_database + ";Pooling=false");
        return [.. await connection.QueryAsync<string>($"select f.key from clip_file f join clip c on c.id = f.clip_id where {which}")];
    }

    private async Task ExecuteAsync(string sql, object? values = null)
    {
        await using var connection = new NpgsqlConnection(_database + ";Pooling=false");
        await connection.ExecuteAsync(sql, values);
    }

    private async Task<T> ValueAsync<T>(string sql, object? values = null)
    {
        await using var connection = new NpgsqlConnection(_database + ";Pooling=false");
        return (await connection.ExecuteScalarAsync<T>(sql, values))!;
    }
}
