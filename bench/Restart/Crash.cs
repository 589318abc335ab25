using System.Diagnostics;
using System.Globalization;
using StreamClips.Bench.Agent;
using StreamClips.Shared.Workers;

namespace StreamClips.Bench.Restart;

/// <summary>How long a worker was away that was killed.</summary>
/// <param name="ProcessMs">Until its successor's program ran.</param>
/// <param name="LineMs">Until that one had written its first journal line.</param>
internal sealed record Away(double ProcessMs, double LineMs);

/// <summary>What one round with a supervisor gave.</summary>
/// <param name="Away">Its kills.</param>
/// <param name="Missing">Why there are none; empty: there are.</param>
internal sealed record Round(IReadOnlyList<Away> Away, string Missing);

/// <summary>Kills a worker and watches its supervisor, whichever it is, start the next one.</summary>
internal static class Crash
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Kills the process of a worker, and waits for its successor.</summary>
    /// <exception cref="InvalidOperationException">None came.</exception>
    public static async Task<Away> MeasureAsync(WorkerDirectory worker, CancellationToken ct)
    {
        var next = worker.JournalFile(worker.JournalFiles()[^1] + 1);
        using var process = Process.GetProcessById(ScriptedWorker.Starts(worker)[^1]);
        var newest = NewestPid();
        var begun = TimeProvider.System.GetTimestamp();
        process.Kill();

        // Looked at without a pause: a timer's grain is as long as what is measured here.
        while (!IsSuccessorThere(newest + 1, NewestPid()))
        {
            if (TimeProvider.System.GetElapsedTime(begun) > Patience) throw new InvalidOperationException($"the worker in {worker.Path} was not started again within {Patience.TotalSeconds} s");
            ct.ThrowIfCancellationRequested();
            Thread.Yield();
        }

        var running = TimeProvider.System.GetElapsedTime(begun).TotalMilliseconds;
        while (!File.Exists(next) || new FileInfo(next).Length == 0)
        {
            if (TimeProvider.System.GetElapsedTime(begun) > Patience) throw new InvalidOperationException($"the successor in {worker.Path} wrote nothing within {Patience.TotalSeconds} s");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, ct);
        }

        return new(running, TimeProvider.System.GetElapsedTime(begun).TotalMilliseconds);
    }

    /// <summary>The number that was given last, to a process or a thread (proc_loadavg(5)).</summary>
    private static int NewestPid() => int.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[^1], CultureInfo.InvariantCulture);

    /// <summary>Whether one of the new numbers is a process with the worker's program: no shell before it, no thread of another one.</summary>
    private static bool IsSuccessorThere(int first, int last)
    {
        for (var pid = first; pid <= last; pid++)
        {
            try
            {
                if (File.ReadAllText($"/proc/{pid}/comm").Trim() == ScriptedWorker.Comm && File.ReadAllText($"/proc/{pid}/status").Contains($"\nTgid:\t{pid}\n", StringComparison.Ordinal)) return true;
            }
            catch (IOException)
            {
                // It has ended, or never was: numbers are given to threads of others too.
            }
        }

        return false;
    }
}
