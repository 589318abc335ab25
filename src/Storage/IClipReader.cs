namespace StreamClips.Storage;

/// <summary>Gives clips back: what playback and deletion need of a storage.</summary>
public interface IClipReader
{
    /// <summary>Opens a stored file.</summary>
    /// <returns>A stream that can seek, or null where there is no such file.</returns>
    /// <exception cref="IOException">The storage failed.</exception>
    Task<Stream?> OpenReadAsync(StorageKey key, CancellationToken cancellation);

    /// <summary>Removes a stored file; nothing happens where it is gone already.</summary>
    /// <exception cref="IOException">The storage failed.</exception>
    Task DeleteAsync(StorageKey key, CancellationToken cancellation);
}
