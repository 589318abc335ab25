using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using StreamClips.Storage.S3;
using StreamClips.Testing;

namespace StreamClips.Storage.Tests.S3;

/// <summary>
/// Which uploads are removed. The server that the other tests use lists none, so here the service is what its documentation says of
/// ListMultipartUploads and AbortMultipartUpload (API version 2006-03-01).
/// </summary>
public sealed class UploadLeftoversTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
    private readonly ManualClock _clock = new(Now);

    [Test]
    public async Task Old_uploads_of_videos_below_the_prefix_go_once_an_hour_and_those_under_way_stay()
    {
        await using var service = await ListingService.StartAsync(HttpStatusCode.OK, ("clips/a/old.mp4", Now.AddHours(-25)), ("clips/a/new.mp4", Now.AddHours(-23)), ("clips/backup.tar", Now.AddDays(-9)));
        using var client = service.Client();
        var leftovers = new UploadLeftovers(Options(service), _clock);

        await leftovers.SweepAsync(client, default);
        await leftovers.SweepAsync(client, default);

        Assert.That(service.Prefixes, Is.EqualTo((string[])["clips/"]));
        Assert.That(service.Aborted, Is.EqualTo((string[])["/bucket/clips/a/old.mp4 id-0"]));

        _clock.Advance(TimeSpan.FromHours(1.1));
        await leftovers.SweepAsync(client, default);
        Assert.That(service.Aborted, Has.Count.EqualTo(3), "and what has become old since");
    }

    [Test]
    public async Task A_service_that_lists_none_is_no_fault()
    {
        await using var service = await ListingService.StartAsync(HttpStatusCode.NotImplemented);
        using var client = service.Client();

        Assert.That(async () => await new UploadLeftovers(Options(service), _clock).SweepAsync(client, default), Throws.Nothing);
    }

    [Test]
    public async Task In_a_bucket_that_is_shared_only_names_of_clips_are_ours()
    {
        await using var service = await ListingService.StartAsync(HttpStatusCode.OK,
            ("ada/2026-01-02/120020_x3-5_0193a1b2.mp4", Now.AddDays(-3)), ("films/holiday.mp4", Now.AddDays(-3)), ("camera/vid_20260102.mp4", Now.AddDays(-3)), ("best-of-0193a1b2c3d47e5f8a9b0c1d2e3f4a5b-vertical.mp4", Now.AddDays(-3)),
            ("Ada/2026-01-02/120020_x3-5_0193a1b2.mp4", Now.AddDays(-3)));
        using var client = service.Client();

        await new UploadLeftovers(Options(service, prefix: ""), _clock).SweepAsync(client, default);

        Assert.That(service.Aborted, Is.EquivalentTo((string[])["/bucket/ada/2026-01-02/120020_x3-5_0193a1b2.mp4 id-0", "/bucket/best-of-0193a1b2c3d47e5f8a9b0c1d2e3f4a5b-vertical.mp4 id-3"]));
    }

    [Test]
    public async Task Uploads_are_looked_for_page_by_page_twenty_pages_a_sweep()
    {
        await using var service = await ListingService.StartAsync(HttpStatusCode.OK, [.. Enumerable.Range(0, 25).Select(i => ($"clips/{i:00}.mp4", Now.AddDays(-3)))]);
        service.PageUploads = 1;
        using var client = service.Client();
        var leftovers = new UploadLeftovers(Options(service), _clock);

        await leftovers.SweepAsync(client, default);
        Assert.That(service.Aborted, Has.Count.EqualTo(20));
        _clock.Advance(TimeSpan.FromHours(1.1));
        await leftovers.SweepAsync(client, default);

        Assert.That(service.Aborted, Is.Unique.And.Count.EqualTo(25), "the next sweep goes on where the last one left off");
    }

    private static S3Options Options(ListingService service, string prefix = "clips") => new()
    {
        Endpoint = service.Endpoint, Region = "us-east-1", Bucket = "bucket", Prefix = prefix, AccessKey = "a", SecretKey = "b",
    };

    private sealed class ListingService : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private ListingService(HttpStatusCode status, (string Key, DateTimeOffset At)[] uploads)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            _app = builder.Build();
            _app.MapGet("/bucket", (HttpRequest request) =>
            {
                Prefixes.Enqueue(request.Query["prefix"].ToString());
                var from = request.Query["upload-id-marker"].ToString() is { Length: > 3 } marker ? int.Parse(marker.AsSpan(3), CultureInfo.InvariantCulture) + 1 : 0;
                var page = uploads.Select((u, i) => (u.Key, u.At, Id: i)).Skip(from).Take(PageUploads).ToList();
                var next = from + PageUploads < uploads.Length ? $"<IsTruncated>true</IsTruncated><NextKeyMarker>{page[^1].Key}</NextKeyMarker><NextUploadIdMarker>id-{page[^1].Id}</NextUploadIdMarker>" : "<IsTruncated>false</IsTruncated>";
                return Results.Text(
                    $"<ListMultipartUploadsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Bucket>bucket</Bucket>{next}"
                    + string.Concat(page.Select(u => $"<Upload><Key>{u.Key}</Key><UploadId>id-{u.Id}</UploadId><Initiated>{u.At.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)}</Initiated></Upload>"))
                    + "</ListMultipartUploadsResult>", "application/xml", statusCode: (int)status);
            });
            _app.MapDelete("/{**key}", (HttpRequest request) =>
            {
                Aborted.Enqueue($"{request.Path} {request.Query["uploadId"]}");
                return Results.NoContent();
            });
        }

        public Uri Endpoint => new(_app.Urls.First());

        public int PageUploads { get; set; } = 1000;

        public ConcurrentQueue<string> Prefixes { get; } = new();

        public ConcurrentQueue<string> Aborted { get; } = new();

        public static async Task<ListingService> StartAsync(HttpStatusCode status, params (string Key, DateTimeOffset At)[] uploads)
        {
            var service = new ListingService(status, uploads);
            await service._app.StartAsync();
            return service;
        }

        public AmazonS3Client Client() =>
            new(new BasicAWSCredentials("a", "b"), new AmazonS3Config { ServiceURL = Endpoint.ToString(), ForcePathStyle = true, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0 });

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }
}
