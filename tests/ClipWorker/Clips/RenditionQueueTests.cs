using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Clips.Renditions;
using StreamClips.Shared.Clips;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Clips;

/// <summary>The queue of what is made of clips later, as files.</summary>
[TestFixture]
internal sealed class RenditionQueueTests
{
    [Test]
    public async Task Jobs_that_are_added_while_others_are_looked_at_are_whole()
    {
        using var directory = new TemporaryDirectory();
        var (queue, video) = (new RenditionQueue(directory["queue"]), directory["video"]);
        await File.WriteAllTextAsync(video, "video");
        var adding = Task.Run(() => Enumerable.Range(0, RenditionQueue.MaxJobs).Count(_ => queue.Add(Job(), video)));
        while (!adding.IsCompleted)
            foreach (var job in queue.List()) Assert.That(File.Exists(queue.VideoOf(job)));
        Assert.That(await adding, Is.EqualTo(RenditionQueue.MaxJobs));
        Assert.That(queue.List(), Has.Count.EqualTo(RenditionQueue.MaxJobs));
        Assert.That(queue.Add(Job(), video), Is.False);
    }

    [Test]
    public async Task What_belongs_to_no_job_is_removed_at_the_start_alone()
    {
        using var directory = new TemporaryDirectory();
        var (queue, clips) = (new RenditionQueue(directory["queue"]), new ClipFolder(directory["clips"]));
        await File.WriteAllTextAsync(directory["video"], "video");
        var job = Job();
        queue.Add(job, directory["video"]);
        foreach (var stray in new[] { "x.mp4", "y.json", $"{job.ClipId:N}.json.part" }) await File.WriteAllTextAsync(directory[$"queue/{stray}"], "{");
        Assert.That(queue.List(), Has.Count.EqualTo(1));
        Assert.That(Directory.GetFiles(directory["queue"]), Has.Length.EqualTo(5), "another thread may be writing them");
        queue.RemoveVoid(clips);
        Assert.That(queue.List(), Has.Count.EqualTo(1));
        Assert.That(Directory.GetFiles(directory["queue"]), Has.Length.EqualTo(2));
    }

    [Test]
    public async Task A_job_that_cannot_be_written_keeps_no_video()
    {
        using var directory = new TemporaryDirectory();
        var queue = new RenditionQueue(directory["queue"]);
        await File.WriteAllTextAsync(directory["video"], "video");
        var job = Job();
        Directory.CreateDirectory(directory[$"queue/{job.ClipId:N}.json.part"]);
        Assert.That(() => queue.Add(job, directory["video"]), Throws.InstanceOf<UnauthorizedAccessException>());
        Assert.That(Directory.GetFiles(directory["queue"]), Is.Empty);
    }

    private static RenditionJob Job()
    {
        var id = Guid.NewGuid();
        return new() { ClipId = id, Name = $"{id:N}", ClipPath = "x", Kinds = [RenditionKind.Preview], DurationS = 1, Width = 16, Height = 9 };
    }
}
