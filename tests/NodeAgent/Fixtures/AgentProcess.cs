using System.Diagnostics;
using StreamClips.NodeAgent.Workers;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.Fixtures;

/// <summary>The agent as a process, so that it can be killed like one.</summary>
public sealed class AgentProcess : IDisposable
{
    private readonly Process _process;
    private readonly List<string> _output = [];
    private bool _disposed;

    private AgentProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Pid => _process.Id;

    public string Output
    {
        get
        {
            lock (_output) return string.Join('\n', _output);
        }
    }

    /// <summary>The dotnet that runs the tests.</summary>
    public static string DotNet => Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet";

    public static string Dll(string name) => Path.Combine(AppContext.BaseDirectory, $"StreamClips.{name}.dll");

    /// <param name="environment">Its environment, beside that of the tests.</param>
    /// <param name="within">The command that it is started by, if not directly.</param>
    /// <param name="dll">The agent; null: that of this build.</param>
    public static AgentProcess Start(IReadOnlyDictionary<string, string> environment, IReadOnlyList<string>? within = null, string? dll = null)
    {
        string[] command = [.. within ?? [], DotNet, dll ?? Dll("NodeAgent")];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new(Process.Start(start)!);
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and waits until it has ended.</summary>
    /// <returns>Its exit code and how long it took.</returns>
    public async Task<(int Code, TimeSpan Took)> TerminateAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        Signals.Send(Pid, "TERM");
        return (await ExitCodeAsync(), TimeProvider.System.GetElapsedTime(started));
    }

    public void CloseInput() => _process.StandardInput.Close();

    public async Task<int> ExitCodeAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(90), TimeProvider.System);
        return _process.ExitCode;
    }

    public Task SaysAsync(string what) => Eventually.TrueAsync(() => Output.Contains(what, StringComparison.Ordinal), $"the agent says '{what}'");

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_output) _output.Add(line);
    }
}

/// <summary>Signals by name, through kill(1).</summary>
public static class Signals
{
    public static void Send(int pid, string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, $"{pid}"]);
        kill.WaitForExit();
    }

    public static bool IsAlive(int pid) => ProcFileSystem.Identify(pid) is not null;
}
