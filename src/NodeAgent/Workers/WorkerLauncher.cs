using System.Diagnostics;
using StreamClips.Shared.Workers;

namespace StreamClips.NodeAgent.Workers;

/// <summary>
/// The only place where the agent starts a process. A worker is made the leader of a session of its own by setsid(1), so
/// that neither the agent's end nor a signal to its group or terminal reaches it; it holds no pipe of the agent's.
/// </summary>
public sealed class WorkerLauncher(WorkerOptions options)
{
    /// <summary>The environment variable by which a worker, and what it starts, is found again in /proc.</summary>
    public const string Marker = "STREAMCLIPS_PROCESS_ID";

    // Everything that varies is a positional parameter: the shell never parses a name. `exec` twice keeps the pid, as the
    // shell leads no group and so setsid has no need to fork.
    private const string Script = "umask 077; output=$1; cgroup=$2; memory=$3; shift 3; ulimit -c 0; "
        + "[ -z \"$memory\" ] || ulimit -d \"$memory\"; [ -z \"$cgroup\" ] || echo $$ >\"$cgroup\"; exec setsid \"$@\" >>\"$output\" 2>&1 </dev/null";

    /// <summary>The value of <see cref="Marker"/> in the environment of this worker, as <c>NAME=value</c>.</summary>
    public static string MarkerOf(Guid processId) => $"{Marker}={processId}";

    /// <summary>Starts a worker in its directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="processId">Its run.</param>
    /// <param name="cgroup">The file of the cgroup that it is put into; null where it has none. Its memory is then bounded by setrlimit(2), each process by itself.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">There is no shell, or no process more can be started.</exception>
    public Process Start(WorkerDirectory directory, Guid processId, string? cgroup)
    {
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false, WorkingDirectory = directory.Path };
        foreach (var argument in (string[])["-c", Script, "worker", directory.Output, cgroup ?? "", DataKib(), .. Command(), "run", directory.Path])
            start.ArgumentList.Add(argument);
        start.Environment.Clear();
        foreach (var (name, value) in options.Environment) start.Environment[name] = value;
        start.Environment[Marker] = processId.ToString();
        return Process.Start(start)!;
    }

    /// <summary>Bound of what a process may write into memory (RLIMIT_DATA), in KiB; empty: none. Not of its address space, of which .NET reserves much more than it uses.</summary>
    private string DataKib() => options.Limits.MemoryMiB is { } memory ? $"{(long)memory << 10}" : "";

    private IEnumerable<string> Command() =>
        options.Command.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) ? [DotNetHost(), options.Command] : [options.Command];

    /// <summary>The dotnet that runs this agent; where the agent is an executable of its own, the one on the PATH.</summary>
    private static string DotNetHost() =>
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
}
