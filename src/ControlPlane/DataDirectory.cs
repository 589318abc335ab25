using StreamClips.Shared.Hosting;

namespace StreamClips.ControlPlane;

/// <summary>The control plane's directory, held by one control plane at a time.</summary>
public sealed class DataDirectory : IDisposable
{
    private readonly LockFile _lock;

    private DataDirectory(LockFile held) => _lock = held;

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
            return new(LockFile.TryTake(file) ?? throw new StartupException($"another control plane uses {path}: stop it first, or choose another data directory"));
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
}
