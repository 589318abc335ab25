using StreamClips.ClipWorker.Commands;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Commands;

/// <summary>What a watch leaves among somebody's clips.</summary>
[TestFixture]
internal sealed class WatchRingTests
{
    [Test]
    public void What_killed_watches_left_is_removed_and_what_living_ones_use_stays()
    {
        using var clips = new TemporaryDirectory();
        using (var living = WatchRing.Open(clips.Path))
        {
            File.WriteAllText(Path.Combine(living.Path, "00000001.seg"), "video");
            foreach (var dead in new[] { ".ring-1", ".ring-2" })
            {
                Directory.CreateDirectory(clips[dead]);
                File.WriteAllText(Path.Combine(clips[dead], "00000001.seg"), "video");
            }

            File.WriteAllText(clips[".ring-2.lock"], "");
            File.WriteAllText(clips["a.mp4"], "a clip");
            using (var next = WatchRing.Open(clips.Path))
            {
                Assert.That(Directory.EnumerateDirectories(clips.Path), Is.EquivalentTo(new[] { living.Path, next.Path }));
                Assert.That(File.Exists(Path.Combine(living.Path, "00000001.seg")), Is.True);
                Assert.That(File.Exists(clips[".ring-2.lock"]), Is.False);
            }
        }

        Assert.That(Directory.EnumerateFileSystemEntries(clips.Path), Is.EqualTo(new[] { clips["a.mp4"] }), "only clips are left");
    }
}
