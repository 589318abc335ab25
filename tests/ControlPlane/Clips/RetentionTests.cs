using System.Net.Http.Json;
using StreamClips.ControlPlane.Clips;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Clips;

/// <summary>What goes by itself, in a real database.</summary>
[Category("Slow")]
public sealed class RetentionTests
{
    private TestControlPlane _control = null!;
    private Guid _streamer;

    [SetUp]
    public async Task StartAsync()
    {
        _control = await TestControlPlane.StartAsync();
        await _control.AddNodesAsync("node-1");
        _streamer = await _control.AddStreamerAsync("alpha", active: false);
    }

    [TearDown]
    public async Task StopAsync() => await _control.DisposeAsync();

    [Test]
    public async Task A_streamers_clips_are_kept_by_its_settings_and_the_oldest_go_but_no_favourite()
    {
        await _control.Http.PutAsJsonAsync($"/streamers/{_streamer}", new { name = "alpha", url = "https://www.twitch.tv/alpha", active = false, settings = new { keep_clips_count = 2 } });
        var other = await _control.AddStreamerAsync("beta", active: false);
        var (mine, theirs) = (new List<Guid>(), new List<Guid>());
        for (var i = 0; i < 5; i++)
        {
            mine.Add((await _control.SaveClipAsync(_streamer, SavedClips.Noon.AddHours(i))).Id());
            theirs.Add((await _control.SaveClipAsync(other, SavedClips.Noon.AddHours(i))).Id());
            await _control.ExecuteAsync("update clip set saved_at = now() - @ago * interval '1 hour' where id = any(@ids)", new { ago = 10 - i, ids = new[] { mine[i], theirs[i] } });
        }

        await _control.PatchAsync(mine[1], new { favourite = true });
        Assert.That(await _control.Get<RetentionSweep>().RunOnceAsync(CancellationToken.None), Is.EqualTo(2));

        Assert.That(await _control.ListedAsync($"?streamer={_streamer}"), Is.EqualTo(new[] { mine[4], mine[3], mine[1] }), "the favourite neither went nor counted");
        Assert.That(await _control.ListedAsync($"?streamer={other}"), Has.Count.EqualTo(5), "the defaults keep everything");
        await Eventually.TrueAsync(async () => await _control.ScalarAsync<long>("select count(*) from clip_tombstone where removal = 'retention'") == 2, "both are gone");
        Assert.That(await _control.ScalarAsync<string>("select distinct reason from clip_tombstone"), Is.EqualTo("there are 2 newer clips of the channel (keep_clips_count)"));
        Assert.That(await _control.ScalarAsync<long>("select count(*) from audit where subject = 'clip' and actor <> 'admin'"), Is.Zero, "what goes by itself is nobody's change");
    }

    [Test]
    public async Task A_clip_says_when_it_goes_and_one_of_a_removed_streamer_never_does()
    {
        await _control.Http.PutAsJsonAsync("/settings", new { keep_clips_days = 30 });
        var report = await _control.SaveClipAsync(_streamer);
        var saved = (await _control.GetAsync($"/clips/{report.ClipId}"))["saved_at"]!.GetValue<DateTimeOffset>();
        Assert.That((await _control.GetAsync("/clips"))["items"]![0]!["goes_at"]!.GetValue<DateTimeOffset>(), Is.EqualTo(saved.AddDays(30)));
        Assert.That((await _control.PatchAsync(report.Id(), new { favourite = true }))["goes_at"], Is.Null);
        await _control.PatchAsync(report.Id(), new { favourite = false });
        await _control.ExecuteAsync("update clip set saved_at = now() - interval '31 days'");

        await _control.Http.DeleteAsync($"/streamers/{_streamer}");
        Assert.That(await _control.Get<RetentionSweep>().RunOnceAsync(CancellationToken.None), Is.Zero);
        Assert.That((await _control.GetAsync($"/clips/{report.ClipId}"))["goes_at"], Is.Null);
    }

    [Test]
    public async Task Of_too_many_bytes_the_oldest_clips_go_and_neither_favourites_nor_what_is_going_already_count()
    {
        // Each has a video of 1,000 bytes and a poster of 3.
        var clips = new List<Guid>();
        for (var i = 0; i < 6; i++)
        {
            clips.Add((await _control.SaveClipAsync(_streamer, SavedClips.Noon.AddHours(i), video: Video(1000, i))).Id());
            await _control.ExecuteAsync("update clip set saved_at = now() - @ago * interval '1 hour' where id = @id", new { ago = 10 - i, id = clips[i] });
        }

        // Two cuts of the newest clip's moment: the shorter one goes for that, and its bytes are not the channel's any more.
        var twice = await _control.SaveClipAsync(_streamer, SavedClips.Noon.AddHours(5), epoch: 2, video: Video(1000, 77), change: c => c with { DurationS = 20, End = c.Start.AddSeconds(20) });
        await Eventually.TrueAsync(async () => await _control.ScalarAsync<long>("select count(*) from clip where id = @id", new { id = twice.Id() }) == 0, "the duplicate is gone");
        await _control.PatchAsync(clips[0], new { favourite = true });
        Assert.That(await _control.ScalarAsync<long>("select sum(files_bytes)::bigint from clip"), Is.EqualTo(6 * 1003));

        await KeepAsync(bytes: 3_100);
        Assert.That(await _control.Get<RetentionSweep>().RunOnceAsync(CancellationToken.None), Is.EqualTo(2), "five count, three have room");

        Assert.That(await _control.ListedAsync(), Is.EqualTo(new[] { clips[5], clips[4], clips[3], clips[0] }));
        await Eventually.TrueAsync(() => Directory.GetFiles(Path.Combine(_control.StoragePath, "alpha")).Length == 4 * 2, "the files of the two are gone, and no others");
        Assert.That(await _control.ScalarAsync<string>("select distinct reason from clip_tombstone where removal = 'retention'"), Does.Contain("keep_clips_gib"));
        Assert.That(await _control.Get<RetentionSweep>().RunOnceAsync(CancellationToken.None), Is.Zero, "and that is all");

        // What was made of a clip later counts too.
        await _control.ExecuteAsync("insert into clip_file (clip_id, kind, storage, key, size_bytes, sha256) values (@id, 'vertical', 'local', 'alpha/made-later.mp4', 500, repeat('0', 64))", new { id = clips[5] });
        Assert.That(await _control.Get<RetentionSweep>().RunOnceAsync(CancellationToken.None), Is.EqualTo(1));
        Assert.That(await _control.ListedAsync(), Is.EqualTo(new[] { clips[5], clips[4], clips[0] }));
    }

    [Test]
    public async Task The_newest_clip_stays_however_large_it_is()
    {
        await _control.SaveClipAsync(_streamer, SavedClips.Noon, video: Video(1000, 1));
        await _control.ExecuteAsync("update clip set saved_at = now() - interval '1 hour'");
        var newest = await _control.SaveClipAsync(_streamer, SavedClips.Noon.AddHours(1), video: Video(1000, 2));

        await KeepAsync(bytes: 100);
        Assert.That(await _control.Get<RetentionSweep>().RunOnceAsync(CancellationToken.None), Is.EqualTo(1));
        Assert.That(await _control.ListedAsync(), Is.EqualTo(new[] { newest.Id() }));
    }

    private async Task KeepAsync(long bytes)
    {
        using var put = await _control.Http.PutAsJsonAsync($"/streamers/{_streamer}/settings", new { keep_clips_gib = bytes / (double)(1L << 30) });
        Assert.That(put.IsSuccessStatusCode, Is.True, await put.Content.ReadAsStringAsync());
    }

    private static byte[] Video(int bytes, int seed)
    {
        var video = new byte[bytes];
        new Random(seed).NextBytes(video);
        return video;
    }
}
