using StreamClips.Shared;
using StreamClips.Storage;

namespace StreamClips.NodeAgent.Shipping;

/// <summary>How clips are shipped.</summary>
public sealed record ShippingOptions
{
    /// <summary>Where clips go: STORAGE_SERVER_PATH and its like.</summary>
    public required StorageSettings Storage { get; init; }

    /// <summary>The limit of bytes a second for uploads; 0: none. STORAGE_BYTES_PER_SECOND.</summary>
    public long BytesPerSecond { get; init; }

    /// <summary>How much may wait for the storage before no new clips are made: SPOOL_LIMIT.</summary>
    public SpoolLimit Spool { get; init; } = SpoolLimit.Default;

    /// <summary>Clips that are shipped at once.</summary>
    public int Concurrency { get; init; } = 2;

    /// <summary>Clips that may wait for the control plane's acknowledgement; beyond it no more are shipped.</summary>
    public int MostUnreported { get; init; } = 256;

    /// <summary>From one look at the clips directories to the next.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Waits of one clip after a failure.</summary>
    public Backoff Retry { get; init; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(500));

    /// <summary>Waits of the whole queue while the storage fails, shorter than a clip's, as clips take turns to try it.</summary>
    public Backoff AwayRetry { get; init; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(250));
}
