using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;

namespace StreamClips.Storage.S3;

/// <summary>Reads what a bucket holds below its prefix, page by page (ListObjectsV2, in the order of the names' bytes).</summary>
/// <param name="client">The service.</param>
/// <param name="options">The bucket.</param>
internal sealed class S3Listing(IAmazonS3 client, S3Options options)
{
    private const int PageObjects = 1000;

    /// <summary>All objects.</summary>
    public async IAsyncEnumerable<StoredObject> ListAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var prefix = options.Prefix.Length == 0 ? "" : options.Prefix + "/";
        string? next = null;
        do
        {
            var page = await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = options.Bucket, Prefix = prefix, MaxKeys = PageObjects, ContinuationToken = next }, cancellation);
            foreach (var found in page.S3Objects ?? [])
            {
                // Consoles make "directories" by objects whose names end with '/'.
                if (found.Key.Length > prefix.Length && found.Key[^1] != '/')
                    yield return new(found.Key[prefix.Length..], found.Size ?? 0, found.LastModified is { } at ? new DateTimeOffset(at.ToUniversalTime()) : StoredObject.NoTime);
            }

            var before = next;
            next = page.IsTruncated == true ? page.NextContinuationToken : null;
            if (next is not null && next == before) throw new IOException("the service gives the same page of its listing again and again");
        }
        while (next is not null);
    }
}
