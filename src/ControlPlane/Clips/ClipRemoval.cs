using StreamClips.Storage;

namespace StreamClips.ControlPlane.Clips;

/// <summary>Removes clips for good.</summary>
public static class ClipRemoval
{
    /// <summary>Removes a clip: files first, then the row, so that where it is interrupted the row is still there to do it again.</summary>
    /// <returns>Null where it is gone, otherwise what the storage said.</returns>
    public static async Task<string?> RemoveAsync(Guid id, string by, ClipStore clips, ClipStorages storages, CancellationToken cancellation)
    {
        try
        {
            await DeleteAsync((await clips.FilesAsync(id, cancellation)).Select(f => (f.Storage, f.Key)), storages, cancellation);
            // Once more: a rendition's report may have come meanwhile, and after this nobody knows of its file.
            await DeleteAsync(await clips.RemoveAsync(id, by, cancellation), storages, cancellation);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    private static async Task DeleteAsync(IEnumerable<(string Storage, string Key)> files, ClipStorages storages, CancellationToken cancellation)
    {
        foreach (var (storage, file) in files)
            if (StorageKey.TryParse(file, out var key)) await storages.Of(storage).DeleteAsync(key, cancellation);
    }
}
