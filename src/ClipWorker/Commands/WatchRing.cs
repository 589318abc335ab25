namespace StreamClips.ClipWorker.Commands;

/// <summary>
/// The directory of a watch's segments, hidden among its clips, and a lock beside it for as long as the watch lives. What
/// watches left there that were killed, the next one removes: the kernel has freed their locks.
/// </summary>
internal sealed class WatchRing : IDisposable
{
    private const string Prefix = ".ring-";
    private const string LockSuffix = ".lock";
    private readonly FileStream _lock;

    private WatchRing(string path)
    {
        Path = path;
        // The lock comes first: a directory without one has no owner.
        _lock = new FileStream(path + LockSuffix, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        Directory.CreateDirectory(path);
    }

    /// <summary>The directory.</summary>
    public string Path { get; }

    /// <summary>Removes what dead watches left among these clips, and makes a directory for this one.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static WatchRing Open(string clips)
    {
        foreach (var ring in Directory.EnumerateDirectories(clips, Prefix + "*").ToList()) RemoveIfAbandoned(ring);
        return new(System.IO.Path.Combine(clips, $"{Prefix}{Guid.NewGuid():N}"));
    }

    /// <inheritdoc/>
    public void Dispose() => Remove(Path, _lock);

    private static void RemoveIfAbandoned(string ring)
    {
        try
        {
            Remove(ring, new FileStream(ring + LockSuffix, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Its owner lives, or it is another user's: not ours to remove.
        }
    }

    private static void Remove(string ring, FileStream held)
    {
        using (held)
        {
            if (Directory.Exists(ring)) Directory.Delete(ring, recursive: true);
            File.Delete(ring + LockSuffix);
        }
    }
}
