using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace StreamClips.NodeAgent.Workers;

/// <summary>
/// Finds a place for the workers' cgroups: below the agent's own one, where it may make some there. The kernel lets no cgroup with processes of
/// its own share out memory, so the agent moves into one beside the workers'; in a service with <c>Delegate=</c> and <c>DelegateSubgroup=agent</c>
/// (systemd.resource-control(5), from version 254 on) systemd has put it there, and puts the next agent there beside workers that run on.
/// </summary>
public static class CgroupPlace
{
    private const string Prefix = "streamclips-";
    private const string Agent = "agent";
    private static readonly string[] Wanted = ["memory", "cpu", "pids"];

    /// <summary>Prepares the place.</summary>
    /// <param name="nodeDirectory">The node's directory: agents that share a cgroup get places of their own.</param>
    /// <param name="limits">What a worker may use.</param>
    /// <returns>The tree; or null and why there is none.</returns>
    public static (CgroupTree? Tree, string Reason) Prepare(string nodeDirectory, WorkerLimits limits)
    {
        try
        {
            if (Own(File.ReadAllText("/proc/self/mountinfo"), File.ReadAllText("/proc/self/cgroup")) is not { } own) return (null, "no cgroup file system of version 2 is mounted");
            return Prepare(own, nodeDirectory, limits, Environment.ProcessId);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, e.Message);
        }
    }

    /// <summary>The same for a given cgroup.</summary>
    /// <param name="own">The agent's cgroup as a directory, and whether it is the root of all that is seen here.</param>
    /// <param name="nodeDirectory">The node's directory.</param>
    /// <param name="limits">What a worker may use.</param>
    /// <param name="pid">The agent's process.</param>
    /// <exception cref="IOException">The kernel does not let it.</exception>
    /// <exception cref="UnauthorizedAccessException">The agent may not.</exception>
    public static (CgroupTree? Tree, string Reason) Prepare((string Directory, bool IsRoot) own, string nodeDirectory, WorkerLimits limits, int pid)
    {
        var name = $"{Prefix}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(nodeDirectory)))[..8]}";

        // An agent that was replaced finds itself in the place that the one before it made, one of a service in what systemd made.
        var above = Path.GetDirectoryName(own.Directory)!;
        var root = Path.GetFileName(own.Directory) == Agent && (Path.GetFileName(above) == name || IsService(above)) ? above : Path.Combine(own.Directory, name);
        var workers = Path.Combine(root, "workers");
        Directory.CreateDirectory(workers);
        if (!own.IsRoot && !IsService(root))
        {
            Directory.CreateDirectory(Path.Combine(root, Agent));
            CgroupTree.Write(Path.Combine(root, Agent), "cgroup.procs", pid.ToString(CultureInfo.InvariantCulture));
        }

        ShareBelow(workers);
        return (new(workers, limits), "");
    }

    /// <summary>Makes a place again that was removed while nothing ran in it.</summary>
    /// <param name="workers">The directory below which workers get their cgroups.</param>
    /// <exception cref="IOException">The kernel does not let it.</exception>
    /// <exception cref="UnauthorizedAccessException">The agent may not.</exception>
    internal static void Restore(string workers)
    {
        Directory.CreateDirectory(workers);
        ShareBelow(workers);
    }

    /// <summary>Removes the places of other agents that are gone. Where one is only idle, it makes its place again.</summary>
    /// <param name="workers">The own one, which stays.</param>
    public static void RemoveOthers(string workers)
    {
        var root = Path.GetDirectoryName(workers)!;
        if (IsService(root)) return;
        foreach (var other in Directory.GetDirectories(Path.GetDirectoryName(root)!, Prefix + "*").Where(o => o != root))
            if (RemoveWorkers(Path.Combine(other, "workers")) && TryRemove(Path.Combine(other, Agent))) TryRemove(other);
    }

    /// <summary>Removes the own place at the agent's end, unless a worker runs in it. The agent goes back to where it came from.</summary>
    /// <param name="workers">The directory below which workers have their cgroups.</param>
    /// <param name="pid">The agent's process.</param>
    public static void Leave(string workers, int pid)
    {
        if (!RemoveWorkers(workers)) return;
        var root = Path.GetDirectoryName(workers)!;
        if (IsService(root)) return;
        var own = Path.GetDirectoryName(root)!;
        var agent = Path.Combine(root, Agent);
        if (Directory.Exists(agent))
        {
            // A cgroup that shares controllers out takes no process; one that somebody else shares out too is left as it is.
            Share(root, "-");
            if (Directory.GetDirectories(own) is [_]) Share(own, "-");
            TryWrite(own, "cgroup.procs", pid.ToString(CultureInfo.InvariantCulture));
        }

        if (TryRemove(agent)) TryRemove(root);
    }

    /// <summary>Where this process's cgroup of version 2 is, by /proc/self/mountinfo and /proc/self/cgroup (proc(5), cgroups(7)).</summary>
    /// <returns>Null where there is none.</returns>
    public static (string Directory, bool IsRoot)? Own(string mountInfo, string cgroup)
    {
        var path = cgroup.Split('\n').FirstOrDefault(l => l.StartsWith("0::/", StringComparison.Ordinal))?[3..];
        foreach (var line in mountInfo.Split('\n'))
        {
            // id parent device root point options [optional…] - type source options
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-");
            if (dash < 6 || fields.Length < dash + 2 || fields[dash + 1] != "cgroup2" || path is null) continue;
            var mounted = fields[3].TrimEnd('/');
            if (mounted.Length > 0 && path != mounted && !path.StartsWith(mounted + "/", StringComparison.Ordinal)) continue;
            var below = path[mounted.Length..].Trim('/');
            return (Path.Combine(fields[4], below), below.Length == 0);
        }

        return null;
    }

    private static void ShareBelow(string workers)
    {
        var root = Path.GetDirectoryName(workers)!;
        if (!IsService(root)) Share(Path.GetDirectoryName(root)!, "+");
        foreach (var group in (string[])[root, workers]) Share(group, "+");
    }

    // What is above a service is systemd's own.
    private static bool IsService(string group) => group.EndsWith(".service", StringComparison.Ordinal);

    // What is not to be had here stays away; whoever asks sees it in cgroup.controllers.
    private static void Share(string group, string sign)
    {
        foreach (var controller in Wanted) TryWrite(group, "cgroup.subtree_control", sign + controller);
    }

    private static void TryWrite(string group, string file, string value)
    {
        try
        {
            CgroupTree.Write(group, file, value);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The kernel does not let it: what was asked for is no need.
        }
    }

    private static bool RemoveWorkers(string workers)
    {
        if (Directory.Exists(workers))
            foreach (var worker in Directory.GetDirectories(workers)) TryRemove(worker);
        return TryRemove(workers);
    }

    /// <returns>Whether it is gone: one in which something runs stays.</returns>
    private static bool TryRemove(string group)
    {
        try
        {
            if (Directory.Exists(group)) Directory.Delete(group);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
