using System.Net;
using StreamClips.ControlPlane.Clips;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.NodeLink;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Clips;

/// <summary>The same moment, cut by two processes of a streamer, as reports bring it in.</summary>
[Category("Slow")]
public sealed class ClipDuplicateTests : ControlPlaneFixture
{
    private Guid _streamer;

    [SetUp]
    public async Task PrepareAsync()
    {
        await _control.AddNodesAsync("node-1", "node-2");
        _streamer = await _control.AddStreamerAsync("alpha", active: false);
    }

    [Test]
    public async Task A_late_cut_of_a_moment_that_is_there_goes_with_its_files_and_is_told_of()
    {
        var first = await _control.SaveClipAsync(_streamer, SavedClips.Noon, epoch: 2, node: "node-2");
        var late = await _control.SaveClipAsync(_streamer, SavedClips.Noon.AddSeconds(2), epoch: 1);

        Assert.That(await _control.ListedAsync(), Is.EqualTo(new[] { first.Id() }));
        await Eventually.TrueAsync(() => _control.FilesLeft(late) == 0, "the late one's files are gone");
        Assert.That(_control.FilesLeft(first), Is.EqualTo(2));
        await Eventually.TrueAsync(async () => (await _control.Http.GetAsync($"/clips/{late.ClipId}")).StatusCode == HttpStatusCode.NotFound, "its row is gone");
        var duplicate = (await _control.GetAsync($"/clips/{first.ClipId}"))["duplicates"]!.AsArray().Single()!;
        Assert.That((duplicate["id"]!.GetValue<Guid>(), duplicate["node_id"]!.ToString(), duplicate["reason"]!.ToString()), Is.EqualTo((late.Id(), "node-1", $"clip {first.ClipId} shows the same moment and was saved earlier")));
        Assert.That(await _control.ListedAsync("?duplicates=true"), Is.EqualTo(new[] { first.Id() }));
        Assert.That(await _control.ListedAsync("?duplicates=false"), Is.Empty);
        Assert.That(await _control.ScalarAsync<long>("select count(*) from event where kind = 'clip.saved'"), Is.EqualTo(1), "what was never in a list is not said to be saved");
    }

    [Test]
    public async Task A_late_cut_that_shows_more_takes_the_place_of_the_other_and_what_people_said_of_it()
    {
        var brief = await _control.SaveClipAsync(_streamer, SavedClips.Noon, epoch: 2, change: c => c with { DurationS = 20, LostS = 10, End = c.Start.AddSeconds(20) });
        await _control.PatchAsync(brief.Id(), new { tags = (string[])["ace"], note = "look at this" });
        var whole = await _control.SaveClipAsync(_streamer, SavedClips.Noon, epoch: 1, node: "node-2");

        Assert.That(await _control.ListedAsync(), Is.EqualTo(new[] { whole.Id() }));
        var stays = await _control.GetAsync($"/clips/{whole.ClipId}");
        Assert.That((stays["tags"]![0]!.ToString(), stays["note"]!.ToString()), Is.EqualTo(("ace", "look at this")));
        await Eventually.TrueAsync(() => _control.FilesLeft(brief) == 0, "the shorter one's files are gone");
        Assert.That(_control.FilesLeft(whole), Is.EqualTo(2));
    }

    [Test]
    public async Task A_favourite_stays_though_a_longer_cut_comes()
    {
        var loved = await _control.SaveClipAsync(_streamer, SavedClips.Noon, epoch: 1, change: c => c with { DurationS = 20, End = c.Start.AddSeconds(20) });
        await _control.PatchAsync(loved.Id(), new { favourite = true });
        await _control.SaveClipAsync(_streamer, SavedClips.Noon, epoch: 2);

        Assert.That(await _control.ListedAsync(), Is.EqualTo(new[] { loved.Id() }));
    }

    [Test]
    public async Task Late_clips_of_other_moments_other_streamers_and_of_one_process_all_stay()
    {
        var other = await _control.AddStreamerAsync("beta", active: false);
        for (var minute = 0; minute < 3; minute++) await _control.SaveClipAsync(_streamer, SavedClips.Noon.AddMinutes(minute), epoch: minute + 1);
        await _control.SaveClipAsync(other, SavedClips.Noon, epoch: 7);
        await _control.SaveClipAsync(_streamer, SavedClips.Noon.AddSeconds(1), epoch: 1);

        Assert.That(await _control.ListedAsync(), Has.Count.EqualTo(5));
    }

    [Test]
    public async Task Of_reports_that_come_at_once_one_stays()
    {
        for (var round = 0; round < 5; round++)
        {
            var start = SavedClips.Noon.AddHours(round);
            await Task.WhenAll(Enumerable.Range(1, 6).Select(epoch => _control.SaveClipAsync(_streamer, start.AddSeconds(epoch), epoch)));
            Assert.That(await _control.ListedAsync($"?since={start.UtcDateTime:o}"), Has.Count.EqualTo(1), $"round {round}");
        }

        await Eventually.TrueAsync(() => Directory.GetFiles(Path.Combine(_control.StoragePath, "alpha")).Length == 5 * 2, "of each one the two files are left");
    }

    [Test]
    public async Task A_duplicate_is_the_one_that_stays_where_the_other_has_lost_its_video()
    {
        var first = await _control.SaveClipAsync(_streamer, SavedClips.Noon, epoch: 1);
        File.Delete(_control.PathOf(first.Files[0]));
        var second = await _control.SaveClipAsync(_streamer, SavedClips.Noon, epoch: 2);

        await Eventually.TrueAsync(async () => (await _control.ListedAsync()).Contains(second.Id()), "the second is back in the list");
        Assert.That(_control.FilesLeft(second), Is.EqualTo(2));
        Assert.That(await _control.ScalarAsync<string>("select data ->> 'reason' from event where kind = 'clip.kept'"), Does.Contain("has no video in the storage any more"));
    }

    [Test]
    public async Task A_clip_that_was_removed_does_not_come_back_and_what_its_agent_stored_again_goes()
    {
        var report = await _control.SaveClipAsync(_streamer, SavedClips.Noon);
        using (var deleted = await _control.Http.DeleteAsync($"/clips/{report.ClipId}")) Assert.That(deleted.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));

        // Its agent never heard the acknowledgement.
        await _control.StoreAsync(report, [1]);
        Assert.That(await _control.Get<ClipReportStore>().TakeAsync("node-1", report, CancellationToken.None), Is.Null, "it is acknowledged");

        Assert.That(await _control.ListedAsync(), Is.Empty);
        await Eventually.TrueAsync(() => _control.FilesLeft(report) == 0, "the files are gone again");
        using var gone = await _control.Http.GetAsync($"/clips/{report.ClipId}");
        Assert.That(await gone.Content.ReadAsStringAsync(), Does.Contain("it was removed on").And.Contain("admin deleted it"));
    }

    [Test]
    public async Task A_report_while_its_clip_is_being_removed_is_acknowledged_and_leaves_no_file()
    {
        var report = await _control.SaveClipAsync(_streamer, SavedClips.Noon);
        var storage = new FaultyStorage(_control.Get<ClipStorages>().Of("local"))
        {
            Before = async _ =>
            {
                // The files are stored and reported anew between the removal of the first and of the last of them.
                await _control.StoreAsync(report, [1]);
                Assert.That(await _control.Get<ClipReportStore>().TakeAsync("node-1", report, CancellationToken.None), Is.Null);
            },
        };
        await _control.Get<ClipRemovalStore>().MarkAsync([new(report.Id(), RemovalKind.Deleted, "a test", "a test", Claimed: true)], CancellationToken.None);
        using var remover = _control.Remover(storage);
        Assert.That(await remover.RemoveAsync(report.Id(), CancellationToken.None), Is.Null);

        Assert.That(await _control.ScalarAsync<long>("select count(*) from clip"), Is.Zero);
        await Eventually.TrueAsync(() => _control.FilesLeft(report) == 0, "no file is left");
    }

    [Test]
    public async Task Removed_clips_are_remembered_for_as_long_as_an_agent_may_be_away()
    {
        var report = await _control.SaveClipAsync(_streamer, SavedClips.Noon);
        using (await _control.Http.DeleteAsync($"/clips/{report.ClipId}")) { }
        var now = TimeProvider.System.GetUtcNow();

        await new ClipRemovalStore(_control.Get<Postgres>(), new ManualClock(now + ClipRemovalStore.TombstoneLife - TimeSpan.FromHours(1))).TrimAsync(CancellationToken.None);
        Assert.That(await _control.ScalarAsync<long>("select count(*) from clip_tombstone"), Is.EqualTo(1));
        await new ClipRemovalStore(_control.Get<Postgres>(), new ManualClock(now + ClipRemovalStore.TombstoneLife + TimeSpan.FromHours(1))).TrimAsync(CancellationToken.None);
        Assert.That(await _control.ScalarAsync<long>("select count(*) from clip_tombstone"), Is.Zero);
    }
}
