using System.Runtime.InteropServices;

namespace StreamClips.NodeAgent.Host;

/// <summary>How full a file system is.</summary>
/// <param name="TotalBytes">Its size.</param>
/// <param name="FreeBytes">What of it the agent's user may still write.</param>
/// <param name="TotalFiles">How many files and directories it can hold; 0: it does not count them.</param>
/// <param name="FreeFiles">How many the agent's user may still make; only where they are counted.</param>
public sealed partial record DiskSpace(long TotalBytes, long FreeBytes, long TotalFiles, long FreeFiles)
{
    // struct statvfs is 112 bytes with glibc and musl on 64-bit machines: the first eight fields are unsigned long. On others the agent does not start.
    private const int StructWords = 32;

    /// <summary>That of a directory (statvfs(3)); null where it cannot be told.</summary>
    public static DiskSpace? Of(string directory)
    {
        Span<ulong> stat = stackalloc ulong[StructWords];
        stat.Clear();
        if (StatVfs(directory, stat) != 0) return null;
        var (fragment, blocks, available, files, freeFiles) = (stat[1], stat[2], stat[4], stat[5], stat[7]);
        return new(Clamp(fragment, blocks), Clamp(fragment, available), Clamp(1, files), Clamp(1, freeFiles));
    }

    private static long Clamp(ulong unit, ulong count) => (long)UInt128.Min((UInt128)unit * count, long.MaxValue);

    [LibraryImport("libc", EntryPoint = "statvfs", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int StatVfs(string path, Span<ulong> stat);
}
