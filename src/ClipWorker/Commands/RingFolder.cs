namespace StreamClips.ClipWorker.Commands;

/// <summary>
/// The directory of one worker's segments in a place that workers share, and a lock beside it for as long as the worker lives.
/// What workers left there that were killed, the next one removes: the kernel has freed their locks.
/// </summary>
internal sealed class RingFolder : IDisposable
{
    /// <summary>So long a dead worker's segments are left alone where it may come back for them: its agent starts it again within that time.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    private const string Prefix = ".ring-";
    private const string LockSuffix = ".lock";
    private readonly FileStream _lock;

    private RingFolder(string path)
    {
        Path = path;
        // The lock comes first: a directory without one has no owner.
        _lock = new FileStream(path + LockSuffix, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        Directory.CreateDirectory(path);
    }

    /// <summary>The directory.</summary>
    public string Path { get; }

    /// <summary>Removes what dead workers left in this place, and takes a directory for this one: what lies in it is kept.</summary>
    /// <param name="place">Where the workers' directories lie; made if need be.</param>
    /// <param name="name">The worker's own name there, which it has again when it is started again.</param>
    /// <param name="grace">So long what a dead worker left is kept.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="IOException">It cannot be made, or a living worker has this name.</exception>
    public static RingFolder Open(string place, string name, TimeSpan grace, DateTimeOffset now)
    {
        Directory.CreateDirectory(place);
        var own = System.IO.Path.Combine(place, Prefix + name);
        foreach (var ring in Directory.EnumerateDirectories(place, Prefix + "*").Where(r => r != own).ToList())
            RemoveIfAbandoned(ring, grace, now);
        return new(own);
    }

    /// <inheritdoc/>
    public void Dispose() => Remove(Path, _lock);

    private static DateTimeOffset LastUsed(string ring) =>
        new(Directory.EnumerateFiles(ring).Append(ring).Max(File.GetLastWriteTimeUtc), TimeSpan.Zero);

    private static void RemoveIfAbandoned(string ring, TimeSpan grace, DateTimeOffset now)
    {
        try
        {
            if (now - LastUsed(ring) < grace) return;
            Remove(ring, new FileStream(ring + LockSuffix, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Its owner lives, or it is another user's: not ours to remove. Or another worker removes it just now.
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
