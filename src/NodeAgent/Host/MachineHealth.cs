using System.Globalization;

namespace StreamClips.NodeAgent.Host;

/// <summary>How the machine is.</summary>
/// <param name="Load">Runnable tasks, averaged over one minute.</param>
/// <param name="MemoryTotalBytes">All memory.</param>
/// <param name="MemoryAvailableBytes">Memory that programs could have without swapping.</param>
/// <param name="DiskTotalBytes">Size of the file system with the node's directory.</param>
/// <param name="DiskFreeBytes">What of it the agent may still write.</param>
/// <param name="NetworkReceivedBytes">Received since boot by all network devices but the loopback.</param>
/// <param name="NetworkSentBytes">Sent likewise.</param>
public sealed record MachineHealth(
    double Load, long MemoryTotalBytes, long MemoryAvailableBytes, long DiskTotalBytes, long DiskFreeBytes, long NetworkReceivedBytes, long NetworkSentBytes)
{
    /// <summary>The kernel's release, as <c>uname -r</c>.</summary>
    public static string Kernel { get; } = File.ReadAllText("/proc/sys/kernel/osrelease").Trim();

    /// <summary>Looks; what cannot be told is 0.</summary>
    /// <param name="directory">A directory on the file system that counts.</param>
    public static MachineHealth Read(string directory)
    {
        try
        {
            var memory = File.ReadLines("/proc/meminfo").Take(8).ToDictionary(l => l[..l.IndexOf(':')], Kibibytes);
            var drive = new DriveInfo(directory);
            var load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
            var (received, sent) = Network(File.ReadLines("/proc/net/dev"));
            return new(
                double.Parse(load, CultureInfo.InvariantCulture), memory.GetValueOrDefault("MemTotal"), memory.GetValueOrDefault("MemAvailable"),
                drive.TotalSize, drive.AvailableFreeSpace, received, sent);
        }
        catch (Exception e) when (e is IOException or FormatException or UnauthorizedAccessException)
        {
            return new(0, 0, 0, 0, 0, 0, 0);
        }
    }

    /// <summary>What went over the network, by the lines of /proc/net/dev (proc_pid_net(5)); a device that cannot be read counts nothing.</summary>
    public static (long Received, long Sent) Network(IEnumerable<string> lines)
    {
        var (received, sent) = (0L, 0L);
        foreach (var line in lines)
        {
            // "  eth0: received packets errs drop fifo frame compressed multicast sent …"
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || line[..colon].Trim() == "lo") continue;
            var fields = line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 9 || !long.TryParse(fields[0], CultureInfo.InvariantCulture, out var more) || !long.TryParse(fields[8], CultureInfo.InvariantCulture, out var gone)) continue;
            (received, sent) = (received + more, sent + gone);
        }

        return (received, sent);
    }

    private static long Kibibytes(string line) =>
        long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
}
