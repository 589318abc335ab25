using System.Runtime.CompilerServices;

namespace StreamClips.Storage;

/// <summary>Walks a directory in the order of names as a whole, one directory in memory at a time and level. Links are not followed.</summary>
internal static class LocalListing
{
    /// <summary>All files below a root.</summary>
    /// <exception cref="IOException">A directory cannot be read.</exception>
    public static async IAsyncEnumerable<StoredObject> ListAsync(string root, [EnumeratorCancellation] CancellationToken cancellation)
    {
        // Files are found by blocking calls: not on the caller's thread.
        await Task.Yield();
        foreach (var file in Walk(new DirectoryInfo(root), "", StorageKey.MaxParts))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return file;
        }
    }

    private static IEnumerable<StoredObject> Walk(DirectoryInfo directory, string prefix, int levels)
    {
        foreach (var (name, entry) in Entries(directory))
        {
            if (entry is DirectoryInfo below)
            {
                if (levels <= 1) continue;
                foreach (var file in Walk(below, prefix + name, levels - 1)) yield return file;
            }
            else if (entry is FileInfo { Exists: true } file)
            {
                yield return new(prefix + name, file.Length, new(file.LastWriteTimeUtc));
            }
        }
    }

    private static List<(string Name, FileSystemInfo Entry)> Entries(DirectoryInfo directory)
    {
        try
        {
            var all = new List<(string Name, FileSystemInfo Entry)>();
            foreach (var entry in directory.EnumerateFileSystemInfos())
            {
                if (entry.LinkTarget is not null) continue;
                // None of ours begins with a dot or holds what a key cannot: such directories, as lost+found, may not even be readable.
                if (entry is DirectoryInfo && !StorageKey.TryParse(entry.Name, out _)) continue;
                all.Add((entry is DirectoryInfo ? entry.Name + "/" : entry.Name, entry));
            }

            all.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
            return all;
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{directory.FullName} does not let itself be read: {e.Message}", e);
        }
    }
}
