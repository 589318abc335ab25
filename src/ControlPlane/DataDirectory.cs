namespace StreamClips.ControlPlane;

/// <summary>The control plane's directory, held by one control plane at a time.</summary>
public sealed class DataDirectory : IDisposable
{
    private readonly FileStream _lock;

    private DataDirectory(FileStream held) => _lock = held;

    /// <summary>Makes the directory where it is missing, and takes it.</summary>
    /// <exception cref="StartupException">It cannot be written, or another control plane has it.</exception>
    public static DataDirectory Take(string path)
    {
        var file = Path.Combine(path, "control-plane.lock");
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"{path} cannot be made ({e.Message.TrimEnd('.')}): choose another data directory");
        }

        try
        {
            // The kernel lets go of the lock when the process ends, however it ends.
            return new(new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException) when (IsHeld(file))
        {
            throw new StartupException($"another control plane uses {path}: stop it first, or choose another data directory");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"{path} cannot be written ({e.Message.TrimEnd('.')}): make room there or give the right to write, or choose another data directory");
        }
    }

    /// <summary>Writes a file that is there whole or not at all.</summary>
    public static void WriteWhole(string path, string text)
    {
        File.WriteAllText(path + ".part", text);
        File.Move(path + ".part", path, overwrite: true);
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    /// <summary>Whether the file can be opened by one who asks for no lock.</summary>
    private static bool IsHeld(string file)
    {
        try
        {
            using var probe = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e is IOException && e.Message.Contains("being used by another process", StringComparison.Ordinal);
        }
    }
}
