using StreamClips.Storage;

namespace StreamClips.ControlPlane.Clips;

/// <summary>Removes clips for good.</summary>
public static class ClipRemoval
{
    /// <summary>Removes a clip: files first, then the row, so that where it is interrupted the row is still there to do it again.</summary>
    /// <returns>Null where it is gone, otherwise what the storage said.</returns>
    public static async Task<string?> RemoveAsync(Guid id, string by, ClipStore clips, IClipReader storage, CancellationToken cancellation)
    {
        try
        {
            foreach (var file in await clips.FilesAsync(id, cancellation))
                if (StorageKey.TryParse(file.Key, out var key)) await storage.DeleteAsync(key, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }

        await clips.RemoveAsync(id, by, cancellation);
        return null;
    }
}
