namespace StreamClips.NodeAgent.Host;

/// <summary>
/// Keeps a second agent out of a node's directory. The lock (flock(2), which .NET takes for a file that is not shared) is
/// the kernel's: it goes with the process, whatever ends it, and workers do not inherit it.
/// </summary>
public sealed class DirectoryLock : IDisposable
{
    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    /// <summary>Takes the lock, making the directory where it is missing.</summary>
    /// <returns>The lock, or why it cannot be had.</returns>
    public static (DirectoryLock? Lock, string Fault) TryTake(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, $"NODE_DIRECTORY is '{directory}', which cannot be made: {e.Message}");
        }

        var path = Path.Combine(directory, "agent.lock");
        try
        {
            return (new(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)), "");
        }
        catch (UnauthorizedAccessException e)
        {
            return (null, $"NODE_DIRECTORY is '{directory}', which cannot be written: {e.Message}");
        }
        catch (IOException e)
        {
            return (null, $"NODE_DIRECTORY is '{directory}', which another agent is using: stop that one or give another directory ({e.Message})");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
