using StreamClips.Shared.Hosting;

namespace StreamClips.NodeAgent.Host;

/// <summary>Keeps a second agent, and another node's, out of a node's directory.</summary>
public sealed class DirectoryLock : IDisposable
{
    private readonly LockFile _file;

    private DirectoryLock(LockFile file) => _file = file;

    /// <summary>Takes the lock, making the directory where it is missing.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="nodeId">Whose it is. A directory that another node has used holds that node's journals and clips,
    /// which the control plane would not take from this one.</param>
    /// <returns>The lock, or why it cannot be had.</returns>
    public static (DirectoryLock? Lock, string Fault) TryTake(string directory, string nodeId)
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
            if (LockFile.TryTake(path) is not { } file)
                return (null, $"NODE_DIRECTORY is '{directory}', which another agent is using: stop that one or give another directory");
            return Belongs(directory, nodeId) is { } fault ? Refuse(file, fault) : (new(file), "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, $"NODE_DIRECTORY is '{directory}', which cannot be written: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static string? Belongs(string directory, string nodeId)
    {
        var path = Path.Combine(directory, "node-id");
        if (!File.Exists(path)) AtomicFile.Write(path, nodeId, durable: false);
        var owner = File.ReadAllText(path).Trim();
        return owner.Length == 0 || owner == nodeId
            ? null
            : $"INSTANCE_ID is '{nodeId}', but NODE_DIRECTORY '{directory}' belongs to node '{owner}': give that name or another directory";
    }

    private static (DirectoryLock? Lock, string Fault) Refuse(LockFile file, string fault)
    {
        file.Dispose();
        return (null, fault);
    }
}
