using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace StreamClips.Storage.S3;

/// <summary>
/// Clips in a bucket. There is no renaming in S3: a file has its name from the moment when all of it is there, by one request or by the
/// completion of a multipart upload, and only where no other has it (If-None-Match). The service checks each part by its MD5 and the hash
/// that signs it; afterwards the object's tag is compared with ours, and where the service makes tags in a way of its own, all is read back.
/// </summary>
/// <param name="name">Its name, which is stored with each clip.</param>
/// <param name="options">The bucket.</param>
/// <param name="budget">The limit of bytes a second for uploads.</param>
/// <param name="clock">The clock.</param>
public sealed class S3Storage(string name, S3Options options, ByteBudget budget, TimeProvider clock) : IClipTarget, IDisposable
{
    private static readonly TimeSpan LinkLife = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan LeastTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan MostTimeout = TimeSpan.FromDays(1);
    private const int SharingUploads = 8;
    private static readonly TimeSpan CleaningTime = TimeSpan.FromSeconds(10);
    private readonly AmazonS3Client _client = new(new BasicAWSCredentials(options.AccessKey, options.SecretKey), Configuration(options, budget));
    private readonly UploadLeftovers _leftovers = new(options, clock);
    private volatile bool _conditional = true;

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public string Description => $"s3://{options.Endpoint?.Authority ?? options.Region}/{options.Bucket}{(options.Prefix.Length == 0 ? "" : "/" + options.Prefix)}";

    /// <inheritdoc/>
    public Uri? LinkOrigin => !options.Redirects ? null : options.Endpoint is null || !options.PathStyle
        ? new UriBuilder(options.Endpoint?.Scheme ?? "https", $"{options.Bucket}.{options.Endpoint?.Host ?? $"s3.{options.Region}.amazonaws.com"}", options.Endpoint?.Port ?? 443).Uri
        : options.Endpoint;

    /// <inheritdoc/>
    public async Task<StoreResult> StoreAsync(StorageKey key, StoreSource source, CancellationToken cancellation)
    {
        var local = new FileInfo(source.Path);
        if (!local.Exists) return new(StoreOutcome.SourceDamaged, $"{source.Path} is missing");
        if (local.Length != source.SizeBytes) return new(StoreOutcome.SourceDamaged, $"{source.Path} has {local.Length} bytes instead of {source.SizeBytes}");
        try
        {
            if (await SizeAsync(key, cancellation) is { } there) return await CompareAsync(key, there, source, cancellation);
            var read = await S3Source.ReadAsync(source.Path, options.PartBytes, cancellation);
            if (read.Sha256 != source.Sha256) return new(StoreOutcome.SourceDamaged, $"{source.Path} has SHA-256 {read.Sha256} instead of {source.Sha256}");
            var tag = read.PartMd5.Count == 1 ? await PutAsync(key, source, read, cancellation) : await PutPartsAsync(key, source, read, cancellation);
            if (tag is null) return await CompareAsync(key, await SizeAsync(key, cancellation) ?? -1, source, cancellation);
            if (tag == read.Tag && await SizeAsync(key, cancellation) == source.SizeBytes) return new(StoreOutcome.Stored);
            var written = await MeasureAsync(key, cancellation);
            if (written == (source.SizeBytes, source.Sha256)) return new(StoreOutcome.Stored);
            // Where the service knows no If-None-Match, what is there may be another's clip, which was acknowledged.
            if (!_conditional) return Differs(key, written);
            await DeleteAsync(key, cancellation);
            return new(StoreOutcome.Unavailable, $"{key} reads back from {Description} as {written.SizeBytes} bytes with SHA-256 {written.Sha256}, not as it was sent; it is sent again");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(StoreOutcome.Unavailable, $"storage {Description} cannot take {key}: {e.Message}");
        }
        catch (Exception e) when (S3Fault.Is(e, cancellation))
        {
            return new(StoreOutcome.Unavailable, $"storage {Description} cannot take {key}: {S3Fault.Explain(e)}");
        }
    }

    /// <inheritdoc/>
    public async Task<Stream?> OpenReadAsync(StorageKey key, CancellationToken cancellation)
    {
        try
        {
            return await SizeAsync(key, cancellation) is { } size ? new BlockStream(size, (offset, count, stop) => FetchAsync(key, offset, count, stop), () => default) : null;
        }
        catch (Exception e) when (S3Fault.Is(e, cancellation))
        {
            throw new IOException($"storage {Description} does not let {key} be read: {S3Fault.Explain(e)}", e);
        }
    }

    /// <inheritdoc/>
    public async Task<Uri?> LinkAsync(StorageKey key, bool head)
    {
        if (!options.Redirects) return null;
        var link = await _client.GetPreSignedURLAsync(new()
        {
            BucketName = options.Bucket, Key = KeyOf(key), Verb = head ? HttpVerb.HEAD : HttpVerb.GET, Expires = (clock.GetUtcNow() + LinkLife).UtcDateTime,
            Protocol = options.Endpoint?.Scheme == "http" ? Protocol.HTTP : Protocol.HTTPS,
        });
        return new(link);
    }

    /// <inheritdoc/>
    public Task DeleteAsync(StorageKey key, CancellationToken cancellation) => DeleteAsync(key.Value, cancellation);

    private async Task DeleteAsync(string name, CancellationToken cancellation)
    {
        try
        {
            await _client.DeleteObjectAsync(options.Bucket, NameOf(name), cancellation);
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchKey")
        {
            // It is gone.
        }
        catch (Exception e) when (S3Fault.Is(e, cancellation))
        {
            throw new IOException($"storage {Description} does not let {name} be deleted: {S3Fault.Explain(e)}", e);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var files = new S3Listing(_client, options).ListAsync(cancellation).GetAsyncEnumerator(cancellation);
        while (await NextAsync(files, cancellation)) yield return files.Current;
    }

    /// <inheritdoc/>
    public Task DeleteTemporaryAsync(StoredObject file, CancellationToken cancellation) =>
        file.IsTemporary ? DeleteAsync(file.Name, cancellation) : throw new ArgumentException($"{file.Name} is no temporary file", nameof(file));

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task<bool> NextAsync(IAsyncEnumerator<StoredObject> files, CancellationToken cancellation)
    {
        try
        {
            return await files.MoveNextAsync();
        }
        catch (Exception e) when (S3Fault.Is(e, cancellation))
        {
            throw new IOException($"storage {Description} does not let itself be listed: {S3Fault.Explain(e)}", e);
        }
    }

    private static AmazonS3Config Configuration(S3Options options, ByteBudget budget)
    {
        // A part that shares the limit with others takes its time.
        var timeout = LeastTimeout + TimeSpan.FromSeconds(Math.Min(budget.TimeOf(options.PartBytes).TotalSeconds * SharingUploads, MostTimeout.TotalSeconds));
        var configuration = new AmazonS3Config
        {
            AuthenticationRegion = options.Region,
            ForcePathStyle = options.PathStyle,
            // Not every service knows the newer checksums; what is sent here has an MD5 and a signed hash.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            MaxErrorRetry = 1,
            Timeout = timeout,
            HttpClientFactory = budget.IsLimited ? new ThrottledHttp(budget, timeout) : null,
        };
        if (options.Endpoint is null) configuration.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(options.Region);
        else configuration.ServiceURL = options.Endpoint.ToString();
        return configuration;
    }

    private string KeyOf(StorageKey key) => NameOf(key.Value);

    private string NameOf(string name) => options.Prefix.Length == 0 ? name : $"{options.Prefix}/{name}";

    private async Task<long?> SizeAsync(StorageKey key, CancellationToken cancellation)
    {
        try
        {
            return (await _client.GetObjectMetadataAsync(options.Bucket, KeyOf(key), cancellation)).ContentLength;
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound && e.ErrorCode != "NoSuchBucket")
        {
            return null;
        }
    }

    /// <returns>The object's tag; null where another one was quicker.</returns>
    private Task<string?> PutAsync(StorageKey key, StoreSource source, S3Source read, CancellationToken cancellation) =>
        IfNoneAsync(async condition => (await _client.PutObjectAsync(new()
        {
            BucketName = options.Bucket, Key = KeyOf(key), FilePath = source.Path, ContentType = ContentTypes.Of(key.Value), MD5Digest = Convert.ToBase64String(read.PartMd5[0]),
            UseChunkEncoding = false, IfNoneMatch = condition,
        }, cancellation)).ETag);

    /// <returns>The object's tag; null where another one was quicker.</returns>
    private async Task<string?> PutPartsAsync(StorageKey key, StoreSource source, S3Source read, CancellationToken cancellation)
    {
        await _leftovers.SweepAsync(_client, cancellation);
        var upload = await _client.InitiateMultipartUploadAsync(new() { BucketName = options.Bucket, Key = KeyOf(key), ContentType = ContentTypes.Of(key.Value) }, cancellation);
        try
        {
            var parts = new List<PartETag>();
            for (var i = 0; i < read.PartMd5.Count; i++)
            {
                var from = (long)i * options.PartBytes;
                var length = (int)Math.Min(options.PartBytes, source.SizeBytes - from);
                var part = await _client.UploadPartAsync(new()
                {
                    BucketName = options.Bucket, Key = KeyOf(key), UploadId = upload.UploadId, PartNumber = i + 1, FilePath = source.Path, FilePosition = from, PartSize = length,
                    MD5Digest = Convert.ToBase64String(read.PartMd5[i]), UseChunkEncoding = false,
                }, cancellation);
                parts.Add(new(i + 1, part.ETag));
            }

            var tag = await IfNoneAsync(async condition => (await _client.CompleteMultipartUploadAsync(new()
            {
                BucketName = options.Bucket, Key = KeyOf(key), UploadId = upload.UploadId, PartETags = parts, IfNoneMatch = condition,
            }, cancellation)).ETag);
            if (tag is null) await AbortAsync(key, upload.UploadId);
            return tag;
        }
        catch
        {
            await AbortAsync(key, upload.UploadId);
            throw;
        }
    }

    /// <summary>Does what shall only be done where the key is free, as far as the service knows that condition.</summary>
    private async Task<string?> IfNoneAsync(Func<string?, Task<string>> put)
    {
        try
        {
            return (await put(_conditional ? "*" : null)).Trim('"');
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.PreconditionFailed)
        {
            return null;
        }
        catch (AmazonS3Exception e) when (_conditional && e.StatusCode == HttpStatusCode.NotImplemented)
        {
            _conditional = false;
            return (await put(null)).Trim('"');
        }
    }

    private async Task AbortAsync(StorageKey key, string upload)
    {
        using var deadline = new CancellationTokenSource(CleaningTime, clock);
        try
        {
            await _client.AbortMultipartUploadAsync(options.Bucket, KeyOf(key), upload, deadline.Token);
        }
        catch (Exception e) when (e is AmazonServiceException or AmazonClientException or HttpRequestException or OperationCanceledException)
        {
            // The sweep of a later day removes it.
        }
    }

    private async Task<StoreResult> CompareAsync(StorageKey key, long size, StoreSource source, CancellationToken cancellation)
    {
        (long SizeBytes, string) there = size == source.SizeBytes ? await MeasureAsync(key, cancellation) : (size, "not compared");
        return there == (source.SizeBytes, source.Sha256)
            ? new(StoreOutcome.AlreadyThere)
            : Differs(key, there);
    }

    private static StoreResult Differs(StorageKey key, (long SizeBytes, string Sha256) there) =>
        new(StoreOutcome.Conflict, $"{key} is in storage with other bytes ({there.SizeBytes}, SHA-256 {there.Sha256}); it stays as it is: move it away to store this one");

    private async Task<(long SizeBytes, string Sha256)> MeasureAsync(StorageKey key, CancellationToken cancellation)
    {
        using var response = await _client.GetObjectAsync(options.Bucket, KeyOf(key), cancellation);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (size, buffer) = (0L, new byte[1 << 20]);
        try
        {
            while (await response.ResponseStream.ReadAsync(buffer, cancellation) is > 0 and var read)
            {
                hash.AppendData(buffer, 0, read);
                size += read;
            }
        }
        catch (AmazonClientException e) when (e.Message.Contains("hash", StringComparison.OrdinalIgnoreCase))
        {
            // The client compares what comes with the object's own tag.
            return (size, "that its own tag denies");
        }

        return (size, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private async Task<ReadOnlyMemory<byte>> FetchAsync(StorageKey key, long offset, int count, CancellationToken cancellation)
    {
        try
        {
            using var response = await _client.GetObjectAsync(
                new GetObjectRequest { BucketName = options.Bucket, Key = KeyOf(key), ByteRange = new(offset, offset + count - 1) }, cancellation);
            var block = new byte[count];
            var read = await response.ResponseStream.ReadAtLeastAsync(block, count, throwOnEndOfStream: false, cancellation);
            return block.AsMemory(0, read);
        }
        catch (Exception e) when (S3Fault.Is(e, cancellation))
        {
            throw new IOException($"storage {Description} does not let {key} be read: {S3Fault.Explain(e)}", e);
        }
    }
}
