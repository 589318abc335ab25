namespace StreamClips.Testing;

/// <summary>A directory of a test's own, gone with it.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    /// <summary>The directory's full path.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("streamclips-test-").FullName;

    /// <summary>A path inside it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <inheritdoc/>
    public void Dispose()
    {
        // A process that was killed a moment ago may still put a file there while the directory is being removed.
        if (!SpinWait.SpinUntil(TryDelete, TimeSpan.FromSeconds(30))) Directory.Delete(Path, recursive: true);
    }

    private bool TryDelete()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
            return true;
        }
        catch (IOException)
        {
            // Also where the test removed it itself.
            return !Directory.Exists(Path);
        }
    }
}
