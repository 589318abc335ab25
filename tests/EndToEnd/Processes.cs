using System.Runtime.InteropServices;

namespace StreamClips.EndToEnd.Tests;

/// <summary>Numbers of signals.</summary>
internal static class Signals
{
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Terminate = 15;

    // The numbers of x86 and ARM (signal(7)).
    public const int Continue = 18;
    public const int Stop = 19;
}

/// <summary>A running process.</summary>
/// <param name="Pid">Its id.</param>
/// <param name="CommandLine">Its command line, words separated by blanks.</param>
internal sealed record RunningProcess(int Pid, string CommandLine);

/// <summary>Finds and signals processes through /proc.</summary>
internal static partial class Processes
{
    /// <summary>Every process that belongs to a data directory: it is named in its arguments, its environment, or is where it works.</summary>
    public static IReadOnlyList<RunningProcess> Of(string data)
    {
        var found = new List<RunningProcess>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), out var pid) || pid == Environment.ProcessId) continue;
            try
            {
                if (Directory.ResolveLinkTarget(Path.Combine(directory, "exe"), returnFinalTarget: false) is null) continue;
                var arguments = File.ReadAllText(Path.Combine(directory, "cmdline")).Replace('\0', ' ');
                var works = Directory.ResolveLinkTarget(Path.Combine(directory, "cwd"), returnFinalTarget: false)?.FullName ?? "";
                if (arguments.Contains(data, StringComparison.Ordinal) || works.StartsWith(data, StringComparison.Ordinal)
                    || File.ReadAllText(Path.Combine(directory, "environ")).Contains(data, StringComparison.Ordinal))
                {
                    found.Add(new RunningProcess(pid, arguments));
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended, or is the kernel's.
            }
        }

        return found;
    }

    /// <summary>The processes of a data directory that run one of our programs.</summary>
    public static IReadOnlyList<RunningProcess> Running(string data, string dll) => [.. Of(data).Where(p => p.CommandLine.Contains(dll, StringComparison.Ordinal))];

    /// <summary>The clip workers that run below a data directory, native or managed.</summary>
    public static IReadOnlyList<RunningProcess> Workers(string data) => [.. Running(data, "StreamClips.ClipWorker run "), .. Running(data, "StreamClips.ClipWorker.dll run ")];

    /// <summary>Sends SIGKILL.</summary>
    public static void KillAtOnce(int pid) => _ = Kill(pid, Signals.Kill);

    /// <summary>Sends any signal; nothing where the process is gone.</summary>
    public static void Signal(int pid, int signal) => _ = Kill(pid, signal);

    /// <summary>Sends SIGINT, as Ctrl-C does.</summary>
    public static void Interrupt(int pid) => _ = Kill(pid, Signals.Interrupt);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}

/// <summary>Where the programs were built.</summary>
internal static class Programs
{
    /// <summary>The command.</summary>
    public static string Cli { get; } = Find("src/Cli", "StreamClips.Cli.dll");

    /// <summary>The control plane.</summary>
    public static string ControlPlane { get; } = Find("src/ControlPlane", "StreamClips.ControlPlane.dll");

    /// <summary>The node agent.</summary>
    public static string NodeAgent { get; } = Find("src/NodeAgent", "StreamClips.NodeAgent.dll");

    /// <summary>The worker that does what its channel's address says.</summary>
    public static string ScriptedWorker { get; } = Find("tests/ScriptedWorker", "StreamClips.ScriptedWorker.dll");

    /// <summary>The repository's folder.</summary>
    public static string Root
    {
        get
        {
            for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
                if (File.Exists(Path.Combine(at.FullName, "StreamClips.sln"))) return at.FullName;
            throw new InvalidOperationException($"no StreamClips.sln above {AppContext.BaseDirectory}");
        }
    }

    private static string Find(string project, string dll)
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(Root, project, "bin", output.Parent!.Name, output.Name, dll);
    }
}
