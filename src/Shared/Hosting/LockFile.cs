namespace StreamClips.Shared.Hosting;

/// <summary>
/// Keeps a second program out of a directory. The lock is the kernel's (flock(2), which .NET takes for a file that is not
/// shared): it goes with the process whatever ends it, and programs that the process starts do not inherit it. The file stays,
/// as whoever removed it could take it from under the next holder.
/// </summary>
public sealed class LockFile : IDisposable
{
    // EWOULDBLOCK of Linux, which .NET gives for a file that is locked.
    private const int WouldBlock = 11;

    private readonly FileStream _file;

    private LockFile(FileStream file) => _file = file;

    /// <summary>Takes the lock, making the file where it is missing.</summary>
    /// <param name="path">The file; its directory must be there.</param>
    /// <returns>Null where another one holds it.</returns>
    /// <exception cref="IOException">The file cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static LockFile? TryTake(string path)
    {
        try
        {
            return new(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0));
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            return null;
        }
    }

    /// <summary>Lets go of it.</summary>
    public void Dispose() => _file.Dispose();
}
