using System.Net.Http.Json;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Settings;

namespace StreamClips.ControlPlane.Tests.Settings;

/// <summary>Versions of settings in a real database.</summary>
[Category("Slow")]
public sealed class SettingsStoreTests : ControlPlaneFixture
{
    private SettingsStore _store = null!;

    [SetUp]
    public void Prepare() => _store = _control.Get<SettingsStore>();

    [Test]
    public async Task Every_change_is_a_version_with_what_differs_and_going_back_is_one_too()
    {
        foreach (var threshold in (double[])[3, 4, 4]) await PutAsync(new { surge_threshold = threshold });
        var back = await _store.ChangeAsync(new SettingsEdit.Restore(1), expected: 2, "admin", CancellationToken.None);

        var versions = await _store.NewestAsync(null, null, 10, CancellationToken.None);
        Assert.That((back.Outcome, back.Version), Is.EqualTo((SettingsChanged.Done, 3L)));
        Assert.That(versions.Select(v => (v.Version, v.Restores)), Is.EqualTo(new (long, long?)[] { (3, 1), (2, null), (1, null) }), "the same again is no version");
        Assert.That(versions[0].Changes.Single() is { Setting: "surge_threshold" } change && change.Before!.GetValue<double>() == 4 && change.After!.GetValue<double>() == 3);
        Assert.That((versions[1].Actor, versions[1].ActorKind, versions[1].Via), Is.EqualTo(("admin", "session", "PUT /settings")));
        Assert.That(versions[1].Address, Is.Not.Null.And.Not.Empty);
        Assert.That((await _store.GetAsync(CancellationToken.None)).Value.SurgeThreshold, Is.EqualTo(3));
        Assert.That((await _store.NewestAsync(null, before: 3, limit: 1, CancellationToken.None)).Single().Version, Is.EqualTo(2));
    }

    [Test]
    public async Task A_streamer_has_versions_of_its_own_whichever_way_they_are_changed()
    {
        var id = await _control.AddStreamerAsync("alpha", active: false, settings: new { clip_duration = 30 });
        using (var put = await _control.Http.PutAsJsonAsync($"/streamers/{id}", new { name = "alpha", url = "https://x.example", settings = new { clip_duration = 30, exact = true } })) put.EnsureSuccessStatusCode();
        using (var put = await _control.Http.PutAsJsonAsync($"/streamers/{id}", new { name = "renamed", url = "https://x.example", settings = new { clip_duration = 30, exact = true } })) put.EnsureSuccessStatusCode();
        await _control.ExecuteAsync("update streamer set settings = '{}'");

        var versions = await _store.NewestAsync(id, null, 10, CancellationToken.None);
        Assert.That(versions.Select(v => (v.Version, v.ActorKind, v.Value)), Is.EqualTo(new[]
        {
            (3L, "system", "{}"), (2L, "session", """{"exact": true, "clip_duration": 30}"""), (1L, "session", """{"clip_duration": 30}"""),
        }));
        Assert.That(versions[0].Changes.Select(c => (c.Setting, c.After)), Is.EqualTo(new (string, object?)[] { ("clip_duration", null), ("exact", null) }));

        Assert.That((await _control.Http.DeleteAsync($"/streamers/{id}")).IsSuccessStatusCode);
        Assert.That(await _store.NewestAsync(id, null, 10, CancellationToken.None), Is.Empty, "they go with their streamer");
    }

    [Test]
    public async Task Of_changes_that_were_made_from_the_same_version_one_wins_and_the_others_are_told()
    {
        await PutAsync(new { surge_threshold = 3 });
        var streamer = await _control.AddStreamerAsync("alpha", active: false);
        var all = await Task.WhenAll(Enumerable.Range(0, 8).SelectMany(i => (Task<SettingsResult>[])
        [
            _store.ChangeAsync(new SettingsEdit.Replace($$"""{"surge_threshold":{{4 + i}}}"""), expected: 1, "a", CancellationToken.None),
            _store.ChangeAsync(streamer, new SettingsEdit.Replace($$"""{"clip_duration":{{40 + i}}}"""), expected: 1, "b", CancellationToken.None),
        ]));

        Assert.That(all.Count(r => r.Outcome == SettingsChanged.Done), Is.EqualTo(2));
        Assert.That(all.Count(r => r is { Outcome: SettingsChanged.Stale, Version: 2 }), Is.EqualTo(14));
        Assert.That(await _control.ScalarAsync<long>("select count(*) from settings_version where version > 1"), Is.EqualTo(2));
    }

    [Test]
    public async Task Defaults_and_overrides_that_are_changed_at_once_never_contradict_each_other()
    {
        var streamer = await _control.AddStreamerAsync("alpha", active: false);
        for (var round = 0; round < 10; round++)
        {
            var both = await Task.WhenAll(
                _store.ChangeAsync(new SettingsEdit.Replace("""{"baseline_duration":90}"""), null, "a", CancellationToken.None),
                _store.ChangeAsync(streamer, new SettingsEdit.Replace("""{"window_timespan":100}"""), null, "b", CancellationToken.None));
            Assert.That(both.Count(r => r.Outcome == SettingsChanged.Done), Is.EqualTo(1), $"round {round}: {both[0].Outcome}, {both[1].Outcome}");
            await _store.ChangeAsync(new SettingsEdit.Replace("{}"), null, "a", CancellationToken.None);
            await _store.ChangeAsync(streamer, new SettingsEdit.Replace("{}"), null, "b", CancellationToken.None);
        }
    }

    [Test]
    public async Task What_is_no_longer_valid_in_an_old_version_is_refused_with_its_fault()
    {
        var streamer = await _control.AddStreamerAsync("alpha", active: false, settings: new { window_timespan = 100 });
        await ChangeAsync(streamer, "{}");
        await PutAsync(new { baseline_duration = 90 });
        var contradicts = await _store.ChangeAsync(streamer, new SettingsEdit.Restore(1), null, "admin", CancellationToken.None);
        Assert.That(contradicts.Faults.ByField()["window_timespan"].Single(), Does.Contain("100 s, not shorter than baseline_duration (90 s)"));

        await _control.ExecuteAsync("update settings_default set value = '{\"zoom\": 2, \"surge_threshold\": 0.5}'");
        await PutAsync(new { });
        var unknown = await _store.ChangeAsync(new SettingsEdit.Restore(2), null, "admin", CancellationToken.None);
        Assert.That((contradicts.Outcome, unknown.Outcome), Is.EqualTo((SettingsChanged.Invalid, SettingsChanged.Invalid)));
        Assert.That(unknown.Faults.ByField()["zoom"].Single(), Does.StartWith("there is no setting 'zoom'"));

        Assert.That((await _store.ChangeAsync(new SettingsEdit.Restore(77), null, "admin", CancellationToken.None)).Outcome, Is.EqualTo(SettingsChanged.NoSuchVersion));
        Assert.That((await _store.ChangeAsync(Guid.NewGuid(), new SettingsEdit.Restore(1), null, "admin", CancellationToken.None)).Outcome, Is.EqualTo(SettingsChanged.NotFound));
    }

    [TestCase("update settings_version set actor = 'somebody else'")]
    [TestCase("delete from settings_version")]
    [TestCase("truncate settings_version")]
    [TestCase("insert into settings_version (version, value, at, actor_kind, actor) values (9, '{}', now(), 'system', 'x')")]
    public async Task Versions_are_neither_changed_nor_made_up(string sql)
    {
        await PutAsync(new { surge_threshold = 3 });
        Assert.That(async () => await _control.ExecuteAsync(sql), Throws.InstanceOf<PostgresException>().With.Message.Contains("append-only"));
    }

    [Test]
    public async Task What_was_there_before_there_were_versions_is_the_first_one()
    {
        var connection = await TestServer.EmptyDatabaseAsync();
        var all = Migrations.BuiltIn.Steps;
        var versions = all.Single(m => m.Name.EndsWith("settings_versions", StringComparison.Ordinal)).Version;
        await new Migrations([.. all.Take(versions - 1)]).RunAsync(connection, TimeProvider.System, CancellationToken.None);
        await using (var database = new NpgsqlConnection(connection + ";Pooling=false"))
        {
            await database.OpenAsync();
            await using var rows = new NpgsqlCommand(
                """
                insert into settings_default (value, version, updated_at) values ('{"surge_threshold": 3}', 7, '2026-01-02T03:04:05Z');
                insert into streamer (id, name, url, active, settings, created_at, updated_at) values (gen_random_uuid(), 'alpha', 'https://x.example', true, '{"exact": true}', now(), now());
                """, database);
            await rows.ExecuteNonQueryAsync();
        }

        await Migrations.BuiltIn.RunAsync(connection, TimeProvider.System, CancellationToken.None);
        await using var postgres = new Postgres(connection);
        var store = new SettingsStore(postgres, TimeProvider.System);
        var first = (await store.NewestAsync(null, null, 10, CancellationToken.None)).Single();
        Assert.That((first.Version, first.Value, first.At, first.ActorKind), Is.EqualTo((1L, """{"surge_threshold": 3}""", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), "system")));
        Assert.That((await store.GetAsync(CancellationToken.None)).Version, Is.EqualTo(1));
        Assert.That((await store.ChangeAsync(new SettingsEdit.Replace("{}"), expected: 1, "x", CancellationToken.None)).Version, Is.EqualTo(2));
        var streamer = (await postgres.FirstAsync<Guid>("select streamer_id from settings_version where streamer_id is not null and value = '{\"exact\": true}'", null, CancellationToken.None));
        Assert.That((await store.ChangeAsync(streamer, new SettingsEdit.Replace("{}"), expected: 1, "x", CancellationToken.None)).Version, Is.EqualTo(2));
    }

    private async Task PutAsync(object settings)
    {
        using var put = await _control.Http.PutAsJsonAsync("/settings", settings);
        Assert.That(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());
    }

    private async Task ChangeAsync(Guid streamer, string settings) =>
        Assert.That((await _store.ChangeAsync(streamer, new SettingsEdit.Replace(settings), null, "admin", CancellationToken.None)).Outcome, Is.EqualTo(SettingsChanged.Done));
}
