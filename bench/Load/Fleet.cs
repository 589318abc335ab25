using System.Diagnostics;

namespace StreamClips.Bench.Load;

/// <summary>Processes that do the same job side by side, each the leader of a session. Ends with its using block, all of them killed.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    private readonly List<Process> _processes = [];

    /// <summary>Starts one through setsid(1), its output thrown away.</summary>
    public void Start(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment)
    {
        // The shell replaces itself twice: the pid that is known here leads the session.
        string[] arguments = ["-c", "exec setsid \"$@\" >/dev/null 2>&1 </dev/null", "sh", .. command];
        _processes.Add(BenchProcess.Start("/bin/sh", arguments, environment: environment));
    }

    /// <summary>What all of them use.</summary>
    /// <exception cref="InvalidOperationException">One ended by itself.</exception>
    public Usage Usage()
    {
        if (_processes.Count(p => p.HasExited) is var ended and > 0) throw new InvalidOperationException($"{ended} of {_processes.Count} processes ended by themselves");
        return Load.Usage.Of(_processes.Select(p => p.Id).ToHashSet());
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }
}
