using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace StreamClips.NodeAgent.Workers;

/// <summary>
/// A running process, held by a pidfd: it is signalled and watched as itself, never by a number that may by now be
/// somebody else's. The process may be a child of this agent or of one before it.
/// </summary>
public sealed class LiveProcess
{
    // Guards against a signal after Close: the descriptor's number may by then be that of another worker's pidfd.
    private readonly Lock _lock = new();
    private readonly SafeFileHandle _pidfd;
    private readonly ChildProcess? _child;
    private readonly TaskCompletionSource _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _exitedAt;

    private LiveProcess(ProcessIdentity identity, SafeFileHandle pidfd, ChildProcess? child) =>
        (Identity, _pidfd, _child) = (identity, pidfd, child);

    /// <summary>Who it is.</summary>
    public ProcessIdentity Identity { get; }

    /// <summary>Ends when the process has.</summary>
    public Task Exited => _exited.Task;

    /// <summary>It was started by this agent.</summary>
    public bool IsChild => _child is not null;

    /// <summary>How long ago it was seen to have exited; for one that has.</summary>
    public TimeSpan SinceExit => Stopwatch.GetElapsedTime(_exitedAt);

    /// <summary>The pidfd, for the thread that also closes it.</summary>
    internal int Descriptor => (int)_pidfd.DangerousGetHandle();

    /// <summary>Takes hold of a process.</summary>
    /// <param name="identity">Who it must be.</param>
    /// <param name="child">Its handle where it is a child of this agent.</param>
    /// <returns>Null where it is gone, or another one has its pid.</returns>
    /// <exception cref="IOException">It may well be there, but cannot be held: too many open files, a kernel without pidfds.</exception>
    public static LiveProcess? TryOpen(ProcessIdentity identity, ChildProcess? child = null)
    {
        // Looked at before too: a number that is now a thread's of somebody else has no pidfd, which is no fault.
        if (identity.BootId != ProcFileSystem.BootId || ProcFileSystem.Identify(identity.Pid) != identity) return null;
        var descriptor = NativeMethods.PidfdOpen(identity.Pid);
        if (descriptor < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            return error == NativeMethods.NoSuchProcess
                ? null
                : throw new IOException($"process {identity.Pid} cannot be watched: pidfd_open: {Marshal.GetPInvokeErrorMessage(error)}");
        }

        var pidfd = new SafeFileHandle(descriptor, ownsHandle: true);

        // Looked at after the pidfd is held: from here on the number cannot change hands unnoticed.
        if (ProcFileSystem.Identify(identity.Pid) == identity) return new(identity, pidfd, child);
        pidfd.Dispose();
        return null;
    }

    /// <summary>Takes hold of a child that was just started.</summary>
    /// <param name="child">The child.</param>
    /// <param name="fault">Why it cannot be held though it may run; null otherwise.</param>
    /// <returns>Null where it has exited already, or cannot be held.</returns>
    public static LiveProcess? TryHold(ChildProcess child, out string? fault)
    {
        fault = null;
        try
        {
            return ProcFileSystem.Identify(child.Id) is { } identity ? TryOpen(identity, child) : null;
        }
        catch (IOException e)
        {
            fault = e.Message;
            return null;
        }
    }

    /// <summary>
    /// Asks the process to stop (SIGTERM); nothing happens where it has exited. What it started is not signalled: it may be
    /// finishing a clip with it.
    /// </summary>
    public void AskToStop() => Send(NativeMethods.Sigterm);

    /// <summary>Kills the process with its whole group; nothing happens where it has exited.</summary>
    public void Kill()
    {
        // While the leader lives its group's number is its own; a group is not signalled by pidfd before Linux 6.9.
        if (!Exited.IsCompleted && ProcFileSystem.Identify(Identity.Pid) == Identity) _ = NativeMethods.Kill(-Identity.Pid, NativeMethods.Sigkill);
        Send(NativeMethods.Sigkill);
    }

    /// <summary>Kills a process that nobody watches, if it still is the one that is meant.</summary>
    /// <exception cref="IOException">It may well be there, but cannot be held.</exception>
    public static void KillNow(ProcessIdentity identity)
    {
        if (TryOpen(identity) is not { } process) return;
        process.Kill();
        process.Close();
    }

    /// <summary>Kills what is left of the group of a child that has exited. Until its exit code is asked for the group's number is its own.</summary>
    public void EndGroup() => _child?.Kill();

    /// <summary>The exit code of a process that has exited; 128 + n where signal n ended it; null where it was no child.</summary>
    public int? ExitCode() => _child?.ExitCode();

    /// <summary>Lets go of a process that has exited.</summary>
    internal void Close()
    {
        lock (_lock) _pidfd.Dispose();
        _exitedAt = Stopwatch.GetTimestamp();
        _exited.TrySetResult();
    }

    private void Send(int signal)
    {
        lock (_lock)
        {
            if (!_pidfd.IsClosed) NativeMethods.PidfdSendSignal(Descriptor, signal);
        }
    }
}
