using System.Globalization;

namespace StreamClips.NodeAgent.Host;

/// <summary>How the machine is.</summary>
/// <param name="Load">Runnable tasks, averaged over one minute.</param>
/// <param name="MemoryTotalBytes">All memory.</param>
/// <param name="MemoryAvailableBytes">Memory that programs could have without swapping.</param>
/// <param name="DiskTotalBytes">Size of the file system with the node's directory.</param>
/// <param name="DiskFreeBytes">What of it the agent may still write.</param>
public sealed record MachineHealth(double Load, long MemoryTotalBytes, long MemoryAvailableBytes, long DiskTotalBytes, long DiskFreeBytes)
{
    /// <summary>Looks; what cannot be told is 0.</summary>
    /// <param name="directory">A directory on the file system that counts.</param>
    public static MachineHealth Read(string directory)
    {
        try
        {
            var memory = File.ReadLines("/proc/meminfo").Take(8).ToDictionary(l => l[..l.IndexOf(':')], Kibibytes);
            var drive = new DriveInfo(directory);
            var load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
            return new(
                double.Parse(load, CultureInfo.InvariantCulture), memory.GetValueOrDefault("MemTotal"), memory.GetValueOrDefault("MemAvailable"),
                drive.TotalSize, drive.AvailableFreeSpace);
        }
        catch (Exception e) when (e is IOException or FormatException or UnauthorizedAccessException)
        {
            return new(0, 0, 0, 0, 0);
        }
    }

    private static long Kibibytes(string line) =>
        long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
}
