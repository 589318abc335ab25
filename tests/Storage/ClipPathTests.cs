namespace StreamClips.Storage.Tests;

public sealed class ClipPathTests
{
    [TestCase("Some Streamer/2026-01-02/030405_x3.4_0a1b2c3d", "", "some-streamer/2026-01-02/030405_x3-4_0a1b2c3d.mp4")]
    [TestCase("best of", "0A1B", "best-of-0a1b.mp4")]
    [TestCase("", "", "clip.mp4")]
    [TestCase("../..//", "", "clip/clip.mp4")]
    public void A_path_becomes_a_key_part_by_part(string path, string suffix, string key)
    {
        Assert.That(StorageKey.OfPath(path, suffix, ".mp4").Value, Is.EqualTo(key));
        Assert.That(StorageKey.TryParse(key, out _), Is.True);
    }
}
