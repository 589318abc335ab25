using System.Net;
using StreamClips.ControlPlane.Clips;
using StreamClips.ControlPlane.Tests.Clips;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Storage;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.NodeLink;

/// <summary>Renditions come after their clip, once, and go with it.</summary>
[Category("Slow")]
public sealed class RenditionTests : ControlPlaneFixture
{
    private static readonly byte[] Picture = [1, 2, 3, 4];
    private readonly Guid _process = Guid.NewGuid();
    private FakeAgent _agent = null!;

    [SetUp]
    public async Task PrepareAsync() => _agent = await FakeAgent.ConnectAsync(_control);

    [TearDown]
    public async Task PutAwayAsync() => await _agent.DisposeAsync();

    [Test]
    public async Task A_rendition_is_a_file_of_its_clip_once_and_is_deleted_with_it()
    {
        var clip = await SaveAsync();
        var report = await ReportAsync(clip, RenditionKind.Preview, "alpha/clip-preview.jpg");
        for (var i = 0; i < 2; i++) Assert.That((await SendAsync(report)).Error, Is.Empty);

        var files = (await _control.GetAsync($"/clips/{clip.ClipId}"))["files"]!.AsArray();
        Assert.That(files.Select(f => f!["kind"]!.ToString()), Is.EquivalentTo((string[])["video", "poster", "preview"]));
        using var picture = await _control.Http.GetAsync(new Uri($"/clips/{clip.ClipId}/preview", UriKind.Relative));
        Assert.That(await picture.Content.ReadAsByteArrayAsync(), Is.EqualTo(Picture));

        using var deleted = await _control.Http.DeleteAsync(new Uri($"/clips/{clip.ClipId}", UriKind.Relative));
        Assert.That(deleted.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(File.Exists(Path.Combine(_control.StoragePath, "alpha/clip-preview.jpg")), Is.False);
    }

    [Test]
    public async Task A_rendition_of_a_clip_that_is_gone_is_refused_and_leaves_no_file()
    {
        var clip = await SaveAsync();
        using var deleted = await _control.Http.DeleteAsync(new Uri($"/clips/{clip.ClipId}", UriKind.Relative));
        var ack = await SendAsync(await ReportAsync(clip, RenditionKind.Vertical, "alpha/clip-vertical.mp4"));
        Assert.That(ack.Error, Is.EqualTo($"there is no clip {clip.ClipId} any more"));
        await GoneAsync("alpha/clip-vertical.mp4");
    }

    [Test]
    public async Task A_rendition_whose_report_comes_while_its_clip_is_deleted_leaves_no_file()
    {
        var clip = await SaveAsync();
        var report = await ReportAsync(clip, RenditionKind.Preview, "alpha/clip-preview.jpg");
        var storage = new Meanwhile(_control.Get<ClipStorages>().Of("local"), async () => Assert.That((await SendAsync(report)).Error, Does.StartWith("there is no clip")));
        using var remover = _control.Remover(storage);
        await _control.Get<ClipRemovalStore>().MarkAsync([new(Guid.Parse(clip.ClipId), RemovalKind.Deleted, "a test", "a test", Claimed: true)], CancellationToken.None);
        Assert.That(await remover.RemoveAsync(Guid.Parse(clip.ClipId), CancellationToken.None), Is.Null);
        await GoneAsync("alpha/clip-preview.jpg");
    }

    [Test]
    public async Task A_second_one_under_another_key_leaves_the_first_and_is_removed_from_the_storage()
    {
        var clip = await SaveAsync();
        await SendAsync(await ReportAsync(clip, RenditionKind.Preview, "alpha/clip-preview.jpg"));
        Assert.That((await SendAsync(await ReportAsync(clip, RenditionKind.Preview, "alpha/clip-other.jpg"))).Error, Is.Empty);
        await GoneAsync("alpha/clip-other.jpg");
        Assert.That(Directory.GetFiles(Path.Combine(_control.StoragePath, "alpha")).Select(Path.GetFileName), Is.EquivalentTo((string[])["clip-preview.jpg"]));
    }

    [Test]
    public async Task A_report_never_removes_a_file_of_another_clip()
    {
        var (one, other) = (await SaveAsync(), await SaveAsync("alpha/other.mp4"));
        await SendAsync(await ReportAsync(one, RenditionKind.Preview, "alpha/one-preview.jpg"));
        Assert.That((await SendAsync(await ReportAsync(other, RenditionKind.Preview, "alpha/one-preview.jpg"))).Error, Is.Empty);
        Assert.That(await _control.ScalarAsync<long>("select count(*) from clip_leftover"), Is.Zero, "nothing is to be removed");
        Assert.That(File.Exists(Path.Combine(_control.StoragePath, "alpha/one-preview.jpg")), Is.True);
    }

    private Task GoneAsync(string key) => Eventually.TrueAsync(() => !File.Exists(Path.Combine(_control.StoragePath, key)), $"{key} is gone");

    private async Task<ClipReport> SaveAsync(string key = "alpha/clip.mp4")
    {
        var report = TestClip.Report(_process, Guid.NewGuid(), key);
        await _agent.SayAsync(new() { ClipReport = report });
        Assert.That((await _agent.HearAsync(m => m.ClipAck is { } a && a.ClipId == report.ClipId ? a : null)).Error, Is.Empty);
        return report;
    }

    private async Task<RenditionReport> ReportAsync(ClipReport clip, string kind, string key)
    {
        Directory.CreateDirectory(Path.Combine(_control.StoragePath, "alpha"));
        await File.WriteAllBytesAsync(Path.Combine(_control.StoragePath, key), Picture);
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Picture));
        var sidecar = new RenditionSidecar
        {
            ClipId = Guid.Parse(clip.ClipId), ProcessId = _process, Kind = kind, ClipPath = "alpha/clip", Width = 1600, Height = 90, File = new(kind, Path.GetFileName(key), Picture.Length, hash),
        };
        return new() { ClipId = clip.ClipId, ProcessId = clip.ProcessId, SidecarJson = sidecar.ToJson(), File = new() { Kind = kind, Key = key, SizeBytes = Picture.Length, Sha256 = hash } };
    }

    private async Task<RenditionAck> SendAsync(RenditionReport report)
    {
        await _agent.SayAsync(new() { RenditionReport = report });
        return await _agent.HearAsync(m => m.RenditionAck);
    }

    /// <summary>A storage where something happens while the first file is deleted.</summary>
    private sealed class Meanwhile(IClipReader storage, Func<Task> happens) : IClipReader
    {
        private bool _happened;

        public Task<Stream?> OpenReadAsync(StorageKey key, CancellationToken cancellation) => storage.OpenReadAsync(key, cancellation);

        public async Task DeleteAsync(StorageKey key, CancellationToken cancellation)
        {
            if (!_happened) await happens();
            _happened = true;
            await storage.DeleteAsync(key, cancellation);
        }

        public IAsyncEnumerable<StoredObject> ListAsync(CancellationToken cancellation) => storage.ListAsync(cancellation);

        public Task DeleteTemporaryAsync(StoredObject file, CancellationToken cancellation) => storage.DeleteTemporaryAsync(file, cancellation);
    }
}
