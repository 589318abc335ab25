using System.Diagnostics;
using System.Runtime.InteropServices;
using StreamClips.Shared.Hosting;

namespace StreamClips.Cli.Running;

/// <summary>
/// One running program of ours, in a session of its own, so that Ctrl-C in the terminal reaches only the command, which
/// then stops the programs in their order. The program's standard input is a pipe that the command holds: when the
/// command dies, even of kill -9, the pipe ends and the program stops by itself. The only class that starts processes.
/// </summary>
public sealed partial class ChildProgram : IAsyncDisposable
{
    private const int Sigterm = 15;
    private const int Sigkill = 9;

    private readonly Process _process;
    private readonly ProgramLog _log;
    private readonly Task _output;
    private volatile bool _gone;

    private ChildProgram(ProgramSpec spec, Process process, ProgramLog log)
    {
        Spec = spec;
        _process = process;
        _log = log;
        _output = Task.WhenAll(CopyAsync(process.StandardOutput), CopyAsync(process.StandardError));
    }

    /// <summary>What was started.</summary>
    public ProgramSpec Spec { get; }

    /// <summary>Its process id.</summary>
    public int Pid => _process.Id;

    /// <summary>Its exit code; 128 plus the signal where a signal ended it. Only after <see cref="WaitAsync"/>.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>The last lines it printed, oldest first.</summary>
    public IReadOnlyList<string> LastLines => _log.LastLines;

    /// <summary>Starts the program.</summary>
    /// <exception cref="CommandException">It is not built, or cannot be started.</exception>
    public static ChildProgram Start(ProgramSpec spec)
    {
        if (!File.Exists(spec.Dll)) throw new CommandException($"{spec.Dll} is missing: build first (the script `streamclips` does).");
        var info = new ProcessStartInfo("setsid")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        info.ArgumentList.Add("dotnet");
        info.ArgumentList.Add(spec.Dll);
        foreach (var argument in spec.Arguments) info.ArgumentList.Add(argument);
        foreach (var (name, value) in spec.Environment) info.Environment[name] = value;
        info.Environment[StopWithParent.Variable] = "1";
        info.Environment["DOTNET_NOLOGO"] = "1";
        try
        {
            var process = Process.Start(info) ?? throw new CommandException($"{spec.Name} could not be started");
            return new ChildProgram(spec, process, new ProgramLog(spec.LogFile));
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new CommandException($"{spec.Name} could not be started: {e.Message}. Is setsid (package util-linux) installed?");
        }
    }

    /// <summary>What another program says on standard output to a question that it answers at once, as for its version.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="arguments">The question.</param>
    /// <param name="deadline">How long it may take.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>What it said; null: it cannot be started, failed, or took too long.</returns>
    public static async Task<string?> AskAsync(string program, IEnumerable<string> arguments, TimeSpan deadline, CancellationToken cancellation)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        ends.CancelAfter(deadline);
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
            try
            {
                process.StandardInput.Close();
                var (said, _) = (process.StandardOutput.ReadToEndAsync(ends.Token), process.StandardError.ReadToEndAsync(ends.Token));
                await process.WaitForExitAsync(ends.Token);
                return process.ExitCode == 0 ? await said : null;
            }
            finally
            {
                if (!process.HasExited) process.Kill();
            }
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <summary>Runs a program on this terminal, with a standard input that is fed to it.</summary>
    /// <param name="program">Its path: an executable, or an assembly of ours.</param>
    /// <param name="arguments">Its arguments: never a secret.</param>
    /// <param name="feed">Writes its input. Where the program takes no more, that is no fault.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Its exit code.</returns>
    /// <exception cref="CommandException">It is not built, or cannot be started.</exception>
    public static async Task<int> FeedAsync(string program, IEnumerable<string> arguments, Func<Stream, Task> feed, CancellationToken cancellation)
    {
        if (!File.Exists(program)) throw new CommandException($"{program} is missing: build first (the script `streamclips` does).");
        var dll = program.EndsWith(".dll", StringComparison.Ordinal);
        try
        {
            using var process = Process.Start(new ProcessStartInfo(dll ? "dotnet" : program, dll ? [program, .. arguments] : arguments) { RedirectStandardInput = true, UseShellExecute = false })!;
            try
            {
                await FeedAsync(process, feed);
                await process.WaitForExitAsync(cancellation);
                return process.ExitCode;
            }
            finally
            {
                if (!process.HasExited) process.Kill();
            }
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new CommandException($"{program} could not be started: {e.Message}.");
        }
    }

    private static async Task FeedAsync(Process process, Func<Stream, Task> feed)
    {
        try
        {
            await feed(process.StandardInput.BaseStream);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended, and says why itself.
        }
    }

    /// <summary>Waits for its end.</summary>
    public Task WaitAsync(CancellationToken cancellation) => _process.WaitForExitAsync(cancellation);

    /// <summary>Asks it to stop, and ends it and its whole group when it has not after the grace.</summary>
    /// <returns>Whether it stopped when asked.</returns>
    public Task<bool> StopAsync(TimeSpan grace, TimeProvider time)
    {
        if (!_gone && !_process.HasExited) _ = Kill(_process.Id, Sigterm);
        return StopAfterAsync(grace, time);
    }

    /// <summary>Waits for its end, and ends it and its whole group when it takes longer than this.</summary>
    /// <returns>Whether it ended by itself.</returns>
    public async Task<bool> StopAfterAsync(TimeSpan limit, TimeProvider time)
    {
        if (_gone) return true;
        using var deadline = new CancellationTokenSource(limit > TimeSpan.Zero ? limit : TimeSpan.FromMilliseconds(1), time);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            // setsid made it the leader of its group, so the group has its number.
            _ = Kill(-_process.Id, Sigkill);
            await _process.WaitForExitAsync(CancellationToken.None);
            return false;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_gone) return;
        var exited = _process.HasExited;
        _gone = true;
        if (!exited) _ = Kill(-_process.Id, Sigkill);

        // A grandchild may hold the pipe open: reading ends with us at the latest.
        await Task.WhenAny(_output, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System));
        _process.Dispose();
        _log.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);

    private async Task CopyAsync(StreamReader reader)
    {
        try
        {
            while (await reader.ReadLineAsync() is { } line)
            {
                _log.Write(line);
                Spec.OnLine?.Invoke(line);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The pipe went with the process.
        }
    }
}

/// <summary>How to start a program.</summary>
/// <param name="Name">Its name, for people.</param>
/// <param name="Dll">Path of its assembly.</param>
/// <param name="Arguments">Its arguments: never a secret.</param>
/// <param name="Environment">What is added to its environment.</param>
/// <param name="LogFile">Where its output goes.</param>
public sealed record ProgramSpec(
    string Name, string Dll, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, string LogFile)
{
    /// <summary>Called with each line it prints, on a thread of the pool.</summary>
    public Action<string>? OnLine { get; init; }
}
