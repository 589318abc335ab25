using System.Net;
using Amazon.Runtime;
using Amazon.S3;

namespace StreamClips.Storage.S3;

/// <summary>What goes wrong with a bucket, in words for people.</summary>
internal static class S3Fault
{
    /// <summary>Whether it is what the client throws for a service that is away, or refuses.</summary>
    public static bool Is(Exception e, CancellationToken cancellation) =>
        e is AmazonServiceException or AmazonClientException or HttpRequestException or WebException || (e is OperationCanceledException && !cancellation.IsCancellationRequested);

    /// <summary>What is wrong, and what to look at.</summary>
    public static string Explain(Exception e) => e switch
    {
        AmazonS3Exception { ErrorCode: "InvalidAccessKeyId" or "SignatureDoesNotMatch" } s => $"it refuses the access key ({s.ErrorCode}): check STORAGE_S3_ACCESS_KEY, STORAGE_S3_SECRET_KEY and STORAGE_S3_REGION",
        AmazonS3Exception { ErrorCode: "RequestTimeTooSkewed" } => "its clock and this machine's differ by more than 15 minutes: set this machine's clock right",
        AmazonS3Exception { StatusCode: HttpStatusCode.BadRequest, ErrorCode: "AuthorizationHeaderMalformed" or "BadRequest" } s =>
            $"it does not understand how requests are signed ({s.ErrorCode}): check STORAGE_S3_REGION first, then STORAGE_S3_ACCESS_KEY and STORAGE_S3_SECRET_KEY",
        AmazonS3Exception { ErrorCode: "NoSuchBucket" } => "there is no such bucket: make it, or check STORAGE_S3_BUCKET and STORAGE_S3_ENDPOINT",
        AmazonS3Exception { StatusCode: HttpStatusCode.Forbidden } s => $"it is forbidden ({s.ErrorCode}): check STORAGE_S3_ACCESS_KEY, STORAGE_S3_SECRET_KEY, what the key may do in the bucket, and this machine's clock",
        { InnerException: HttpRequestException inner } => inner.Message,
        _ => e.Message,
    };
}
