using System.Globalization;
using System.Runtime.InteropServices;
using StreamClips.Shared;
using StreamClips.Shared.Hosting;

namespace StreamClips.ControlPlane.Database;

/// <summary>
/// The main process of a Postgres server, found by the <c>postmaster.pid</c> of its directory and recognised by /proc:
/// a pid alone may have passed to a stranger.
/// </summary>
/// <param name="Pid">Its process id.</param>
/// <param name="Port">Its TCP port; 0 while it has none yet.</param>
public sealed partial record Postmaster(int Pid, int Port)
{
    /// <summary>Quick and clean: connections are cut, everything is written (SIGINT, PostgreSQL manual 19.5).</summary>
    public const int FastStop = 2;

    /// <summary>At once: recovers at its next start (SIGQUIT).</summary>
    public const int ImmediateStop = 3;

    /// <summary>The last resort (SIGKILL).</summary>
    public const int Kill = 9;

    /// <summary>The live server of this data directory; null where none runs.</summary>
    public static Postmaster? Of(string dataDirectory)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(Path.Combine(dataDirectory, "postmaster.pid"));
        }
        catch (IOException)
        {
            return null;
        }

        if (lines.Length == 0 || !int.TryParse(lines[0], NumberStyles.None, CultureInfo.InvariantCulture, out var pid)) return null;
        if (!IsServerOf(pid, dataDirectory)) return null;
        return new Postmaster(pid, lines.Length > 3 && int.TryParse(lines[3], NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : 0);
    }

    /// <summary>Every Postgres process that works in this data directory, the main one and those that outlived it.</summary>
    public static IReadOnlyList<int> ProcessesOf(string dataDirectory)
    {
        var found = new List<int>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && IsServerOf(pid, dataDirectory))
                found.Add(pid);
        }

        return found;
    }

    /// <summary>Whether this process is a Postgres that works in this data directory.</summary>
    public static bool IsServerOf(int pid, string dataDirectory)
    {
        try
        {
            return ProcessStat.Of(pid) is { Name: "postgres" }
                && Directory.ResolveLinkTarget($"/proc/{pid}/cwd", returnFinalTarget: false)?.FullName == RealPath.Of(dataDirectory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Sends a signal; nothing happens where the process is gone.</summary>
    public static void Signal(int pid, int signal) => _ = SendSignal(pid, signal);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int pid, int signal);
}
