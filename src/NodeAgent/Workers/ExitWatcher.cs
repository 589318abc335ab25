using Microsoft.Win32.SafeHandles;

namespace StreamClips.NodeAgent.Workers;

/// <summary>
/// Sees processes end, children or not, within a millisecond: one thread in poll(2) over their pidfds. Not a
/// <see cref="Microsoft.Extensions.Hosting.BackgroundService"/>, as it blocks a thread of its own.
/// </summary>
public sealed class ExitWatcher : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<(LiveProcess Process, Action? Ended)> _watched = [];
    private readonly SafeFileHandle _wakeHandle = new(NativeMethods.EventFd(), ownsHandle: true);
    private readonly Thread _thread;
    private volatile bool _stopping;

    private int Wake => (int)_wakeHandle.DangerousGetHandle();

    /// <summary>Starts the thread.</summary>
    public ExitWatcher()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "exit watcher" };
        _thread.Start();
    }

    /// <summary>From now on the process's <see cref="LiveProcess.Exited"/> ends when it does.</summary>
    /// <param name="process">The process.</param>
    /// <param name="ended">Called at once when it has, on the thread that waits for the others too: for what takes no time.</param>
    public void Watch(LiveProcess process, Action? ended = null)
    {
        lock (_lock) _watched.Add((process, ended));
        _ = NativeMethods.EventFdWrite(Wake, 1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping = true;
        _ = NativeMethods.EventFdWrite(Wake, 1);
        _thread.Join();
        _wakeHandle.Dispose();
    }

    private void Run()
    {
        while (!_stopping)
        {
            (LiveProcess Process, Action? Ended)[] watched;
            lock (_lock) watched = [.. _watched];
            var descriptors = new NativeMethods.PollDescriptor[watched.Length + 1];
            descriptors[0] = new() { Descriptor = Wake, Events = NativeMethods.PollIn };
            for (var i = 0; i < watched.Length; i++)
                descriptors[i + 1] = new() { Descriptor = watched[i].Process.Descriptor, Events = NativeMethods.PollIn };

            // An interrupted poll (EINTR) only comes round again.
            if (NativeMethods.Poll(descriptors, (nuint)descriptors.Length, timeoutMs: -1) <= 0) continue;
            if (descriptors[0].Returned != 0) _ = NativeMethods.EventFdRead(Wake, out _);
            for (var i = 0; i < watched.Length; i++)
            {
                if (descriptors[i + 1].Returned == 0) continue;
                lock (_lock) _watched.Remove(watched[i]);
                watched[i].Process.Close();
                watched[i].Ended?.Invoke();
            }
        }
    }
}
