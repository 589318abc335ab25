using System.Net;
using System.Net.Http.Headers;
using StreamClips.ControlPlane.NodeLink;
using StreamClips.ControlPlane.Tests.NodeLink;
using StreamClips.Shared.Contracts.V1;

namespace StreamClips.ControlPlane.Tests.Clips;

public sealed class ClipTests : ControlPlaneFixture
{
    private static readonly byte[] Video = [.. Enumerable.Range(0, 5000).Select(i => (byte)i)];
    private ClipReport _clip = null!;

    [SetUp]
    public async Task PrepareAsync()
    {
        await _control.ExecuteAsync(
            "insert into node (id, host_name, agent_version, boot_id, capacity, state, first_seen_at, connected_at, last_seen_at) values ('node-1', 'h', '1', 'b', 1, 'ready', now(), now(), now())");
        _clip = TestClip.Report(Guid.NewGuid(), Guid.NewGuid(), video: Video);
        Assert.That(await _control.Get<ClipReportStore>().TakeAsync("node-1", _clip, CancellationToken.None), Is.Null);
        Directory.CreateDirectory(Path.Combine(_control.StoragePath, "alpha"));
        await File.WriteAllBytesAsync(Path.Combine(_control.StoragePath, "alpha/clip.mp4"), Video);
        await File.WriteAllBytesAsync(Path.Combine(_control.StoragePath, "alpha/clip.jpg"), [1, 2, 3]);
    }

    [Test]
    public async Task The_whole_video_comes_with_its_type_length_and_tag()
    {
        using var response = await VideoAsync(null);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("video/mp4"));
        Assert.That(response.Headers.AcceptRanges, Is.EqualTo((string[])["bytes"]));
        Assert.That(response.Headers.ETag!.Tag, Is.EqualTo($"\"{_clip.Files[0].Sha256}\""));
        Assert.That(await response.Content.ReadAsByteArrayAsync(), Is.EqualTo(Video));
    }

    [TestCase(0, 0L, 0, 1)]
    [TestCase(100, 199L, 100, 100)]
    [TestCase(4990, null, 4990, 10)]
    [TestCase(null, 20L, 4980, 20)]
    public async Task A_range_comes_alone(int? from, long? to, int start, int length)
    {
        using var response = await VideoAsync(new RangeHeaderValue(from, to));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.PartialContent));
        Assert.That(response.Content.Headers.ContentRange!.ToString(), Is.EqualTo($"bytes {start}-{start + length - 1}/5000"));
        Assert.That(await response.Content.ReadAsByteArrayAsync(), Is.EqualTo(Video.AsSpan(start, length).ToArray()));
    }

    [Test]
    public async Task A_range_beyond_the_end_is_refused_with_the_length()
    {
        using var response = await VideoAsync(new RangeHeaderValue(5000, null));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.RequestedRangeNotSatisfiable));
        Assert.That(response.Content.Headers.ContentRange!.ToString(), Is.EqualTo("bytes */5000"));
    }

    [Test]
    public async Task A_browser_that_has_it_gets_it_not_again()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/clips/{_clip.ClipId}/video");
        request.Headers.IfNoneMatch.Add(new EntityTagHeaderValue($"\"{_clip.Files[0].Sha256}\""));

        Assert.That((await _control.Http.SendAsync(request)).StatusCode, Is.EqualTo(HttpStatusCode.NotModified));
    }

    [Test]
    public async Task A_viewer_who_does_not_read_on_does_not_hold_up_a_stop()
    {
        var large = new byte[32 << 20];
        var clip = TestClip.Report(Guid.NewGuid(), Guid.NewGuid(), "alpha/large.mp4", video: large);
        Assert.That(await _control.Get<ClipReportStore>().TakeAsync("node-1", clip, CancellationToken.None), Is.Null);
        await File.WriteAllBytesAsync(Path.Combine(_control.StoragePath, "alpha/large.mp4"), large);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/clips/{clip.ClipId}/video");
        request.Headers.Range = new RangeHeaderValue(0, null);
        using var response = await _control.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.PartialContent));

        var started = TimeProvider.System.GetTimestamp();
        await _control.StopAsync();

        Assert.That(TimeProvider.System.GetElapsedTime(started).TotalSeconds, Is.LessThan(25), "after 2 s; the host alone waits for 30 s");
    }

    [Test]
    public async Task A_deleted_clip_is_gone_with_its_files()
    {
        Assert.That((await _control.Http.DeleteAsync($"/clips/{_clip.ClipId}")).StatusCode, Is.EqualTo(HttpStatusCode.NoContent));

        Assert.That(Directory.EnumerateFiles(Path.Combine(_control.StoragePath, "alpha")), Is.Empty);
        Assert.That((await VideoAsync(null)).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _control.Http.DeleteAsync($"/clips/{_clip.ClipId}")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task A_file_that_is_gone_from_storage_is_named()
    {
        File.Delete(Path.Combine(_control.StoragePath, "alpha/clip.jpg"));

        using var response = await _control.Http.GetAsync($"/clips/{_clip.ClipId}/poster");

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("not in storage any more").And.Contain("alpha/clip.jpg"));
    }

    [Test]
    public async Task Pages_show_every_clip_once_newest_first()
    {
        var store = _control.Get<ClipReportStore>();
        for (var i = 0; i < 6; i++)
        {
            // Two that start at the same time are told apart by their ids.
            var report = TestClip.Report(Guid.NewGuid(), Guid.NewGuid(), $"alpha/{i}.mp4", start: DateTimeOffset.UnixEpoch.AddDays(i / 2));
            Assert.That(await store.TakeAsync("node-1", report, CancellationToken.None), Is.Null);
        }

        var seen = new List<(DateTimeOffset Start, string Id)>();
        for (var next = ""; next is not null;)
        {
            var page = await _control.GetAsync($"/clips?limit=3&cursor={next}");
            seen.AddRange(page["items"]!.AsArray().Select(c => (c!["started_at"]!.GetValue<DateTimeOffset>(), c["id"]!.ToString())));
            next = page["next"]?.ToString();
        }

        Assert.That(seen.Select(s => s.Id), Is.Unique.And.Exactly(7).Items);
        Assert.That(seen.Select(s => s.Start), Is.Ordered.Descending);
    }

    private Task<HttpResponseMessage> VideoAsync(RangeHeaderValue? range)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/clips/{_clip.ClipId}/video");
        request.Headers.Range = range;
        return _control.Http.SendAsync(request);
    }
}
