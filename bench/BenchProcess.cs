using System.ComponentModel;
using System.Diagnostics;

namespace StreamClips.Bench;

/// <summary>The one place where benches start processes.</summary>
internal static class BenchProcess
{
    private const int MostTold = 500;

    /// <summary>Runs a program to its end. It and its children are killed at the deadline or when cancelled.</summary>
    /// <param name="program">Its name on the PATH, or its path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="directory">Where it runs.</param>
    /// <param name="deadline">How long it may take.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>What it wrote to its standard output; or why there is none: it is not installed, failed, or took too long.</returns>
    public static async Task<(string? Output, string? Fault)> RunAsync(string program, IReadOnlyList<string> arguments, string directory, TimeSpan deadline, CancellationToken ct)
    {
        using var process = TryStart(new(program, arguments) { WorkingDirectory = directory, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true });
        if (process is null) return (null, $"{program} is not installed");
        using var late = new CancellationTokenSource(deadline, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, ct);
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(either.Token), process.StandardError.ReadToEndAsync(either.Token));
            await process.WaitForExitAsync(either.Token);
            return process.ExitCode == 0 ? (await output, null) : (null, $"{program} exited with {process.ExitCode}: {Tail(await errors)}");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            ct.ThrowIfCancellationRequested();
            return (null, $"{program} took more than {deadline.TotalSeconds:0} s");
        }
    }

    /// <summary>Starts a program that runs on; whoever starts it ends it.</summary>
    /// <param name="program">Its name on the PATH, or its path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="readsOutput">Whether its standard output is read by the caller.</param>
    /// <param name="environment">What is added to the environment.</param>
    /// <param name="writesInput">Whether its standard input is written by the caller.</param>
    /// <exception cref="InvalidOperationException">It is not installed.</exception>
    public static Process Start(string program, IReadOnlyList<string> arguments, bool readsOutput = false, IReadOnlyDictionary<string, string>? environment = null, bool writesInput = false)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = readsOutput, RedirectStandardInput = writesInput };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        return TryStart(start) ?? throw new InvalidOperationException($"{program} is not installed");
    }

    /// <summary>
    /// Starts a program as a service runs: in a session of its own, so that the kernel does not give it one share of the processors together
    /// with this program (autogroups, sched(7)), and with its output in a file, as a pipe that nobody reads would stop it.
    /// </summary>
    /// <param name="log">The file; appended to.</param>
    /// <param name="program">Its name on the PATH, or its path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">What is added to the environment.</param>
    /// <exception cref="InvalidOperationException">There is no shell.</exception>
    public static Process StartService(string log, string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        Start("/bin/sh", ["-c", "log=$1; shift; exec setsid \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", log, program, .. arguments], environment: environment);

    private static Process? TryStart(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static string Tail(string text) => text.Length <= MostTold ? text.Trim() : text[^MostTold..].Trim();
}
