namespace StreamClips.Storage;

/// <summary>
/// A place that keeps clips. Storing is idempotent: whatever is interrupted may be done again, and a file that is there
/// under its key is whole, verified, and never overwritten.
/// </summary>
public interface IClipStorage
{
    /// <summary>Its name, which is stored with each clip.</summary>
    string Name { get; }

    /// <summary>The place, for people: a path or an address, without secrets.</summary>
    string Description { get; }

    /// <summary>
    /// Stores a file under a key: uploads to a temporary name, verifies size and SHA-256, then renames. Failures are results;
    /// only a cancellation is thrown.
    /// </summary>
    Task<StoreResult> StoreAsync(StorageKey key, StoreSource source, CancellationToken cancellation);
}

/// <summary>A local file that is to be stored.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="SizeBytes">Its length, as it shall be.</param>
/// <param name="Sha256">Its SHA-256 in lower-case hex, as it shall be.</param>
public sealed record StoreSource(string Path, long SizeBytes, string Sha256);

/// <summary>How storing went.</summary>
public enum StoreOutcome
{
    /// <summary>The file is in storage, verified.</summary>
    Stored,

    /// <summary>The very same bytes were there before.</summary>
    AlreadyThere,

    /// <summary>The local file is not what it should be; trying again is no use.</summary>
    SourceDamaged,

    /// <summary>Other bytes lie under the key; they stay.</summary>
    Conflict,

    /// <summary>The storage failed; try again later.</summary>
    Unavailable,
}

/// <summary>The result of storing.</summary>
/// <param name="Outcome">How it went.</param>
/// <param name="Reason">Why, with what to do about it; empty where all is well.</param>
public sealed record StoreResult(StoreOutcome Outcome, string Reason = "")
{
    /// <summary>Whether the file is in storage now.</summary>
    public bool IsThere => Outcome is StoreOutcome.Stored or StoreOutcome.AlreadyThere;
}
