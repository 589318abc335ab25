using StreamClips.ClipWorker.Commands;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Commands;

/// <summary>What workers leave where others put their segments too.</summary>
[TestFixture]
internal sealed class RingFolderTests
{
    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    [Test]
    public void What_killed_watches_left_is_removed_and_what_living_ones_use_stays()
    {
        using var clips = new TemporaryDirectory();
        using (var living = RingFolder.Open(clips.Path, "living", TimeSpan.Zero, Now))
        {
            File.WriteAllText(Path.Combine(living.Path, "00000001.seg"), "video");
            foreach (var dead in new[] { ".ring-1", ".ring-2" })
            {
                Directory.CreateDirectory(clips[dead]);
                File.WriteAllText(Path.Combine(clips[dead], "00000001.seg"), "video");
            }

            File.WriteAllText(clips[".ring-2.lock"], "");
            File.WriteAllText(clips["a.mp4"], "a clip");
            using (var next = RingFolder.Open(clips.Path, "next", TimeSpan.Zero, Now))
            {
                Assert.That(Directory.EnumerateDirectories(clips.Path), Is.EquivalentTo(new[] { living.Path, next.Path }));
                Assert.That(File.Exists(Path.Combine(living.Path, "00000001.seg")), Is.True);
                Assert.That(File.Exists(clips[".ring-2.lock"]), Is.False);
            }
        }

        Assert.That(Directory.EnumerateFileSystemEntries(clips.Path), Is.EqualTo(new[] { clips["a.mp4"] }), "only clips are left");
    }

    [Test]
    public async Task Workers_that_start_at_once_remove_the_same_leftovers_and_all_start()
    {
        using var place = new TemporaryDirectory();
        for (var dead = 0; dead < 300; dead++) File.WriteAllText(Path.Combine(Directory.CreateDirectory(place[$".ring-{dead}"]).FullName, "00000001-0.seg"), "video");
        using var together = new Barrier(4);
        var opened = await Task.WhenAll(Enumerable.Range(0, 4).Select(n => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                return RingFolder.Open(place.Path, $"living-{n}", TimeSpan.Zero, Now.AddMinutes(1));
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        var left = Directory.EnumerateDirectories(place.Path).ToList();
        foreach (var ring in opened) ring.Dispose();
        Assert.That(left, Is.EquivalentTo(opened.Select(o => o.Path)));
    }

    [Test]
    public void A_worker_finds_again_what_it_left_and_others_leave_it_alone_for_a_minute()
    {
        using var place = new TemporaryDirectory();
        Directory.CreateDirectory(place[".ring-mine"]);
        File.WriteAllText(Path.Combine(place[".ring-mine"], "00000001-0.seg"), "video");
        using (RingFolder.Open(place.Path, "other", RingFolder.Grace, Now))
        {
            Assert.That(File.Exists(Path.Combine(place[".ring-mine"], "00000001-0.seg")), Is.True, "it may come back for it");
        }

        using (var mine = RingFolder.Open(place.Path, "mine", RingFolder.Grace, Now))
        {
            Assert.That(File.Exists(Path.Combine(mine.Path, "00000001-0.seg")), Is.True);
            Assert.That(() => RingFolder.Open(place.Path, "mine", RingFolder.Grace, Now), Throws.InstanceOf<IOException>(), "it has an owner");
        }

        Directory.CreateDirectory(place[".ring-mine"]);
        using (RingFolder.Open(place.Path, "other", RingFolder.Grace, Now + RingFolder.Grace + TimeSpan.FromSeconds(5)))
        {
            Assert.That(Directory.Exists(place[".ring-mine"]), Is.False, "nobody came");
        }
    }
}
