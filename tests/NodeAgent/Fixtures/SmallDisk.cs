using System.Diagnostics;
using System.Globalization;
using StreamClips.NodeAgent.Workers;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.Fixtures;

/// <summary>
/// A node's directory on a file system of its own, small enough to be filled: a tmpfs in namespaces of user, mounts and processes, which need no root
/// and end, with all that runs in them, with the agent. Not every kernel or container lets them be made (<see cref="IsToBeHad"/>).
/// </summary>
public sealed class SmallDisk
{
    private static readonly string[] Namespaces = ["unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
    private static readonly Lazy<bool> Tried = new(Try);
    private readonly AgentBench _bench;
    private readonly string _options;
    private AgentProcess? _agent;

    /// <summary>A disk with these mount options, as <c>size=24m</c>.</summary>
    public SmallDisk(AgentBench bench, string options) => (_bench, _options) = (bench, options);

    /// <summary>Whether this machine lets us.</summary>
    public static bool IsToBeHad => Tried.Value;

    // The node's directory as seen from outside, through the first process inside.
    private string Inside => $"/proc/{First()}/root{_bench.Node}";

    /// <summary>Starts an agent whose node lives there. What the node's directory holds is taken along.</summary>
    public AgentProcess StartAgent(params (string Name, string Value)[] also) => _agent = _bench.StartAgent(
        [.. Namespaces, "sh", "-c", "mkdir \"$1.held\" && cp -a \"$1/.\" \"$1.held\" && mount -t tmpfs -o \"$2\" none \"$1\" && cp -a \"$1.held/.\" \"$1\" || exit 1; shift 2; \"$@\"", "sh", _bench.Node, _options],
        also);

    /// <summary>Writes until there is no byte left, or makes files until there can be no more.</summary>
    public void Fill(bool files)
    {
        Directory.CreateDirectory(Path.Combine(Inside, "ballast"));
        try
        {
            for (var i = 0; ; i++)
            {
                using var file = new FileStream(Path.Combine(Inside, "ballast", i.ToString(CultureInfo.InvariantCulture)), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
                while (!files) file.Write(new byte[4096]);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    /// <summary>Takes away what filled it.</summary>
    public void Empty() => Directory.Delete(Path.Combine(Inside, "ballast"), recursive: true);

    private string First() => File.ReadAllText($"/proc/{_agent!.Pid}/task/{_agent.Pid}/children").Split(' ')[0];

    private static bool Try()
    {
        try
        {
            using var directory = new TemporaryDirectory();
            var start = new ProcessStartInfo(Namespaces[0], [.. Namespaces[1..], "mount", "-t", "tmpfs", "none", directory.Path]) { UseShellExecute = false, RedirectStandardError = true };
            using var process = Process.Start(start)!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
