namespace StreamClips.Storage;

/// <summary>Gives clips back: what playback and deletion need of a storage.</summary>
public interface IClipReader
{
    /// <summary>Opens a stored file.</summary>
    /// <returns>A stream that can seek, or null where there is no such file.</returns>
    /// <exception cref="IOException">The storage failed.</exception>
    Task<Stream?> OpenReadAsync(StorageKey key, CancellationToken cancellation);

    /// <summary>Where viewers are sent who may fetch from the storage itself; null: the bytes are passed on to them.</summary>
    Uri? LinkOrigin => null;

    /// <summary>An address that gives a stored file for some minutes, without signing in, ranges too; null where there is none.</summary>
    /// <param name="key">The file.</param>
    /// <param name="head">It is only asked about (HEAD).</param>
    Task<Uri?> LinkAsync(StorageKey key, bool head) => Task.FromResult<Uri?>(null);

    /// <summary>Removes a stored file; nothing happens where it is gone already.</summary>
    /// <exception cref="IOException">The storage failed.</exception>
    Task DeleteAsync(StorageKey key, CancellationToken cancellation);

    /// <summary>All files of the storage, those of others too, in the ordinal order of their names as far as these have a key's form.</summary>
    /// <exception cref="IOException">The storage failed.</exception>
    IAsyncEnumerable<StoredObject> ListAsync(CancellationToken cancellation);

    /// <summary>Removes a temporary file (<see cref="StoredObject.IsTemporary"/>); nothing happens where it is gone already.</summary>
    /// <exception cref="IOException">The storage failed.</exception>
    Task DeleteTemporaryAsync(StoredObject file, CancellationToken cancellation);
}
