using System.Globalization;
using System.Runtime.InteropServices;

namespace StreamClips.ControlPlane.Database;

/// <summary>
/// As whom the private Postgres runs. Postgres refuses to run as root, so root starts it as another user, who owns its
/// directory; anybody else runs it as themselves.
/// </summary>
/// <param name="Name">The user's name, for messages.</param>
/// <param name="Uid">The user.</param>
/// <param name="Gid">The user's group.</param>
public sealed partial record PostgresUser(string Name, uint Uid, uint Gid)
{
    private const int CapDacOverride = 1;
    private const int CapDacReadSearch = 2;
    private const int AtWorkingDirectory = -100;
    private const uint StatusUser = 8;

    /// <summary>Whether this program runs as root.</summary>
    public static bool IsRoot => Environment.UserName == "root" || GetEffectiveUser() == 0;

    /// <summary>The user to change to: <c>postgres</c>, else <c>nobody</c>; null where no change is needed.</summary>
    /// <exception cref="StartupException">There is neither.</exception>
    public static PostgresUser? ToChangeTo()
    {
        if (!IsRoot) return null;
        var users = File.ReadLines("/etc/passwd").Select(l => l.Split(':')).Where(f => f.Length >= 4).ToList();
        foreach (var name in (string[])["postgres", "nobody"])
        {
            if (users.Find(f => f[0] == name) is { } user)
                return new PostgresUser(name, uint.Parse(user[2], CultureInfo.InvariantCulture), uint.Parse(user[3], CultureInfo.InvariantCulture));
        }

        throw new StartupException("PostgreSQL does not run as root, and there is no user 'postgres' to run it: add one (useradd --system postgres), or give a database with DATABASE_URL");
    }

    /// <summary>
    /// Refuses a cluster of another user's. Postgres would refuse it too, and what root made its own on the way the
    /// owner could not use any more.
    /// </summary>
    /// <param name="cluster">Directory of the cluster.</param>
    /// <param name="user">Who would run it; null: whoever this program runs as.</param>
    /// <exception cref="StartupException">It belongs to another; the message names them.</exception>
    public static void CheckOwner(string cluster, PostgresUser? user)
    {
        var wanted = user?.Uid ?? GetEffectiveUser();
        if (OwnerOf(cluster) is not { } owner || owner == wanted) return;
        var name = File.ReadLines("/etc/passwd").Select(l => l.Split(':')).FirstOrDefault(f => f.Length >= 3 && f[2] == $"{owner}")?[0] ?? $"{owner}";
        throw new StartupException(
            $"the database in {cluster} belongs to user '{name}', and would now be run by '{user?.Name ?? Environment.UserName}': start it as the one who made it{(user is null ? "" : " (without sudo)")}, or choose another data directory");
    }

    /// <summary>Gives this user a file or directory.</summary>
    /// <exception cref="StartupException">The file system refused.</exception>
    public void Own(string path)
    {
        if (ChangeOwner(path, Uid, Gid) != 0)
            throw new StartupException($"{path} could not be given to user '{Name}' ({Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}): choose another data directory");
    }

    /// <summary>
    /// The words before a command that run it as this user. Where the user may not enter a directory on the way to
    /// their own (as below /root), the command gets the one capability that lets it search directories.
    /// </summary>
    /// <param name="directory">The user's own directory.</param>
    /// <exception cref="StartupException">The user cannot get there.</exception>
    public IReadOnlyList<string> Prefix(string directory)
    {
        var words = new List<string> { "setpriv", $"--reuid={Uid}", $"--regid={Gid}", "--clear-groups" };
        if (FirstClosed(directory) is not { } closed) return words;
        var bounding = BoundingSet();
        var capability = (bounding & (1UL << CapDacReadSearch)) != 0 ? "dac_read_search" : (bounding & (1UL << CapDacOverride)) != 0 ? "dac_override" : null;
        if (capability is null)
            throw new StartupException($"PostgreSQL runs as user '{Name}', who may not enter {closed}: choose a data directory elsewhere, or allow it with 'chmod o+x {closed}'");
        words.AddRange([$"--inh-caps=+{capability}", $"--ambient-caps=+{capability}"]);
        return words;
    }

    /// <summary>The first directory above this one that others may not enter; null where all are open.</summary>
    private static string? FirstClosed(string directory)
    {
        var closed = new List<string>();
        for (var at = Directory.GetParent(directory); at is not null; at = at.Parent)
        {
            if ((File.GetUnixFileMode(at.FullName) & UnixFileMode.OtherExecute) == UnixFileMode.None) closed.Add(at.FullName);
        }

        return closed.LastOrDefault();
    }

    private static ulong BoundingSet()
    {
        var line = File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith("CapBnd:", StringComparison.Ordinal));
        return line is null ? 0 : ulong.Parse(line.AsSpan("CapBnd:".Length).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    /// <summary>The user who owns a file; null where it cannot be told. .NET tells the mode of a file and not its owner.</summary>
    private static uint? OwnerOf(string path)
    {
        // struct statx is laid out alike on every processor (statx(2)): the user stands at byte 20.
        Span<byte> answer = stackalloc byte[256];
        return ExtendedStatus(AtWorkingDirectory, path, 0, StatusUser, ref answer[0]) == 0 ? BitConverter.ToUInt32(answer[20..24]) : null;
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ExtendedStatus(int directory, string path, int flags, uint mask, ref byte answer);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUser();
}
