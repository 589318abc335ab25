using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace StreamClips.Storage.S3;

/// <summary>
/// Multipart uploads that a kill cut short: nobody sees them, and they cost money until somebody removes them. Those of videos below the prefix are
/// removed when they are older than a day, so that no other node loses one that is under way.
/// </summary>
/// <param name="options">The bucket.</param>
/// <param name="clock">The clock.</param>
internal sealed class UploadLeftovers(S3Options options, TimeProvider clock)
{
    private const int MostAtOnce = 1000;
    private static readonly TimeSpan Old = TimeSpan.FromDays(1);
    private static readonly TimeSpan Pause = TimeSpan.FromHours(1);
    private readonly Lock _lock = new();
    private long? _sweptAt;

    /// <summary>Removes what is old, at most once an hour.</summary>
    /// <param name="client">The service.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task SweepAsync(IAmazonS3 client, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_sweptAt is { } last && clock.GetElapsedTime(last) < Pause) return;
            _sweptAt = clock.GetTimestamp();
        }

        try
        {
            var request = new ListMultipartUploadsRequest { BucketName = options.Bucket, MaxUploads = MostAtOnce };
            if (options.Prefix.Length > 0) request.Prefix = options.Prefix + "/";
            var before = (clock.GetUtcNow() - Old).UtcDateTime;
            foreach (var upload in (await client.ListMultipartUploadsAsync(request, cancellation)).MultipartUploads ?? [])
            {
                if (upload.Initiated?.ToUniversalTime() < before && upload.Key.EndsWith(".mp4", StringComparison.Ordinal))
                    await client.AbortMultipartUploadAsync(options.Bucket, upload.Key, upload.UploadId, cancellation);
            }
        }
        catch (AmazonServiceException)
        {
            // Not every service lists them, and not every key may; a rule of the bucket may remove them too.
        }
    }
}
