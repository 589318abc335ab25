using System.Net;
using StreamClips.ControlPlane.Clips;
using StreamClips.Storage;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Clips;

/// <summary>A removal that is cut short anywhere leaves no file that no row names, and no clip in a list whose files are gone.</summary>
[Category("Slow")]
public sealed class ClipRemovalTests : ControlPlaneFixture
{
    private Guid _streamer;

    [SetUp]
    public async Task PrepareAsync()
    {
        await _control.AddNodesAsync("node-1");
        _streamer = await _control.AddStreamerAsync("alpha", active: false);
    }

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
        using var next = _control.Remover(_control.Get<ClipStorages>().Of("local"), new ManualClock(TimeProvider.System.GetUtcNow().AddSeconds(RemovalPace.ClaimS + 5)));
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
        clock.Advance(TimeSpan.FromSeconds(RemovalPace.ClaimS + 1));

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
        var clock = new ManualClock(TimeProvider.System.GetUtcNow().AddSeconds(RemovalPace.ClaimS + 5));
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
    public async Task Two_removers_with_a_slow_storage_never_work_on_one_clip()
    {
        var clips = new List<Guid>();
        for (var i = 0; i < 3; i++) clips.Add((await _control.SaveClipAsync(_streamer, SavedClips.Noon.AddHours(i))).Id());
        await _control.Get<ClipRemovalStore>().MarkAsync([.. clips.Select(c => new RemovalMark(c, RemovalKind.Deleted, "a test", "a test", Claimed: true))], CancellationToken.None);
        var clock = new ManualClock(TimeProvider.System.GetUtcNow().AddSeconds(RemovalPace.ClaimS + 5));
        var (begun, goesOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var slow = new FaultyStorage(_control.Get<ClipStorages>().Of("local"))
        {
            Before = number =>
            {
                if (number == 0) begun.SetResult();
                return goesOn.Task;
            },
        };
        var quick = new FaultyStorage(_control.Get<ClipStorages>().Of("local"));
        using var first = _control.Remover(slow, clock);
        using var second = _control.Remover(quick, clock);

        var slowly = first.RunOnceAsync(CancellationToken.None);
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(60));
        // Almost as long as a step may take.
        clock.Advance(TimeSpan.FromSeconds(55));
        Assert.That(await second.RunOnceAsync(CancellationToken.None), Is.EqualTo(2), "the two that the first has not begun");
        foreach (var clip in clips) Assert.That(await second.RemoveAsync(clip, CancellationToken.None), Is.Null, "nor where a person asks for it");
        goesOn.SetResult();

        Assert.That((await slowly, slow.Deletions, quick.Deletions), Is.EqualTo((1, 2, 4)));
        Assert.That(slow.Keys.Concat(quick.Keys), Is.Unique);
        Assert.That(await _control.ScalarAsync<long>("select count(*) from clip"), Is.Zero);
    }

    [Test]
    public async Task A_removal_that_is_given_up_is_the_next_ones_at_once()
    {
        var report = await _control.SaveClipAsync(_streamer);
        await _control.Get<ClipRemovalStore>().MarkAsync([new(report.Id(), RemovalKind.Deleted, "a test", "a test", Claimed: true)], CancellationToken.None);
        var storage = new FaultyStorage(_control.Get<ClipStorages>().Of("local")) { Before = _ => throw new OperationCanceledException() };
        using (var first = _control.Remover(storage)) Assert.That(() => first.RemoveAsync(report.Id(), CancellationToken.None), Throws.InstanceOf<OperationCanceledException>());

        await _control.Get<ClipRemover>().RemoveAsync(report.Id(), CancellationToken.None);
        await Eventually.TrueAsync(() => _control.FilesLeft(report) == 0, "another one goes on");
    }

    [Test]
    public async Task A_duplicate_whose_video_went_already_is_not_kept_without_it_though_the_other_has_vanished()
    {
        var other = await _control.SaveClipAsync(_streamer, SavedClips.Noon);
        var report = await _control.SaveClipAsync(_streamer, SavedClips.Noon.AddHours(1));
        await _control.Get<ClipRemovalStore>().MarkAsync([new(report.Id(), RemovalKind.Duplicate, "a test", "", other.Id(), Claimed: true)], CancellationToken.None);
        var clock = new ManualClock(TimeProvider.System.GetUtcNow().AddSeconds(RemovalPace.ClaimS + 5));
        var broken = new FaultyStorage(_control.Get<ClipStorages>().Of("local")) { Before = number => number == 1 ? throw new IOException("the disk is away") : Task.CompletedTask };
        using (var first = _control.Remover(broken, clock)) Assert.That(await first.RunOnceAsync(CancellationToken.None), Is.Zero);
        Assert.That(File.Exists(_control.PathOf(report.Files.Single(f => f.Kind == "video"))), Is.False, "the video goes first");
        File.Delete(_control.PathOf(other.Files.Single(f => f.Kind == "video")));

        clock.Advance(TimeSpan.FromSeconds(RemovalPace.LeastS + 1));
        using var next = _control.Remover(_control.Get<ClipStorages>().Of("local"), clock);
        Assert.That(await next.RunOnceAsync(CancellationToken.None), Is.EqualTo(1));

        Assert.That(await _control.ListedAsync(), Is.EqualTo(new[] { other.Id() }));
        Assert.That(_control.FilesLeft(report), Is.Zero);
    }

    private sealed class ProgramEnds : Exception;
}
