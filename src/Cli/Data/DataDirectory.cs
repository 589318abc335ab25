using System.Security.Cryptography;
using StreamClips.Shared.Hosting;

namespace StreamClips.Cli.Data;

/// <summary>
/// The directory that <c>demo</c> and <c>up</c> keep everything in. One command at a time holds it: the lock is the
/// kernel's (flock), so it is gone with the command whatever ends it.
/// </summary>
public sealed class DataDirectory : IDisposable
{
    /// <summary>Free space below which nothing is started, in bytes: a fresh database takes 50 MB, a demo's clips a few more.</summary>
    public const long LeastFreeBytes = 256L << 20;

    private readonly LockFile _lock;

    private DataDirectory(string path, LockFile held)
    {
        Path = path;
        _lock = held;
    }

    /// <summary>The directory's full path.</summary>
    public string Path { get; }

    /// <summary>What the control plane keeps, its database among it.</summary>
    public string ControlPlane => Make("control-plane");

    /// <summary>What the node agent keeps.</summary>
    public string Node => Make("node");

    /// <summary>Where clips end up.</summary>
    public string Clips => Make("clips");

    /// <summary>What the simulated platform keeps.</summary>
    public string Site => Make("site");

    /// <summary>What the programs print.</summary>
    public string Logs => Make("logs");

    /// <summary>Holds the admin's password; only its owner reads it.</summary>
    public string AdminPasswordFile => Secret("admin-password", Environment.GetEnvironmentVariable("ADMIN_PASSWORD"), bytes: 9);

    /// <summary>Holds the join token that makes the agent's server a node; of each start another.</summary>
    public string JoinTokenFile => System.IO.Path.Combine(Secrets, "join-token");

    /// <summary>Makes the directory where it is missing, checks that it can be used, and locks it.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="kind">What it is for, demo or up: simulated channels and real ones do not share a database.</param>
    /// <param name="freeBytes">Free space on the disk of a path, in bytes; null: as the kernel says.</param>
    /// <exception cref="CommandException">It cannot be written to, the disk is full, another command holds it, or it is of the other kind.</exception>
    public static DataDirectory Open(string path, string kind, Func<string, long>? freeBytes = null)
    {
        try
        {
            Directory.CreateDirectory(path);
            var held = Take(path);
            var free = freeBytes?.Invoke(path) ?? new DriveInfo(path).AvailableFreeSpace;
            var kept = KindOf(path, kind);
            if (free >= LeastFreeBytes && kept == kind) return new DataDirectory(path, held);
            held.Dispose();
            if (kept != kind) throw new CommandException($"{path} holds the data of `{kept}`: give `{kind}` another directory with --data.");
            throw new CommandException($"the disk that holds {path} is full: {free >> 20} MiB are free, {LeastFreeBytes >> 20} MiB are needed. Free some space, or give another directory with --data.");
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new CommandException($"cannot write to the data directory {path}: {e.Message.TrimEnd('.')}. Give a directory of yours with --data.");
        }
    }

    /// <summary>Replaces the join token.</summary>
    public void WriteJoinToken(string token) => WriteSecret(JoinTokenFile, token);

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static LockFile Take(string path)
    {
        // A file that was written before says nothing of what may be made there now.
        using (new FileStream(System.IO.Path.Combine(path, ".probe"), FileMode.Create, FileAccess.Write, FileShare.ReadWrite, 1, FileOptions.DeleteOnClose))
        {
        }

        return LockFile.TryTake(System.IO.Path.Combine(path, "lock"))
            ?? throw new CommandException($"another streamclips runs in {path}. Stop it, or give another directory with --data.");
    }

    private static string KindOf(string path, string kind)
    {
        var file = System.IO.Path.Combine(path, "kind");
        if (File.Exists(file) && File.ReadAllText(file).Trim() is { Length: > 0 } kept) return kept;
        File.WriteAllText(file, kind + "\n");
        return kind;
    }

    private string Make(string name) => Directory.CreateDirectory(System.IO.Path.Combine(Path, name)).FullName;

    private string Secrets =>
        Directory.CreateDirectory(System.IO.Path.Combine(Path, "secrets"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;

    private string Secret(string name, string? given, int bytes)
    {
        var path = System.IO.Path.Combine(Secrets, name);
        if (File.Exists(path) && new FileInfo(path).Length > 0) return path;
        WriteSecret(path, string.IsNullOrEmpty(given) ? Convert.ToBase64String(RandomNumberGenerator.GetBytes(bytes)).Replace('+', '-').Replace('/', '_') : given);
        return path;
    }

    private static void WriteSecret(string path, string value)
    {
        var temporary = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        using (var writer = new StreamWriter(temporary, options)) writer.Write(value);
        File.Move(temporary, path, overwrite: true);
    }
}
