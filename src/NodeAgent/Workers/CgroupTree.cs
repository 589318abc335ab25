using System.Globalization;

namespace StreamClips.NodeAgent.Workers;

/// <summary>What a worker may use at most; null: what the machine has.</summary>
/// <param name="MemoryMiB">Memory with that of what it starts: WORKER_MEMORY_MIB.</param>
/// <param name="CpuPercent">Processor time, 100 for a core: WORKER_CPU_PERCENT.</param>
/// <param name="Processes">Processes and threads: WORKER_PROCESSES.</param>
public sealed record WorkerLimits(int? MemoryMiB, int? CpuPercent, int? Processes);

/// <summary>
/// The cgroups (version 2, Linux Documentation/admin-guide/cgroup-v2.rst) of workers, one each: by its own a worker is killed with
/// all that it ever started, is kept within its limits, and its end for want of memory is told from any other SIGKILL.
/// </summary>
/// <param name="directory">The directory of cgroups below which workers get theirs; it is there.</param>
/// <param name="limits">What a worker may use.</param>
public sealed class CgroupTree(string directory, WorkerLimits limits)
{
    private const string Procs = "cgroup.procs";

    // cpu.max in microseconds: so much in each tenth of a second.
    private const int CpuPeriod = 100_000;

    /// <summary>Below it workers get theirs.</summary>
    public string Directory => directory;

    /// <summary>The limits that the kernel keeps here: those whose controllers are to be had.</summary>
    public IReadOnlyList<string> Controllers { get; } = Read(Path.Combine(directory, "cgroup.controllers"))?.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>Makes a worker's cgroup and sets its limits. One that is there is taken.</summary>
    /// <returns>The file that a process writes itself into; null where it cannot be made.</returns>
    public string? Make(Guid processId)
    {
        var group = PathOf(processId);
        try
        {
            if (!System.IO.Directory.Exists(directory)) CgroupPlace.Restore(directory);
            System.IO.Directory.CreateDirectory(group);
            if (limits.MemoryMiB is { } memory && Has("memory")) Write(group, "memory.max", $"{(long)memory << 20}");
            if (limits.MemoryMiB is not null && Has("memory")) Write(group, "memory.oom.group", "1");
            if (limits.CpuPercent is { } cpu && Has("cpu")) Write(group, "cpu.max", $"{cpu * (CpuPeriod / 100)} {CpuPeriod}");
            if (limits.Processes is { } processes && Has("pids")) Write(group, "pids.max", $"{processes}");
            return Path.Combine(group, Procs);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Kills all that runs in a worker's cgroup; nothing where there is none.</summary>
    public void Kill(Guid processId)
    {
        try
        {
            if (HasProcesses(processId)) Write(PathOf(processId), "cgroup.kill", "1");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Before Linux 5.14 there is no such file: the group of processes was killed beside.
        }
    }

    /// <summary>Whether anything runs in a worker's cgroup.</summary>
    public bool HasProcesses(Guid processId) => Read(Path.Combine(PathOf(processId), Procs)) is { } procs && procs.AsSpan().Trim().Length > 0;

    /// <summary>How many of a worker's processes the kernel has killed because they used more memory than they may; 0 where it does not count.</summary>
    public long OomKills(Guid processId)
    {
        foreach (var line in (Read(Path.Combine(PathOf(processId), "memory.events")) ?? "").Split('\n'))
            if (line.StartsWith("oom_kill ", StringComparison.Ordinal) && long.TryParse(line["oom_kill ".Length..], CultureInfo.InvariantCulture, out var kills)) return kills;
        return 0;
    }

    /// <summary>Removes a worker's cgroup, once nothing runs in it.</summary>
    public void Remove(Guid processId)
    {
        try
        {
            if (System.IO.Directory.Exists(PathOf(processId))) System.IO.Directory.Delete(PathOf(processId));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What was killed may take a moment to be gone; the minute's sweep tries again.
        }
    }

    /// <summary>Removes the cgroups of workers that nobody knows, with all that runs in them.</summary>
    /// <param name="known">Those that are known.</param>
    public void RemoveUnknown(IReadOnlySet<Guid> known)
    {
        if (!System.IO.Directory.Exists(directory)) return;
        foreach (var group in System.IO.Directory.GetDirectories(directory))
        {
            if (!Guid.TryParse(Path.GetFileName(group), out var id) || known.Contains(id)) continue;
            Kill(id);
            Remove(id);
        }
    }

    private bool Has(string controller) => Controllers.Contains(controller);

    private string PathOf(Guid processId) => Path.Combine(directory, processId.ToString());

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Writes one of a cgroup's files: the kernel takes it in one write, and lets none be cut.</summary>
    internal static void Write(string group, string file, string value)
    {
        using var stream = new FileStream(Path.Combine(group, file), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        stream.Write(System.Text.Encoding.ASCII.GetBytes(value));
    }
}
