using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace StreamClips.Storage.S3;

/// <summary>
/// Multipart uploads that a kill cut short: nobody sees them, and they cost money until somebody removes them. Those of our own are removed when they
/// are older than a day, so that no other node loses one that is under way. Below a prefix every video with a key's form is ours; a bucket without one may
/// be shared with others, and there a video is only ours where its name has a clip's id (<see cref="StorageKey.NamesClip"/>).
/// </summary>
/// <param name="options">The bucket.</param>
/// <param name="clock">The clock.</param>
internal sealed class UploadLeftovers(S3Options options, TimeProvider clock)
{
    /// <summary>Most pages of 1,000 uploads (S3's most) a sweep; the next sweep goes on after them.</summary>
    private const int MostPages = 20;

    private const int PageUploads = 1000;
    private static readonly TimeSpan Old = TimeSpan.FromDays(1);
    private static readonly TimeSpan Pause = TimeSpan.FromHours(1);
    private readonly Lock _lock = new();
    private long? _sweptAt;

    // Where the last sweep left off, where it did not come to the end.
    private (string? Key, string? Upload) _after;

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
            for (var page = 0; page < MostPages; page++)
            {
                var answer = await client.ListMultipartUploadsAsync(Request(), cancellation);
                foreach (var upload in (answer.MultipartUploads ?? []).Where(IsLeft))
                    await client.AbortMultipartUploadAsync(options.Bucket, upload.Key, upload.UploadId, cancellation);
                var next = answer.IsTruncated == true && answer.NextKeyMarker is { Length: > 0 } ? (answer.NextKeyMarker, answer.NextUploadIdMarker) : default;
                // A service that gives the same page again would be asked for ever.
                if (next == _after) next = default;
                _after = next;
                if (next == default) return;
            }
        }
        catch (AmazonServiceException)
        {
            // Not every service lists them, and not every key may; a rule of the bucket may remove them too.
        }
    }

    private ListMultipartUploadsRequest Request() => new()
    {
        BucketName = options.Bucket, MaxUploads = PageUploads, Prefix = options.Prefix.Length > 0 ? options.Prefix + "/" : null, KeyMarker = _after.Key, UploadIdMarker = _after.Upload,
    };

    private bool IsLeft(MultipartUpload upload) => upload.Initiated?.ToUniversalTime() < (clock.GetUtcNow() - Old).UtcDateTime && IsOurs(upload.Key);

    private bool IsOurs(string name)
    {
        if (options.Prefix.Length > 0 && !name.StartsWith(options.Prefix + "/", StringComparison.Ordinal)) return false;
        var text = options.Prefix.Length > 0 ? name[(options.Prefix.Length + 1)..] : name;
        return text.EndsWith(".mp4", StringComparison.Ordinal) && StorageKey.TryParse(text, out var key) && (options.Prefix.Length > 0 || key.NamesClip);
    }
}
