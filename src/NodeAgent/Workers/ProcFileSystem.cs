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
        foreach (var entry in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(entry.AsSpan()), CultureInfo.InvariantCulture, out var pid)) continue;
            if (WorkingDirectory(entry) != directory || Stat(pid) is not { } process) continue;
            if (Read($"{entry}/environ") is { } environment && ((byte[])[0, .. environment, 0]).AsSpan().IndexOf(wanted) >= 0) found.Add(process);
        }

        return [.. found.OrderBy(p => p.Identity.StartTicks)];
    }

    private static string? WorkingDirectory(string entry)
    {
        try
        {
            return File.ResolveLinkTarget($"{entry}/cwd", returnFinalTarget: false)?.FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has just ended, or belongs to somebody else.
            return null;
        }
    }

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
