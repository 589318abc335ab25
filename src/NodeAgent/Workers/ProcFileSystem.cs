using System.Globalization;
using System.Text;
using StreamClips.Shared.Hosting;

namespace StreamClips.NodeAgent.Workers;

/// <summary>
/// What makes a process itself and no other. A pid alone is used again, and after a reboot so is a pid with a start time.
/// </summary>
/// <param name="BootId">The kernel's name for this boot.</param>
/// <param name="Pid">Its number.</param>
/// <param name="StartTicks">When it started, in clock ticks since boot (<see cref="ProcessStat"/>).</param>
public sealed record ProcessIdentity(string BootId, int Pid, long StartTicks);

/// <summary>A process that was found in /proc.</summary>
/// <param name="Identity">Who it is.</param>
/// <param name="LeadsSession">It is the leader of a session: a worker, not something that a worker started.</param>
public sealed record FoundProcess(ProcessIdentity Identity, bool LeadsSession);

/// <summary>Reads /proc.</summary>
public static class ProcFileSystem
{
    /// <summary>The kernel's name for this boot.</summary>
    public static string BootId { get; } = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>Who has this pid now; null where nobody has, or only a zombie.</summary>
    public static ProcessIdentity? Identify(int pid) => Stat(pid)?.Identity;

    private static FoundProcess? Stat(int pid) =>
        ProcessStat.Of(pid) is { } stat ? new(new(BootId, pid, stat.StartTicks), stat.Session == pid) : null;

    /// <summary>
    /// Every process that works in this directory and carries this marker in its environment: a worker and what it started.
    /// A stranger who only visits the directory has no marker.
    /// </summary>
    /// <param name="directory">The full path of a worker's directory.</param>
    /// <param name="marker">As <c>NAME=value</c>.</param>
    /// <returns>Oldest first.</returns>
    public static IReadOnlyList<FoundProcess> Find(string directory, string marker)
    {
        var found = new List<FoundProcess>();
        var wanted = Encoding.UTF8.GetBytes('\0' + marker + '\0');
        foreach (var (pid, place) in WorkingDirectories())
        {
            if (place != directory || Stat(pid) is not { } process) continue;
            if (Environment(pid).IndexOf(wanted) >= 0) found.Add(process);
        }

        return [.. found.OrderBy(p => p.Identity.StartTicks)];
    }

    /// <summary>Every process that works below this directory and carries this variable in its environment, also where its own directory was removed.</summary>
    /// <param name="directory">The full path.</param>
    /// <param name="variable">The variable's name.</param>
    /// <returns>The processes and the variable's values.</returns>
    public static IReadOnlyList<(FoundProcess Process, string Value)> FindBelow(string directory, string variable)
    {
        var found = new List<(FoundProcess, string)>();
        var wanted = Encoding.UTF8.GetBytes($"\0{variable}=");
        foreach (var (pid, place) in WorkingDirectories())
        {
            if (!place.StartsWith(directory + "/", StringComparison.Ordinal) || Stat(pid) is not { } process) continue;
            var environment = Environment(pid);
            if (environment.IndexOf(wanted) is not (>= 0 and var at)) continue;
            var value = environment[(at + wanted.Length)..];
            found.Add((process, Encoding.UTF8.GetString(value[..value.IndexOf((byte)0)])));
        }

        return found;
    }

    // By readlink(2) itself: most processes are somebody else's, and an exception for each takes longer than all the rest.
    private static IEnumerable<(int Pid, string Directory)> WorkingDirectories()
    {
        var target = new byte[4096];
        foreach (var entry in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(entry.AsSpan()), CultureInfo.InvariantCulture, out var pid)) continue;
            var length = (int)NativeMethods.ReadLink(entry + "/cwd", target, (nuint)target.Length);
            if (length > 0) yield return (pid, Encoding.UTF8.GetString(target.AsSpan(0, length)));
        }
    }

    /// <summary>A process's environment between two zero bytes; empty where it cannot be read.</summary>
    private static ReadOnlySpan<byte> Environment(int pid) => Read($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/environ") is { } read ? (byte[])[0, .. read, 0] : [];

    private static byte[]? Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
