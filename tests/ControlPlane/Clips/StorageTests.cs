using System.Net;
using System.Net.Http.Headers;
using StreamClips.ControlPlane.NodeLink;
using StreamClips.ControlPlane.Tests.NodeLink;
using StreamClips.Storage;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Clips;

/// <summary>Clips that lie on a server, beside those in a directory.</summary>
public sealed class StorageTests
{
    private static readonly byte[] Video = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7))];

    [Test]
    public async Task Clips_are_played_and_deleted_where_each_of_them_lies()
    {
        await using var server = await SshServer.StartAsync();
        using var directory = new TemporaryDirectory();
        await using var control = await TestControlPlane.StartAsync(also: new StorageSettings
        {
            Name = "box",
            Ssh = new()
            {
                Host = "127.0.0.1", Port = server.Port, User = Environment.UserName, Path = server.Store, KeyFile = server.UserKey, HostKeys = [server.HostKey], WorkDirectory = directory["ssh"],
                ConnectTimeout = TimeSpan.FromSeconds(60),
            },
        });
        await control.ExecuteAsync(
            "insert into node (id, host_name, agent_version, boot_id, capacity, state, first_seen_at, connected_at, last_seen_at) values ('node-1', 'h', '1', 'b', 1, 'ready', now(), now(), now())");
        var clips = new Dictionary<string, Guid>();
        foreach (var (storage, root) in ((string, string)[])[("", control.StoragePath), ("box", server.Store), ("gone", "")])
        {
            // The same key in each.
            var report = TestClip.Report(Guid.NewGuid(), Guid.NewGuid(), video: Video);
            foreach (var file in report.Files) file.Storage = storage;
            Assert.That(await control.Get<ClipReportStore>().TakeAsync("node-1", report, CancellationToken.None), Is.Null);
            clips[storage] = Guid.Parse(report.ClipId);
            if (root.Length == 0) continue;
            Directory.CreateDirectory(Path.Combine(root, "alpha"));
            await File.WriteAllBytesAsync(Path.Combine(root, "alpha/clip.mp4"), storage.Length == 0 ? [1, 2, 3] : Video);
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, $"/clips/{clips["box"]}/video") { Headers = { Range = new RangeHeaderValue(200_000, 299_998) } };
        using (var range = await control.Http.SendAsync(request))
        {
            Assert.That(range.StatusCode, Is.EqualTo(HttpStatusCode.PartialContent), await range.Content.ReadAsStringAsync());
            Assert.That(await range.Content.ReadAsByteArrayAsync(), Is.EqualTo(Video[200_000..299_999]));
        }

        Assert.That(await control.Http.GetByteArrayAsync($"/clips/{clips["box"]}/video"), Is.EqualTo(Video));
        Assert.That(await control.Http.GetByteArrayAsync($"/clips/{clips[""]}/video"), Is.EqualTo((byte[])[1, 2, 3]));
        Assert.That((await control.GetAsync($"/clips/{clips["box"]}"))["files"]![0]!["storage"]!.GetValue<string>(), Is.EqualTo("box"));

        using (var deleted = await control.Http.DeleteAsync($"/clips/{clips["box"]}")) Assert.That(deleted.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(File.Exists(Path.Combine(server.Store, "alpha/clip.mp4")), Is.False);
        Assert.That(File.Exists(Path.Combine(control.StoragePath, "alpha/clip.mp4")), Is.True, "the other storage's file of that key stays");

        using (var unknown = await control.Http.GetAsync($"/clips/{clips["gone"]}/video"))
        {
            Assert.That(unknown.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
            Assert.That(await unknown.Content.ReadAsStringAsync(), Does.Contain("STORAGE_ALSO"));
        }

        await server.GoAwayAsync();
        using var kept = await control.Http.DeleteAsync($"/clips/{clips["gone"]}");
        Assert.That(kept.StatusCode, Is.EqualTo(HttpStatusCode.Accepted), "its row is all that is known of its files");
        Assert.That((await control.GetAsync("/clips"))["items"]!.AsArray().Select(c => c!["id"]!.GetValue<Guid>()), Does.Not.Contain(clips["gone"]));
        var waits = (await control.GetAsync("/clips?removing=true"))["items"]!.AsArray().Single()!;
        Assert.That(waits["removal"]!["fault"]!.ToString(), Does.Contain("storage 'gone' is not configured here"));
        Assert.That(waits["removal"]!["next_at"]!.GetValue<DateTimeOffset>(), Is.GreaterThan(waits["removal"]!["at"]!.GetValue<DateTimeOffset>()));
    }

    [Test]
    public async Task Viewers_of_a_bucket_are_sent_there_by_an_address_that_works_for_a_while()
    {
        await using var control = await TestControlPlane.StartAsync(also: new StorageSettings
        {
            Name = "bucket", S3 = new() { Bucket = "clips", Endpoint = new("https://s3.example"), Region = "r1", AccessKey = "the-id", SecretKey = "the-secret" },
        });
        await control.ExecuteAsync(
            "insert into node (id, host_name, agent_version, boot_id, capacity, state, first_seen_at, connected_at, last_seen_at) values ('node-1', 'h', '1', 'b', 1, 'ready', now(), now(), now())");
        var report = TestClip.Report(Guid.NewGuid(), Guid.NewGuid(), video: Video);
        foreach (var file in report.Files) file.Storage = "bucket";
        Assert.That(await control.Get<ClipReportStore>().TakeAsync("node-1", report, CancellationToken.None), Is.Null);

        using var handler = new HttpClientHandler { AllowAutoRedirect = false };
        using var http = new HttpClient(handler) { BaseAddress = control.Address };
        await control.SignInAsync(http);
        using var sent = await http.GetAsync($"/clips/{report.ClipId}/video");
        Assert.That(sent.StatusCode, Is.EqualTo(HttpStatusCode.Redirect), await sent.Content.ReadAsStringAsync());
        Assert.That(sent.Headers.Location!.ToString(), Does.StartWith("https://s3.example/clips/alpha/clip.mp4?").And.Contain("Signature=").And.Not.Contain("the-secret"));
        Assert.That(sent.Headers.CacheControl!.NoStore, Is.True);
        Assert.That(sent.Headers.GetValues("Content-Security-Policy").Single(), Does.Contain("media-src 'self' https://s3.example;"));
    }
}
