namespace StreamClips.Storage.S3;

/// <summary>A bucket of an S3-compatible storage.</summary>
public sealed record S3Options
{
    /// <summary>The service's address; null: Amazon's for the region.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>The region that requests are signed for.</summary>
    public required string Region { get; init; }

    /// <summary>The bucket.</summary>
    public required string Bucket { get; init; }

    /// <summary>What keys begin with, without a '/' at either end; may be empty.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>The access key's id.</summary>
    public required string AccessKey { get; init; }

    /// <summary>The access key's secret.</summary>
    public required string SecretKey { get; init; }

    /// <summary>The bucket is in the path of addresses instead of their host.</summary>
    public bool PathStyle { get; init; } = true;

    /// <summary>Viewers are sent to the storage by addresses that work for a while; otherwise the control plane passes the bytes on.</summary>
    public bool Redirects { get; init; } = true;

    /// <summary>Length of the parts of longer files; at least 5 MiB but for the last one (S3's rule).</summary>
    public int PartBytes { get; init; } = 8 << 20;
}
