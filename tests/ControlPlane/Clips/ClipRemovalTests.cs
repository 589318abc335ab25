using System.Net;
using System.Net.Http.Json;
using StreamClips.ControlPlane.Clips;
using StreamClips.Storage;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Clips;

/// <summary>A removal that is cut short anywhere leaves no file that no row names, and no clip in a list whose files are gone.</summary>
[Category("Slow")]
public sealed class ClipRemovalTests
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
    public async Task A_program_that_ends_at_any_step_leaves_what_the_next_one_finishes([Values(0, 1, 2, 3, 4)] int step)
    {
        var report = await _control.SaveClipAsync(_streamer);
        // Steps 0 to 3: before and after the first file and the second; 4: at the marking itself.
        var storage = new FaultyStorage(_control.Get<ClipStorages>().Of("local"))
        {
            Before = number => step == number * 2 ? throw new ProgramEnds() : Task.CompletedTask, After = number => step == (number * 2) + 1 ? throw new ProgramEnds() : Task.CompletedTask,
        };
        await _control.Get<ClipRemovalStore>().MarkAsync([new(report.Id(), RemovalKind.Deleted, "a test", "a test", Claimed: true)], CancellationToken.None);
        if (step < 4)
        {
            using var dying = _control.Remover(storage);
            Assert.ThrowsAsync<ProgramEnds>(() => dying.RemoveAsync(report.Id(), CancellationToken.None));
        }

        Assert.That(_control.FilesLeft(report), Is.EqualTo(step switch { 0 or 4 => 2, 3 => 0, _ => 1 }));
        Assert.That(await _control.ListedAsync(), Is.Empty, "it is in no list");
        Assert.That(await _control.ListedAsync("?removing=true"), Is.EqualTo(new[] { report.Id() }), "and it is known that it goes");
        Assert.That(await _control.ScalarAsync<long>("select count(*) from clip_file where clip_id = @id", new { id = report.Id() }), Is.EqualTo(2), "every file has its row");

        // Another program, when whoever began has had its time.
        using var next = _control.Remover(_control.Get<ClipStorages>().Of("local"), new ManualClock(TimeProvider.System.GetUtcNow().AddSeconds(RemovalPace.LeastS * 3)));
        Assert.That(await next.RunOnceAsync(CancellationToken.None), Is.EqualTo(1));
        Assert.That(_control.FilesLeft(report), Is.Zero);
        Assert.That(await _control.ScalarAsync<long>("select (select count(*) from clip) + (select count(*) from clip_file)"), Is.Zero);
    }

    [Test]
    public async Task A_storage_that_is_away_is_asked_again_after_longer_and_longer_waits_and_the_clip_is_shown_with_why()
    {
        var report = await _control.SaveClipAsync(_streamer);
        var clock = new ManualClock(TimeProvider.System.GetUtcNow());
        var away = true;
        var storage = new FaultyStorage(_control.Get<ClipStorages>().Of("local")) { Before = _ => away ? throw new IOException("the disk is away") : Task.CompletedTask };
        using var remover = _control.Remover(storage, clock);
        await _control.Get<ClipRemovalStore>().MarkAsync([new(report.Id(), RemovalKind.Deleted, "a test", "a test", Claimed: true)], CancellationToken.None);
        clock.Advance(TimeSpan.FromSeconds(RemovalPace.LeastS + 1));

        var waits = new List<double>();
        for (var i = 0; i < 9; i++)
        {
            Assert.That(await remover.RunOnceAsync(CancellationToken.None), Is.Zero);
            Assert.That(storage.Deletions, Is.EqualTo(i + 1));
            Assert.That(await remover.RunOnceAsync(CancellationToken.None), Is.Zero);
            Assert.That(storage.Deletions, Is.EqualTo(i + 1), "not asked again before its time");
            var removal = (await _control.GetAsync($"/clips/{report.ClipId}"))["removal"]!;
            Assert.That((removal["fault"]!.ToString(), removal["tries"]!.GetValue<int>(), removal["by"]!.ToString()), Is.EqualTo(("the disk is away", i + 1, "a test")));
            waits.Add((removal["next_at"]!.GetValue<DateTimeOffset>() - clock.GetUtcNow()).TotalSeconds);
            clock.Advance(TimeSpan.FromSeconds(waits[^1] + 1));
        }

        Assert.That(waits.Select(w => Math.Round(w)), Is.EqualTo(new[] { 30, 60, 120, 240, 480, 960, 1920, 3600, 3600 }));
        away = false;
        Assert.That(await remover.RunOnceAsync(CancellationToken.None), Is.EqualTo(1));
        Assert.That(_control.FilesLeft(report), Is.Zero);
    }

    [Test]
    public async Task Two_replicas_take_no_clip_both()
    {
        var clips = new List<Guid>();
        for (var i = 0; i < 30; i++) clips.Add((await _control.SaveClipAsync(_streamer, SavedClips.Noon.AddHours(i))).Id());
        var (one, two) = (new FaultyStorage(_control.Get<ClipStorages>().Of("local")), new FaultyStorage(_control.Get<ClipStorages>().Of("local")));
        await _control.Get<ClipRemovalStore>().MarkAsync([.. clips.Select(c => new RemovalMark(c, RemovalKind.Deleted, "a test", "a test", Claimed: true))], CancellationToken.None);
        var clock = new ManualClock(TimeProvider.System.GetUtcNow().AddSeconds(RemovalPace.LeastS + 5));
        using var first = _control.Remover(one, clock);
        using var second = _control.Remover(two, clock);

        var gone = await Task.WhenAll(first.RunOnceAsync(CancellationToken.None), second.RunOnceAsync(CancellationToken.None));

        Assert.That((gone.Sum(), one.Deletions + two.Deletions), Is.EqualTo((30, 60)));
    }

    [Test]
    public async Task A_file_that_is_gone_already_is_no_fault()
    {
        var report = await _control.SaveClipAsync(_streamer);
        foreach (var file in report.Files) File.Delete(_control.PathOf(file));

        using var deleted = await _control.Http.DeleteAsync($"/clips/{report.ClipId}");

        Assert.That(deleted.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
    }

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

    private sealed class ProgramEnds : Exception;
}
