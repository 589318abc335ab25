using StreamClips.ClipWorker.Clips;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Clips;

/// <summary>A clip exists if and only if its sidecar does.</summary>
[TestFixture]
internal sealed class ClipFolderTests
{
    private TemporaryDirectory _directory = null!;

    [SetUp]
    public void MakeTheDirectory() => _directory = new();

    [TearDown]
    public void RemoveTheDirectory() => _directory.Dispose();

    [Test]
    public void Names_sort_by_time_and_hold_nothing_from_outside() =>
        Assert.That(
            ClipFolder.NameOf(new(2026, 1, 2, 5, 4, 5, TimeSpan.FromHours(2)), 3.44, Guid.Parse("0a1b2c3d-0000-4000-8000-000000000000")),
            Is.EqualTo("20260102T030405Z_x3.4_0a1b2c3d"));

    [Test]
    public void Leftovers_go_and_whole_clips_stay()
    {
        string[] whole = ["a.mp4", "a.jpg", "a.json"];
        foreach (var name in whole.Concat(["b.mp4", "b.jpg", "c.mp4.part", "d.json.part", "d.mp4"])) File.WriteAllText(_directory[name], "x");
        Assert.That(new ClipFolder(_directory.Path).RemoveLeftovers(), Is.EqualTo(5));
        Assert.That(Directory.GetFiles(_directory.Path).Select(Path.GetFileName), Is.EquivalentTo(whole));
    }

    [Test]
    public async Task A_finished_file_never_replaces_another()
    {
        var folder = new ClipFolder(_directory.Path);
        File.WriteAllText(folder.PathOf("a", "mp4"), "first");
        File.WriteAllText(folder.PartOf("a", "mp4"), "second");
        Assert.That(async () => await folder.FinishAsync("video", "a", "mp4", CancellationToken.None), Throws.InstanceOf<IOException>());
        Assert.That(await File.ReadAllTextAsync(folder.PathOf("a", "mp4")), Is.EqualTo("first"));
    }
}
