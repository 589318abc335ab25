using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using StreamClips.ControlPlane.NodeLink;
using StreamClips.ControlPlane.StorageChecks;
using StreamClips.ControlPlane.Tests.Clips;
using StreamClips.ControlPlane.Tests.Command;
using StreamClips.ControlPlane.Tests.NodeLink;
using StreamClips.Storage;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.StorageChecks;

/// <summary>What lies in a directory and on a server, beside what the rows say.</summary>
[Category("Slow")]
public sealed class StorageCheckTests
{
    private const string Orphan = "ada/2026-01-02/120020_x3-5_0193a1b2.mp4";
    private const string Young = "ada/2026-01-02/120021_x3-5_0193a1b3.mp4";
    private const string Part = "ada/2026-01-02/.120022_x3-5_0193a1b4.mp4.part";
    private const string Foreign = "films/holiday.mp4";

    [Test]
    public async Task Files_of_no_clip_and_clips_without_files_are_found_in_every_storage_and_removed_where_that_is_asked_for()
    {
        await using var server = await SshServer.StartAsync();
        using var directory = new TemporaryDirectory();
        await using var control = await TestControlPlane.StartAsync(also: new StorageSettings
        {
            Name = "box",
            Ssh = new()
            {
                Host = "127.0.0.1", Port = server.Port, User = Environment.UserName, Path = server.Store, KeyFile = server.UserKey, HostKeys = [server.HostKey], WorkDirectory = directory["ssh"],
                ConnectTimeout = TimeSpan.FromSeconds(60),
            },
        });
        await NodeAsync(control);
        var streamer = await control.AddStreamerAsync("alpha", active: false);
        var whole = await control.SaveClipAsync(streamer, SavedClips.Noon);
        var broken = await control.SaveClipAsync(streamer, SavedClips.Noon.AddHours(1));
        File.Delete(control.PathOf(broken.Files.Single(f => f.Kind == "video")));
        foreach (var root in (string[])[control.StoragePath, server.Store])
            foreach (var (name, days) in ((string, int)[])[(Orphan, 3), (Young, 0), (Part, 3), (Foreign, 3)]) await WriteAsync(Path.Combine(root, name), days);
        using var command = await CommandLine.OfAsync(control);

        var looked = await command.JsonAsync("storage check");
        Assert.That(looked["fault"]!.ToString(), Is.Empty);
        var counts = looked["counts"]!;
        Assert.That(((string[])["orphans", "temporary", "foreign", "missing", "damaged", "rows", "removed_files", "removed_clips"]).Select(c => counts[c]!.GetValue<int>()), Is.EqualTo((int[])[4, 2, 2, 1, 0, 4, 0, 0]));
        Assert.That(looked["findings"]!.AsArray().Where(f => f!["goes"]!.GetValue<bool>()).Select(f => $"{f!["storage"]} {f["kind"]} {f["name"]}"), Is.EquivalentTo((string[])
        [
            $"local orphan {Orphan}", $"box orphan {Orphan}", $"local temporary {Part}", $"box temporary {Part}", $"local missing {broken.Files.Single(f => f.Kind == "video").Key}",
        ]));
        Assert.That((await control.GetAsync("/storage/check/findings?kind=orphan&goes=true&limit=1"))["next"], Is.Not.Null, "in pages");
        Assert.That(File.Exists(Path.Combine(control.StoragePath, Orphan)), Is.True, "it only looked");

        var removed = await command.JsonAsync("storage check --remove --remove-clips --yes");
        Assert.That((removed["counts"]!["removed_files"]!.GetValue<int>(), removed["counts"]!["removed_clips"]!.GetValue<int>()), Is.EqualTo((4, 1)));
        foreach (var root in (string[])[control.StoragePath, server.Store])
        {
            await Eventually.TrueAsync(() => !File.Exists(Path.Combine(root, Orphan)), "the file of no clip is gone");
            Assert.That(((string[])[Young, Part, Foreign]).Select(n => File.Exists(Path.Combine(root, n))), Is.EqualTo((bool[])[true, false, true]));
        }

        await Eventually.TrueAsync(async () => await control.ScalarAsync<long>("select count(*) from clip_tombstone where reason like '%was not in storage ''local''%'") == 1, "the clip without a video is gone");
        Assert.That(await control.ListedAsync(), Is.EqualTo(new[] { whole.Id() }));
        Assert.That(control.FilesLeft(whole), Is.EqualTo(2));
        Assert.That(await control.ScalarAsync<long>("select count(*) from audit where subject = 'storage_check' and actor = 'admin' and (after ->> 'remove_files')::boolean"), Is.EqualTo(1));
        Assert.That(await control.ScalarAsync<long>("select count(*) from audit where subject = 'clip' and actor = 'admin' and via = 'POST /storage/check'"), Is.EqualTo(1), "and so is what was removed for it");
    }

    [Test]
    public async Task A_storage_that_is_not_mounted_costs_no_clip_and_one_that_is_away_is_told()
    {
        await using var control = await TestControlPlane.StartAsync(also: new StorageSettings { Name = "away", LocalPath = "/nonexistent/clips" });
        await NodeAsync(control);
        for (var i = 0; i < 11; i++)
            Assert.That(await control.Get<ClipReportStore>().TakeAsync("node-1", TestClip.Report(Guid.NewGuid(), Guid.NewGuid(), $"alpha/{i}.mp4"), CancellationToken.None), Is.Null);
        Directory.CreateDirectory(control.StoragePath);

        var check = await CheckAsync(control, new { remove_files = true, remove_clips = true });

        Assert.That(check["fault"]!.ToString(), Does.Contain("is the storage mounted").And.Contain("storage 'away'").And.Contain("not there"));
        Assert.That((check["counts"]!["missing"]!.GetValue<int>(), check["counts"]!["removed_clips"]!.GetValue<int>()), Is.EqualTo((22, 0)));
        Assert.That(await control.ListedAsync(), Has.Count.EqualTo(11));
    }

    [Test]
    public async Task What_another_installation_keeps_in_the_same_place_stays()
    {
        await using var first = await TestControlPlane.StartAsync();
        await NodeAsync(first);
        await first.SaveClipAsync(await first.AddStreamerAsync("alpha", active: false), SavedClips.Noon);
        await using var second = await TestControlPlane.StartAsync(change: o => o with { Storages = [new() { Name = "local", LocalPath = first.StoragePath }] });
        // The tests' databases are copies of one.
        await second.ExecuteAsync("update installation set id = gen_random_uuid()");
        await NodeAsync(second);
        await WriteAsync(Path.Combine(first.StoragePath, Orphan), days: 3);
        Assert.That(await first.Get<OwnerMarks>().RunOnceAsync(CancellationToken.None), Is.EqualTo(1));
        Assert.That(await second.Get<OwnerMarks>().RunOnceAsync(CancellationToken.None), Is.Zero, "it has no clips there");

        var refused = await CheckAsync(second, new { remove_files = true });
        Assert.That(refused["fault"]!.ToString(), Does.Contain("another installation keeps its clips there too"));
        Assert.That(refused["counts"]!["removed_files"]!.GetValue<int>(), Is.Zero);

        Assert.That((await CheckAsync(first, new { remove_files = true }))["fault"]!.ToString(), Is.Empty, "its own mark is in nobody's way");
        await Eventually.TrueAsync(() => !File.Exists(Path.Combine(first.StoragePath, Orphan)), "and what is nobody's goes");
    }

    [Test]
    public async Task One_check_runs_at_a_time_and_one_that_was_lost_with_its_program_is_in_nobodys_way()
    {
        await using var control = await TestControlPlane.StartAsync();
        Directory.CreateDirectory(control.StoragePath);
        await control.ExecuteAsync(
            """
            insert into storage_check (id, storage, older_than_h, remove_files, remove_clips, force, started_by, started_at, heard_at)
            values (gen_random_uuid(), '', 24, false, false, false, 'another', now(), now())
            """);
        using (var second = await control.Http.PostAsJsonAsync("/storage/check", new { })) Assert.That(second.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));

        await control.ExecuteAsync("update storage_check set heard_at = now() - interval '6 minutes', started_at = now() - interval '6 minutes'");
        Assert.That((await control.GetAsync("/storage/check"))["state"]!.ToString(), Is.EqualTo("lost"));
        Assert.That((await CheckAsync(control, new { }))["state"]!.ToString(), Is.EqualTo("ended"));
        using var wrong = await control.Http.PostAsJsonAsync("/storage/check", new { storage = "nowhere", older_than_h = 0, force = true });
        Assert.That(await wrong.Content.ReadAsStringAsync(), Does.Contain("there are local").And.Contain("1 to 100000").And.Contain("nothing is to be removed"));
    }

    [Test]
    public async Task What_is_to_go_in_a_storage_that_is_gone_for_good_can_be_given_up()
    {
        await using var control = await TestControlPlane.StartAsync();
        await NodeAsync(control);
        var report = TestClip.Report(Guid.NewGuid(), Guid.NewGuid());
        foreach (var file in report.Files) file.Storage = "gone";
        Assert.That(await control.Get<ClipReportStore>().TakeAsync("node-1", report, CancellationToken.None), Is.Null);
        using (var deleted = await control.Http.DeleteAsync($"/clips/{report.ClipId}")) Assert.That(deleted.StatusCode, Is.EqualTo(HttpStatusCode.Accepted));
        Directory.CreateDirectory(control.StoragePath);
        using (var there = await control.Http.PostAsync("/storage/local/forget", null)) Assert.That(there.StatusCode, Is.EqualTo(HttpStatusCode.Conflict), "it answers");

        using var command = await CommandLine.OfAsync(control);
        var given = await command.JsonAsync("storage forget gone --yes");

        Assert.That((given["clips"]!.GetValue<int>(), given["files"]!.GetValue<int>()), Is.EqualTo((1, report.Files.Count)));
        await Eventually.TrueAsync(async () => await control.ScalarAsync<long>("select count(*) from clip_tombstone where reason like '%gave up its files in storage gone'") == 1, "the removal goes on without its files");
        Assert.That(await control.ScalarAsync<long>("select count(*) from audit where subject = 'clip' and actor = 'admin' and via = 'POST /storage/gone/forget'"), Is.EqualTo(1));
    }

    private static Task NodeAsync(TestControlPlane control) => control.ExecuteAsync(
        """
        insert into node (id, host_name, agent_version, boot_id, capacity, state, first_seen_at, connected_at, last_seen_at)
        values ('node-1', 'h', '1', 'b', 9, 'ready', now() - interval '9 days', now() - interval '9 days', now())
        """);

    private static async Task WriteAsync(string path, int days)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, [1, 2, 3]);
        File.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-days));
    }

    private static async Task<JsonNode> CheckAsync(TestControlPlane control, object options)
    {
        using (var begun = await control.Http.PostAsJsonAsync("/storage/check", options)) Assert.That(begun.StatusCode, Is.EqualTo(HttpStatusCode.Accepted), await begun.Content.ReadAsStringAsync());
        JsonNode check = null!;
        await Eventually.TrueAsync(async () => (check = await control.GetAsync("/storage/check"))["state"]!.ToString() != "running", "the check ends");
        return check;
    }
}
