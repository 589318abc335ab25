using System.Runtime.InteropServices;

namespace StreamClips.NodeAgent.Workers;

/// <summary>What .NET has no call for: pidfds (Linux 5.3, pidfd_open(2)), signals, poll(2).</summary>
internal static partial class NativeMethods
{
    public const int Sigterm = 15;
    public const int Sigkill = 9;
    public const short PollIn = 1;

    /// <summary>ESRCH.</summary>
    public const int NoSuchProcess = 3;

    // The numbers are the same on every architecture that has these calls.
    private const long PidfdSendSignalNumber = 424;
    private const long PidfdOpenNumber = 434;
    private const int CloseOnExecNonBlocking = 0x80000 | 0x800;

    /// <returns>A descriptor, or -1: the error is in errno.</returns>
    public static int PidfdOpen(int pid) => (int)Syscall(PidfdOpenNumber, pid, 0, 0, 0);

    public static bool PidfdSendSignal(int pidfd, int signal) => Syscall(PidfdSendSignalNumber, pidfd, signal, 0, 0) == 0;

    public static int EventFd() => EventFdCore(0, CloseOnExecNonBlocking);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Kill(int pid, int signal);

    /// <returns>The length of the target, or -1.</returns>
    [LibraryImport("libc", EntryPoint = "readlink", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint ReadLink(string path, Span<byte> target, nuint size);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Poll(Span<PollDescriptor> descriptors, nuint count, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "eventfd_write")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int EventFdWrite(int descriptor, ulong value);

    [LibraryImport("libc", EntryPoint = "eventfd_read")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int EventFdRead(int descriptor, out ulong value);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial long Syscall(long number, long first, long second, long third, long fourth);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int EventFdCore(uint initial, int flags);

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
