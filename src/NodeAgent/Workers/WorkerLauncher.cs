using StreamClips.Shared.Workers;

namespace StreamClips.NodeAgent.Workers;

/// <summary>
/// Starts workers. Each leads a session of its own (setsid(2)), so that neither the agent's end nor a signal to its group or terminal
/// reaches it; it holds no pipe of the agent's.
/// </summary>
public sealed class WorkerLauncher(WorkerOptions options)
{
    /// <summary>The environment variable by which a worker, and what it starts, is found again in /proc.</summary>
    public const string Marker = "STREAMCLIPS_PROCESS_ID";

    private const string Shell = "/bin/sh";

    // What is to hold from the worker's first instruction on and so is set by its own process. Everything that varies is a positional
    // parameter: the shell never parses a name. `exec` keeps the pid.
    private const string Script = "cd \"$1\" || exit 1; umask 077; memory=$2; shift 2; ulimit -c 0; "
        + "[ -z \"$memory\" ] || ulimit -d \"$memory\"; exec \"$@\"";

    private readonly IReadOnlyList<string> _command = Command(options.Command);

    /// <summary>The value of <see cref="Marker"/> in the environment of this worker, as <c>NAME=value</c>.</summary>
    public static string MarkerOf(Guid processId) => $"{Marker}={processId}";

    /// <summary>Starts a worker in its directory. setrlimit(2) bounds the data of each of its processes, whether it has a cgroup too or not.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="processId">Its run.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">There is no shell or no directory, or no process more can be started.</exception>
    public ChildProcess Start(WorkerDirectory directory, Guid processId) => ChildProcess.Start(
        Shell, ["-c", Script, "worker", directory.Path, DataKib(), .. _command, "run", directory.Path],
        new Dictionary<string, string>(options.Environment) { [Marker] = processId.ToString() }, directory.Output);

    /// <summary>Bound of what a process may write into memory (RLIMIT_DATA), in KiB; empty: none. Not of its address space, of which .NET reserves much more than it uses.</summary>
    private string DataKib() => options.Limits.MemoryMiB is { } memory ? $"{(long)memory << 10}" : "";

    private static IReadOnlyList<string> Command(string command) =>
        command.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) ? [DotNetHost(), command] : [command];

    /// <summary>The dotnet that runs this agent; where the agent is an executable of its own, the one on the PATH.</summary>
    private static string DotNetHost() =>
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
}
