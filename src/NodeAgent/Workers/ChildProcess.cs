using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;

namespace StreamClips.NodeAgent.Workers;

/// <summary>
/// A process that this agent has started: the leader of a session of its own, with no pipe to the agent. Started by posix_spawn(3), which
/// takes a fraction of what <see cref="System.Diagnostics.Process"/> takes and needs no setsid(1) in between. The only place where the agent
/// starts a process. Safe for several threads.
/// </summary>
public sealed class ChildProcess
{
    private const uint OwnerOnly = 0b110_000_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(5);

    private readonly Lock _lock = new();
    private int? _exitCode;

    private ChildProcess(int id) => Id = id;

    /// <summary>Its pid, which is nobody else's until the exit code was taken.</summary>
    public int Id { get; }

    /// <summary>Starts a program with no signal blocked or ignored.</summary>
    /// <param name="program">Its full path.</param>
    /// <param name="arguments">Its arguments, without its own name. Never a secret: everybody on the machine may read them.</param>
    /// <param name="environment">All that it finds in its environment.</param>
    /// <param name="output">Where its standard output and error are appended; made for the owner alone where it is not there. Its input is empty.</param>
    /// <exception cref="Win32Exception">The program or the output is not there or may not be used, or no process more can be started.</exception>
    public static ChildProcess Start(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, string output)
    {
        Span<byte> actions = stackalloc byte[NativeMethods.SpawnStructBytes];
        Span<byte> attributes = stackalloc byte[NativeMethods.SpawnStructBytes];
        Span<byte> signals = stackalloc byte[NativeMethods.SpawnStructBytes];
        nint[] argv = [], envp = [];
        NativeMethods.SpawnActionsInit(actions);
        NativeMethods.SpawnAttributesInit(attributes);
        try
        {
            argv = Strings([program, .. arguments]);
            envp = Strings([.. environment.Select(v => $"{v.Key}={v.Value}")]);
            Check(NativeMethods.SpawnActionsAddOpen(actions, 0, "/dev/null", NativeMethods.ReadOnly, 0), program);
            Check(NativeMethods.SpawnActionsAddOpen(actions, 1, output, NativeMethods.AppendOrCreate, OwnerOnly), program);
            Check(NativeMethods.SpawnActionsAddDup(actions, 1, 2), program);

            // None blocked: all bits of a signal set are zero (sigemptyset(3)).
            NativeMethods.SpawnAttributesSetSignalMask(attributes, signals);
            NativeMethods.FillSignals(signals);
            NativeMethods.SpawnAttributesSetDefaultSignals(attributes, signals);
            NativeMethods.SpawnAttributesSetFlags(attributes, NativeMethods.SpawnFlags);
            Check(NativeMethods.Spawn(out var pid, program, actions, attributes, argv, envp), program);
            return new(pid);
        }
        finally
        {
            NativeMethods.SpawnActionsDestroy(actions);
            NativeMethods.SpawnAttributesDestroy(attributes);
            foreach (var text in argv) Marshal.FreeCoTaskMem(text);
            foreach (var text in envp) Marshal.FreeCoTaskMem(text);
        }
    }

    /// <summary>Its exit code, 128 + n where signal n ended it; null while it runs, and where somebody else has waited for it.</summary>
    public int? ExitCode()
    {
        lock (_lock)
        {
            if (_exitCode is not null || NativeMethods.WaitPid(Id, out var status, NativeMethods.NoHang) != Id) return _exitCode;
            var signal = status & 0x7f;
            return _exitCode = signal == 0 ? (status >> 8) & 0xff : 128 + signal;
        }
    }

    /// <summary>Kills it with its whole group, unless it was waited for.</summary>
    public void Kill()
    {
        lock (_lock)
        {
            if (_exitCode is null) _ = NativeMethods.Kill(-Id, NativeMethods.Sigkill);
        }
    }

    /// <summary>Puts it into a cgroup, unless it was waited for. It is not waited for meanwhile, so that its number is its own.</summary>
    /// <param name="procs">The cgroup's file cgroup.procs.</param>
    /// <exception cref="IOException">It has ended, or the kernel does not let it.</exception>
    /// <exception cref="UnauthorizedAccessException">The kernel does not let this agent.</exception>
    public void Enter(string procs)
    {
        lock (_lock)
        {
            if (_exitCode is null) CgroupTree.Write(Path.GetDirectoryName(procs)!, Path.GetFileName(procs), Id.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>The end of a child that could not be held: it has exited already, or is killed, as nobody would see its end.</summary>
    /// <param name="clock">The time: it is given 2 s to be gone.</param>
    /// <returns>Its exit code; null where it had to be killed.</returns>
    public async Task<int?> EndAsync(TimeProvider clock)
    {
        if (ExitCode() is { } code) return code;
        Kill();
        var until = clock.GetUtcNow() + Patience;
        while (ExitCode() is null && clock.GetUtcNow() < until) await Task.Delay(Step, clock);
        return null;
    }

    /// <summary>As execve(2) takes them: pointers, the last one null.</summary>
    private static nint[] Strings(IReadOnlyList<string> texts)
    {
        var pointers = new nint[texts.Count + 1];
        for (var i = 0; i < texts.Count; i++) pointers[i] = Marshal.StringToCoTaskMemUTF8(texts[i]);
        return pointers;
    }

    private static void Check(int error, string program)
    {
        if (error != 0) throw new Win32Exception(error, $"{program} cannot be started: {Marshal.GetPInvokeErrorMessage(error)}");
    }
}
