using System.Runtime.InteropServices;

namespace StreamClips.NodeAgent.Workers;

/// <content>posix_spawn(3) and waitpid(2). The numbers are those of glibc and musl on x86 and ARM.</content>
internal static partial class NativeMethods
{
    /// <summary>POSIX_SPAWN_SETSIGDEF, _SETSIGMASK and _SETSID (glibc 2.26, musl 1.1.22): signals as a new program expects them, a session of its own.</summary>
    public const short SpawnFlags = 0x04 | 0x08 | 0x80;

    /// <summary>O_RDONLY.</summary>
    public const int ReadOnly = 0;

    /// <summary>O_WRONLY, O_CREAT and O_APPEND.</summary>
    public const int AppendOrCreate = 1 | 0x40 | 0x400;

    /// <summary>WNOHANG.</summary>
    public const int NoHang = 1;

    /// <summary>Room for posix_spawnattr_t (336 bytes), posix_spawn_file_actions_t (80) and sigset_t (128), whichever it is.</summary>
    public const int SpawnStructBytes = 1024;

    /// <returns>0, or what went wrong: an errno, also where the program could not be run.</returns>
    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Spawn(out int pid, string path, Span<byte> actions, Span<byte> attributes, ReadOnlySpan<nint> arguments, ReadOnlySpan<nint> environment);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int SpawnAttributesInit(Span<byte> attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int SpawnAttributesSetFlags(Span<byte> attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int SpawnAttributesSetDefaultSignals(Span<byte> attributes, Span<byte> signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int SpawnAttributesSetSignalMask(Span<byte> attributes, Span<byte> signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int SpawnAttributesDestroy(Span<byte> attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int SpawnActionsInit(Span<byte> actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int SpawnActionsAddOpen(Span<byte> actions, int descriptor, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int SpawnActionsAddDup(Span<byte> actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int SpawnActionsDestroy(Span<byte> actions);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int FillSignals(Span<byte> signals);

    /// <returns>The pid; 0 where it still runs; -1 where it is no child, or was waited for before.</returns>
    [LibraryImport("libc", EntryPoint = "waitpid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int WaitPid(int pid, out int status, int options);
}
