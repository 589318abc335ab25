using System.Diagnostics;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Enrollment;

/// <summary>One of our other programs as a process: killed with the test.</summary>
internal sealed class OtherProgram : IDisposable
{
    private readonly Process _process;
    private readonly List<string> _output = [];
    private readonly List<string> _answer = [];

    public OtherProgram(string name, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        // From its own output folder: this one is tests/ControlPlane/bin/Release/net10.0.
        var dll = Path.Combine(AppContext.BaseDirectory.Replace("/tests/ControlPlane/", $"/src/{name}/", StringComparison.Ordinal), $"StreamClips.{name}.dll");
        var start = new ProcessStartInfo("dotnet", [dll, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        foreach (var (variable, value) in environment) start.Environment[variable] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, e) => Keep(e.Data, _answer);
        _process.ErrorDataReceived += (_, e) => Keep(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Pid => _process.Id;

    public string Output
    {
        get
        {
            lock (_output) return string.Join('\n', _output);
        }
    }

    /// <summary>What it says on standard output alone, in order.</summary>
    public string Answer
    {
        get
        {
            lock (_output) return string.Join('\n', _answer);
        }
    }

    public void Type(string line)
    {
        try
        {
            _process.StandardInput.WriteLine(line);
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it asked.
        }
    }

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(90));
        return _process.ExitCode;
    }

    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async Task SaysAsync(string what)
    {
        try
        {
            await Eventually.TrueAsync(() => Output.Contains(what, StringComparison.Ordinal), $"it says '{what}'");
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}; it said:\n{Output}", e);
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private void Keep(string? line, List<string>? also = null)
    {
        if (line is null) return;
        lock (_output)
        {
            _output.Add(line);
            also?.Add(line);
        }
    }
}
