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

    private static S3Options Options(ListingService service) => new()
    {
        Endpoint = service.Endpoint, Region = "us-east-1", Bucket = "bucket", Prefix = "clips", AccessKey = "a", SecretKey = "b",
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
                return Results.Text(
                    "<ListMultipartUploadsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Bucket>bucket</Bucket><IsTruncated>false</IsTruncated>"
                    + string.Concat(uploads.Select((u, i) => $"<Upload><Key>{u.Key}</Key><UploadId>id-{i}</UploadId><Initiated>{u.At.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)}</Initiated></Upload>"))
                    + "</ListMultipartUploadsResult>", "application/xml", statusCode: (int)status);
            });
            _app.MapDelete("/{**key}", (HttpRequest request) =>
            {
                Aborted.Enqueue($"{request.Path} {request.Query["uploadId"]}");
                return Results.NoContent();
            });
        }

        public Uri Endpoint => new(_app.Urls.First());

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
